"""Hunt a folder of files with the archive platform alone, the way the engine would."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from huntline.model.pack import Branch, Detection, LogSource
from huntline.model.predicate import Predicate, Test, fields_of
from huntline.model.query import Query
from huntline.model.scope import Binding
from huntline.model.search import Order, Outcome, Page, Part
from huntline.model.window import Window
from huntline.ports import Hunter
from huntline_archive.plugin import PLATFORM

WANTED = Window(datetime(2022, 12, 1, tzinfo=UTC), datetime(2023, 6, 1, tzinfo=UTC))
SYSMON = "Microsoft-Windows-Sysmon/Operational"
STARTED = LogSource("windows", "process_creation")
EVIL = Test("Image", "endswith", ("\\evil.exe",))


def detection(predicate: Predicate = EVIL, logsource: LogSource = STARTED) -> Detection:
    branches = (Branch("all", fields_of(predicate)),)
    return Detection("r1", "", "", "high", "", "s", (), (), (), logsource, predicate, branches, {}, "r.yml", 1)


def event(number: int, image: str = "C:\\Windows\\good.exe", **more: object) -> dict[str, object]:
    """A process start seen by Sysmon; a new day every ten events."""
    day = f"2023-03-{1 + number // 10 % 28:02d}"
    known = {"Channel": SYSMON, "EventID": 1, "@timestamp": f"{day}T00:00:{number % 60:02d}.5Z", "Hostname": "ws-1"}
    return known | {"Image": image, "number": number} | more


def lines(events: Iterable[Mapping[str, object]]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in events)


def compiled(detections: Sequence[Detection]) -> list[Query]:
    compiler = PLATFORM.compiler({})
    tried = [
        compiler.compile(one, scope, Binding(scope.name, {}, {})) for one in detections for scope in PLATFORM.scopes({})
    ]
    return [query for query in tried if isinstance(query, Query)]


def parts(*logs: Path) -> list[Part]:
    return list(_hunter(*logs).reach(PLATFORM.scopes({}), {}, WANTED))


def _hunter(*logs: Path) -> Hunter:
    assert PLATFORM.hunter is not None
    return PLATFORM.hunter({"logs": [str(path) for path in logs]}, str)


def search(part: Part, *detections: Detection, rows: int = 1000, want: str = "rows") -> tuple[Page, Outcome]:
    queries = [query for query in compiled(detections or [detection()]) if query.scope in part.scopes]
    (fused,) = PLATFORM.compiler({}).fuse(queries, {}, part.path)
    order = Order("t", part, WANTED, fused, rows, "count" if want == "count" else "rows", "x")
    page = _hunter().start(order, queries).page(None)
    assert page.outcome is not None
    return page, page.outcome


def hunted(path: Path, *detections: Detection) -> tuple[Page, Outcome]:
    """Search the one part a path holds."""
    (part,) = parts(path)
    return search(part, *detections)
