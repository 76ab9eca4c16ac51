"""A script of faults: frozen values that say when something goes wrong and what, and who counts the requests."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class When:
    """Say which requests a fault hits, counting those that match from 1.

    From the `nth` on, `times` requests (None: all), or all within `seconds` of the first one hit. `path` is a regular
    expression searched in the path as sent, `says` a text that stands in the body or the query.
    """

    method: str = ""
    path: str = ""
    says: str = ""
    nth: int = 1
    times: int | None = 1
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Answer with an error before any work; `wait` is Retry-After in seconds, or as an HTTP date. `kind` is the platform's."""

    status: int
    kind: str = ""
    wait: int | None = None
    as_date: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """Close the connection: before any work, in the middle of the answer's body, or with the work done and no answer."""

    at: Literal["before", "middle", "after"]


@dataclass(frozen=True, slots=True)
class Stall:
    """Send half of the answer's body, then nothing for `seconds`, then the rest."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Blank:
    """Answer with a status and no body, with the work done."""

    status: int = 200


@dataclass(frozen=True, slots=True)
class Skew:
    """Let the server's clock stand `seconds` ahead (behind when negative)."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Bend:
    """Change what the answer says; the stand-in knows the word (see its own table) and the amount or name with it."""

    word: str
    amount: float = 0
    name: str = ""


What: TypeAlias = Refusal | Cut | Stall | Blank | Skew | Bend
KINDS: Mapping[str, type[What]] = {
    "refusal": Refusal,
    "cut": Cut,
    "stall": Stall,
    "blank": Blank,
    "skew": Skew,
    "bend": Bend,
}


@dataclass(frozen=True, slots=True)
class Fault:
    what: What
    when: When = field(default_factory=When)


class Script:
    """The faults of one server, and how many requests each has seen; safe for many threads."""

    def __init__(self, *faults: Fault) -> None:
        self._lock = threading.Lock()
        self._lives = [_Life(fault) for fault in faults]

    def add(self, *faults: Fault) -> None:
        """Add faults to a running server; each counts from now."""
        with self._lock:
            self._lives += [_Life(fault) for fault in faults]

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._lives.clear()

    def hits(self, method: str, path: str, text: str) -> tuple[What, ...]:
        """Count a request and return what goes wrong with it, in the order of the script."""
        with self._lock:
            return tuple(life.fault.what for life in self._lives if life.hit(method, path, text))


@dataclass(slots=True)
class _Life:
    fault: Fault
    seen: int = 0
    first: float | None = None

    def hit(self, method: str, path: str, text: str) -> bool:
        when = self.fault.when
        if (when.method and when.method != method) or not re.search(when.path, path) or when.says not in text:
            return False
        self.seen += 1
        if self.seen < when.nth:
            return False
        if when.seconds is not None:
            self.first = time.monotonic() if self.first is None else self.first
            return time.monotonic() < self.first + when.seconds
        return when.times is None or self.seen < when.nth + when.times


def read_faults(rows: list[dict[str, Any]]) -> tuple[Fault, ...]:
    """Read faults from JSON: `[{"what": "refusal", "status": 429, "when": {"path": "_eql", "times": 3}}]`.

    Raises KeyError for an unknown kind and TypeError for an unknown field.
    """
    return tuple(_fault(dict(row)) for row in rows)


def _fault(row: dict[str, Any]) -> Fault:
    when = When(**row.pop("when", {}))
    return Fault(KINDS[row.pop("what")](**row), when)
