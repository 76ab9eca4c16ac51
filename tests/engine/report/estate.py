"""Cases made by hand for the report's tests: a small company, no ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from huntline.model.case import Case, Cell, Counted, Coverage, Evidence, Hit, Store, Told, Unserved, Verdict, Witness
from huntline.model.pack import LogSource, Milestone, Stage
from huntline.model.window import Window

FIRST, LAST = date(2022, 12, 1), date(2023, 6, 30)
WANTED = Window(datetime(2022, 12, 1, tzinfo=UTC), datetime(2023, 7, 1, tzinfo=UTC))
SPRING = Window(datetime(2023, 3, 1, tzinfo=UTC), datetime(2023, 5, 1, tzinfo=UTC))
TAKEDOWN = Milestone(
    datetime(2023, 3, 29, tzinfo=UTC), "the campaign was public by then; later look-ups are often a researcher's"
)
PRESENT = Stage("present", "Build present", 10, "An affected build was present.", (SPRING,))
BEACON = Stage("beacon", "Beacon tried", 30, "The client tried to reach its controllers.", (SPRING,))
PAYLOAD = Stage("payload", "Payload", 40, "A payload ran.", ())
PROCESS = LogSource("windows", "process_creation")
DNS = LogSource("windows", "dns_query")
FILE = LogSource("macos", "file_event")


def told(name: str, stage: Stage, logsource: LogSource, **changes: Any) -> Told:
    base = Told(
        id=name,
        title=name.replace("-", " ").capitalize(),
        description="Looks for it.",
        level="high",
        stage=stage.id,
        tags=("attack.t1195.002",),
        references=("https://advisory.example/notes",),
        falsepositives=("Analysts who look at the same names",),
        logsource=logsource,
    )
    return replace(base, **changes)


BUILD = told("affected-build-runs", PRESENT, PROCESS)
LOOKUP = told("controller-looked-up", BEACON, DNS)
AGENT = told("second-stage-runs", PAYLOAD, FILE)
DETECTIONS = (BUILD, LOOKUP, AGENT)


def cell(
    detection: Told, verdict: Verdict, first: date | None = FIRST, last: date | None = LAST, **changes: Any
) -> Cell:
    why = "" if verdict in {"clean", "hits"} else f"{verdict} for a reason"
    return replace(Cell("north", detection.id, "sysmon", first, last, verdict, why), **changes)


def hit(
    detection: Told, number: int = 0, *, values: Iterable[tuple[str, str]] = (), new: bool = False, **changes: Any
) -> Hit:
    evidence = tuple(Evidence(field, field, value) for field, value in values) or (
        Evidence("QueryName", "QueryName", "controller.example"),
    )
    base = Hit(
        tenant="north",
        scope="sysmon",
        event=f"event-{number:06d}",
        time=datetime(2023, 3, 20, 9, 30, tzinfo=UTC) + timedelta(minutes=number),
        happened=None,
        host="WS-0042",
        entities={"user": "CORP\\anna", "process": "C:\\app\\client.exe"},
        fields={e.field: (e.value,) for e in evidence} | {"Image": ("C:\\app\\client.exe",)},
        raw='{"QueryName": "controller.example"}',
        parts=("logs/march.ndjson",),
        witnesses=(Witness(detection.id, evidence, new),),
    )
    return replace(base, **changes)


def case(**changes: Any) -> Case:
    """A company where all was searched and nothing found."""
    base = Case(
        customer="Northwind",
        tenants=("north",),
        platforms={"north": "archive"},
        scopes={"sysmon": "Sysmon as JSON", "proxy": "Proxy logs"},
        wanted=WANTED,
        pack="A sample campaign",
        pack_hash="a" * 64,
        stages=(PRESENT, BEACON, PAYLOAD),
        milestones=(TAKEDOWN,),
        detections=DETECTIONS,
        hits=(),
        cells=tuple(cell(detection, "clean") for detection in DETECTIONS),
        coverage=tuple(Coverage("north", "sysmon", PROCESS, FIRST + timedelta(days=n), 1000) for n in range(212)),
        stores=(Store("north", "logs/march.ndjson", "searchable", "", 212_000, 0, 0, (), FIRST, LAST),),
        counted=(),
        unserved=(),
        hosts={"sysmon": ((FIRST, 40), (date(2023, 1, 1), 42))},
        warnings=(),
    )
    return replace(base, **changes)


def breached() -> Case:
    """A company with a storyline of its own, a hole, a truncated file and one detection nobody could ask."""
    hits = (
        hit(BUILD, 1, values=(("FileVersion", "18.12.416.0"),), host="ws-0042.corp.example", time=at(3, 14)),
        *(hit(LOOKUP, n, time=at(3, 22) + timedelta(hours=n)) for n in range(2, 9)),
        hit(LOOKUP, 20, host="", entities={"address": "10.0.0.9"}, time=at(4, 12), new=True),
        hit(
            AGENT, 30, values=(("TargetFilename", "/Users/x/UpdateAgent"),), host="annas-mbp", time=at(3, 25), new=True
        ),
        hit(BUILD, 40, values=(("FileVersion", "18.12.407.0"),), host="WS-0099", time=None),
    )
    gap = (date(2023, 3, 10), date(2023, 3, 23))
    cells = (
        cell(BUILD, "clean", FIRST, gap[0] - timedelta(days=1)),
        cell(BUILD, "no_data", *gap, why="no events of this kind on these days"),
        cell(BUILD, "clean", gap[1] + timedelta(days=1), LAST),
        cell(LOOKUP, "clean", FIRST, date(2023, 3, 21)),
        cell(LOOKUP, "hits", date(2023, 3, 22), date(2023, 3, 22)),
        cell(LOOKUP, "partial", date(2023, 3, 23), LAST, why="logs/late.zst: the file ends in the middle"),
        cell(LOOKUP, "no_data", scope="proxy"),
        cell(AGENT, "blind", why="TargetFilename is never filled"),
        cell(BUILD, "hits", None, None),
    )
    return case(
        hits=hits,
        cells=cells,
        counted=(Counted("north", LOOKUP.id, "logs/proxy.parquet", date(2023, 3, 25), 120_000),),
        stores=(
            *case().stores,
            Store(
                "north",
                "logs/late.zst",
                "partial",
                "the file ends in the middle",
                9_000,
                3,
                12,
                ("Foo", "Bar"),
                FIRST,
                LAST,
            ),
        ),
        unserved=(Unserved(AGENT.id, "proxy", "unmapped_field", "TargetFilename"),),
        warnings=("TLS of tenant north is not verified.",),
    )


def at(month: int, day: int) -> datetime:
    return datetime(2023, month, day, 8, 15, tzinfo=UTC)
