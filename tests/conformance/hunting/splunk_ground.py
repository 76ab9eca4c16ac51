"""The Splunk stand-in as a ground: asked over TLS through the real SDK, with the real defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

from conformance.hunting.ground import Asked, Planted, Trouble
from huntline.model.window import Window
from huntline.ports import Hunter, Platform
from huntline_splunk.plugin import PLATFORM
from lab.serve.faults import Bend, Fault, Refusal, Script, Stall, When
from lab.serve.journal import Entry
from lab.serve.server import Running, serve
from lab.splunk.app import SplunkLab
from lab.splunk.events import Made
from lab.splunk.settings import TOKEN, SplunkSettings
from lab.splunk.store import Store

INDEX = "sysmon"
KIND = {
    "source": "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational",
    "sourcetype": "XmlWinEventLog",
    "EventCode": "1",
    "Image": "C:\\Windows\\a.exe",
}
JOBS = "search/v2/jobs$"
HUNTED = re.compile(r"huntline_[a-z0-9]{40}")  # the id of a search for an order
LOOKED = "CommandLine%3D%22"  # a search for events, and no count of filled fields
FAULTS: Mapping[Trouble, Fault] = {
    "busy": Fault(Refusal(503, wait=1), When(method="POST", path=JOBS, says=LOOKED)),
    "late_answer": Fault(Stall(3), When(method="POST", path=JOBS, says=LOOKED)),
    "partial": Fault(Bend("peer_lost"), When(method="POST", path=JOBS, times=None)),
    "revoked": Fault(Bend("revoked"), When(times=None)),
    "slow": Fault(Bend("slow", 1.2), When(method="POST", path=JOBS, says=LOOKED, times=None)),
    "forgotten": Fault(Bend("lost_job"), When(method="GET", path="search/v2/jobs/")),
}


@dataclass(slots=True)
class SplunkGround:
    lab: SplunkLab
    store: Store
    running: Running
    secret: str = TOKEN.encoded
    timeout: float = 2
    sources: Mapping[str, object] = field(default_factory=dict)
    lacks: Mapping[str, str] = field(default_factory=dict)
    platform: Platform = PLATFORM
    rows: int = 9

    @property
    def settings(self) -> dict[str, object]:
        known: dict[str, object] = {
            "url": self.running.url,
            "token": "env:HUNTER_TOKEN",
            "ca": str(self.running.ca),
            "timeout": self.timeout,
        }
        return known | ({"sources": self.sources} if self.sources else {})

    def connect(self) -> Hunter:
        assert PLATFORM.hunter is not None
        return PLATFORM.hunter(self.settings, lambda _: self.secret)

    def plant(self, events: Sequence[Planted]) -> None:
        self.store.add(INDEX, [made(one) for one in events])

    def trouble(self, kind: Trouble) -> None:
        self.running.faults.add(FAULTS[kind])

    def asked(self) -> Sequence[Asked]:
        """Return the searches of the store that holds the events; data models are asked the same, and hold none."""
        sent = searches_of(self.running.journal.entries())
        return tuple(Asked(window, one.started) for window, one in sent if "datamodel" not in one.body)

    def requests(self) -> int:
        return len(self.running.journal.entries())

    def left(self) -> int:
        return len(self.lab.jobs.left())


@contextmanager
def splunk_ground(
    folder: Path, settings: SplunkSettings | None = None, *, store: Store | None = None
) -> Iterator[SplunkGround]:
    """Serve an empty deployment; nothing may break the stand-in."""
    held = store or Store()
    lab = SplunkLab(held, settings or SplunkSettings())
    with serve(lab, folder, faults=Script()) as running:
        yield SplunkGround(lab, held, running)
        assert () == running.journal.violations()


def searches_of(entries: Sequence[Entry]) -> list[tuple[Window, Entry]]:
    """Return the searches for orders among requests, with their windows, in the order they were sent."""
    sent = [one for one in entries if one.method == "POST" and re.search(JOBS, one.path)]
    asked = [(parse_qs(one.body), one) for one in sorted(sent, key=lambda e: e.started)]
    return [(_window(form), one) for form, one in asked if HUNTED.fullmatch(form["id"][0])]


def _window(form: Mapping[str, list[str]]) -> Window:
    start, end = (datetime.fromtimestamp(float(form[edge][0]), UTC) for edge in ("earliest_time", "latest_time"))
    return Window(start, end)


def made(one: Planted) -> Made:
    """Return a process start as the add-on for Sysmon shows it."""
    fields = {**KIND, "host": one.host, "Computer": one.host, **({"CommandLine": one.word} if one.word else {})}
    arrived = one.arrived or one.time
    return Made(one.time.timestamp(), int(arrived.timestamp()), fields, f"id={one.id} {one.word}")
