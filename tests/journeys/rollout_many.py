"""Many tenants rolled out to at once, and the shortest list of calls that could do it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from journeys.rollout import estate, office, plan, settle
from journeys.siem import Office
from journeys.warm import Warm
from lab.serve.journal import Entry
from platforms.elastic.deploying import There


@dataclass(slots=True)
class Many:
    """Tenants, each in a space of its own, and a saved plan that creates all rules at each. `latency`: of every answer."""

    there: There
    office: Office
    spaces: tuple[str, ...]
    rules: int  # of each tenant
    latency: float = 0.0

    def asked(self) -> tuple[Entry, ...]:
        """Return all that was asked of both servers so far, Kibana first."""
        return (*self.there.rules.journal.entries(), *self.there.data.journal.entries())

    def minimal(self, entries: Sequence[Entry]) -> int:
        """Return how many calls would do: each once for each tenant, and the listing again, to read back what was written."""
        once = {self._call(one) for one in entries}
        return len(self.spaces) * (len(once) + any(one.method == "POST" and "/rules" in one.path for one in entries))

    def repeated(self, entries: Sequence[Entry]) -> dict[str, int]:
        """Return which calls were sent oftener than once for each tenant, by path."""
        counts = Counter(self._call(one) for one in entries)
        return {path: count for (_, path, _, _), count in counts.items() if count > len(self.spaces)}

    def _call(self, one: Entry) -> tuple[str, str, str, str]:
        """Return what makes a call, whichever tenant it is about."""
        told = [one.path, str(sorted(one.query.items())), one.body]
        for space in self.spaces:
            told = [text.replace(space, "SPACE") for text in told]
        return one.method, *told  # type: ignore[return-value]  # three of them


@contextmanager
def many(folder: Path, tenants: int, rules: int, warm: Warm | None = None) -> Iterator[Many]:
    """Serve the tenants, none of whose names is part of another's, and plan for them."""
    spaces = tuple(f"space-{number:03d}-of" for number in range(tenants))
    waits: list[Many] = []
    with estate(folder / "lab", *spaces, checked=False, latency=lambda _: waits[0].latency if waits else 0.0) as there:
        made = office(folder / "office", *(f"word{number:02d}x" for number in range(rules)), warm=warm)
        for space in spaces:
            settle(made, there, f"tenant-of-{space}", space=space, enabled=True)["settings"]["timeout"] = 60
        made.save()
        seen = plan(made)
        assert 3 == seen.code, seen.err
        waits.append(Many(there, made, spaces, rules))
        yield waits[0]
