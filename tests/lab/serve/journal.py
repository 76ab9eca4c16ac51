"""The journal of a server: every request with its answer, as frozen values for laws to read."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import accumulate
from pathlib import Path

CREDENTIALS = frozenset(
    {"authorization", "cookie", "x-splunk-authorization", "proxy-authorization", "x-identity-header"}
)
# Of OAuth 2.0, and of Splunk's login: of a form, of XML and of JSON.
SECRETS = re.compile(
    r"""((?:client_secret|client_assertion)=|"access_token":"|\bpassword=|<sessionKey>|"sessionKey":\s*")([^&"<\s]+)"""
)
KEPT = 8_192  # bytes kept of an answer: a long hunt is thousands of them


@dataclass(frozen=True, slots=True)
class Entry:
    """One exchange: seconds on a monotonic clock, `at` in UTC, credentials as digests, what went wrong on purpose.

    `status` is 0 where no answer was sent. `answer` holds the first 8 KiB, `answer_bytes` says how long it was.
    `violation` says how the exchange broke the vendor's specification, or the stand-in itself.
    """

    number: int
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: str
    status: int
    answer: str
    answer_bytes: int
    at: datetime
    started: float
    ended: float
    faults: tuple[str, ...]
    search: str
    violation: str


class Journal:
    """All entries so far, in the order they ended; safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        with self._lock:
            self._entries.append(entry)

    def entries(self) -> tuple[Entry, ...]:
        """Return what has ended so far."""
        with self._lock:
            return tuple(self._entries)

    def violations(self) -> tuple[str, ...]:
        """Return what broke a specification or the stand-in, with the request it happened to."""
        return tuple(f"{one.method} {one.path}: {one.violation}" for one in self.entries() if one.violation)

    def write(self, path: Path) -> None:
        """Write the entries as JSON lines."""
        lines = (json.dumps(asdict(entry), default=str, ensure_ascii=False) for entry in self.entries())
        path.write_text("".join(f"{line}\n" for line in lines))


def in_flight(entries: Iterable[Entry], moment: float) -> int:
    """Count the requests that were being answered at a moment of the monotonic clock."""
    return sum(entry.started <= moment < entry.ended for entry in entries)


def busiest(entries: Iterable[Entry]) -> int:
    """Return the most requests that were ever being answered at once; one that ends as another begins is not with it."""
    edges = sorted(edge for one in entries for edge in ((one.started, 1), (one.ended, -1)))
    return max(accumulate(change for _, change in edges), default=0)


def covered(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers with each credential replaced by its scheme and the start of its digest."""
    return {name: digest(value) if name in CREDENTIALS else value for name, value in headers.items()}


def without_secrets(body: str) -> str:
    """Return a body with what logins hand over in it replaced by digests."""
    return SECRETS.sub(lambda found: found[1] + digest(found[2]), body)


def digest(credential: str) -> str:
    """Return what stands for a credential: equal for equal ones, and nothing can be read from it."""
    scheme, _, rest = credential.rpartition(" ")
    return f"{scheme or 'secret'} sha256:{hashlib.sha256(rest.encode()).hexdigest()[:12]}"
