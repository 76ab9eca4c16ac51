"""Laws of what the workspace holds: planted events, windows, the estate, and what the workspace writes itself."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from lab.estate import estate
from lab.events import Connection
from lab.kql.tokens import text, tokens
from lab.sentinel.arrival import LATENCY
from lab.sentinel.engine import Engine
from lab.sentinel.plant import burst, plant, spread
from lab.sentinel.settings import SentinelSettings
from lab.sentinel.steps import without_window
from lab.sentinel.store import Keep, Store
from lab.sentinel.timespan import Span
from lab.sentinel.victim import INTERACTIVE_SINCE, ageing, fill, sightings
from lab_tests.sentinel.served import COLUMNS, NOW, ago, workspace

FIELDS = {"Computer": "WS-1", "EventID": 1}


def test_planted_events_lie_where_they_were_planted(tmp_path: Path) -> None:
    """Each its own id, at its own microsecond."""
    moments = list(spread(7, ago(3), ago(2)))

    def made(store: Store) -> None:
        store.add("Event", COLUMNS)
        plant(store, "Event", moments, FIELDS)
        plant(store, "Event", burst(3, ago(1)), FIELDS, name="burst")

    with workspace(tmp_path, made) as asked:
        found = asked.kql("Event | project TimeGenerated, _ItemId, _TimeReceived, Computer").tables[0].rows

    assert {f"planted-{turn}": moment for turn, moment in enumerate(moments)} | {
        f"burst-{turn}": ago(1) for turn in range(3)
    } == {row["_ItemId"]: row["TimeGenerated"] for row in found}
    assert {timedelta(seconds=3)} == {row["_TimeReceived"] - row["TimeGenerated"] for row in found}


def test_events_planted_long_under_way_carry_their_arrival(tmp_path: Path) -> None:
    """As any other row."""

    def made(store: Store) -> None:
        store.add("Event", COLUMNS)
        plant(store, "Event", [ago(9)], FIELDS, latency=timedelta(days=4))

    with workspace(tmp_path, made) as asked:
        assert ago(5) == asked.kql("Event").tables[0].rows[0]["TimeGenerated"]


def test_fifty_thousand_rows_come_whole(tmp_path: Path) -> None:
    """Through the real client."""

    def made(store: Store) -> None:
        store.add("Event", COLUMNS)
        plant(store, "Event", spread(50_000, ago(3), ago(2)), FIELDS)

    with workspace(tmp_path, made) as asked:
        found = asked.kql("Event | project _ItemId").tables[0].rows

    assert 50_000 == len({row[0] for row in found})


MARCH = "TimeGenerated >= datetime(2023-03-01)"


@pytest.mark.parametrize(
    ("query", "left", "compared"),
    [
        (f"T | where {MARCH} and TimeGenerated < datetime(2023-03-02T00:00:00Z) | where a", "T | where a", 2),
        (f"T | where {MARCH} | where TimeGenerated <= datetime(2023-03-02) | take 1", "T | take 1", 2),
        (f"T | where {MARCH} or a", f"T | where {MARCH} or a", 0),
        (f"T | where {MARCH} or {MARCH}", f"T | where {MARCH} or {MARCH}", 0),
        (f"T | where {MARCH[:-1]}T00:00:00.1234567Z)", f"T | where {MARCH[:-1]}T00:00:00.1234567Z)", 0),
        ("T | where a | where TimeGenerated >= ago(1d)", "T | where a | where TimeGenerated >= ago(1d)", 0),
    ],
)
def test_a_window_a_query_begins_with_is_taken_out_of_it(query: str, left: str, compared: int) -> None:
    """And nothing else is: what is left is translated once for all windows."""
    window, rest = without_window(tokens(query))

    assert (left, compared) == (text(rest), len(window))


def test_a_window_is_half_open_as_it_is_written() -> None:
    """Whether the engine reads it or the view."""
    store = Store(SentinelSettings())
    store.add("Event", COLUMNS)
    plant(store, "Event", spread(10, ago(10), ago(0)), FIELDS)
    start, end = (f"datetime({moment:%Y-%m-%dT%H:%M:%SZ})" for moment in (ago(8), ago(5)))
    window = f"| where TimeGenerated >= {start} and TimeGenerated < {end}"
    queries = (f"Event {window}", f"Event | where Computer != '' {window}")
    counts = [len(Engine(store).run(query, lambda _: Span(), NOW).rows) for query in queries]

    assert [3, 3] == counts


def test_the_estate_lies_in_every_tier(tmp_path: Path) -> None:
    """Interactive, archived, Basic, Auxiliary; and the truth says which row is which event."""
    scenes = [one for turn, one in enumerate(estate()) if one.mark or turn % 100 == 0]

    def made(store: Store) -> None:
        fill(store, scenes, keep=ageing(NOW))

    with workspace(tmp_path, made) as asked:
        plans = {one["name"]: one["properties"]["plan"] for one in asked.arm("GET", "/tables").body["value"]}
        held: Any = asked.lab.store.tables()
        event = asked.kql("Event | summarize count(), min(TimeGenerated)").tables[0].rows[0]
        dns = asked.search("DnsEvents | count", timespan="P2000D").body["tables"][0]["rows"][0][0]
        shown = asked.kql("DeviceProcessEvents | project _ItemId").tables[0].rows
    seen = {row[0] for row in shown}
    told = [one for one in sightings(scenes) if one.file == "DeviceProcessEvents"]
    new, old = (
        {
            f"e{one.line:08x}-{one.source}"
            for one in told
            if is_new == (one.time > INTERACTIVE_SINCE + timedelta(days=1))
        }
        for is_new in (True, False)
    )

    assert {"Analytics", "Basic", "Auxiliary"} == set(plans.values())
    assert {one.file for one in sightings(scenes)} <= held.keys()
    assert "_LogOperation" not in plans
    assert (True, True) == (0 < event[0] < held["Event"].rows, 0 < dns < held["DnsEvents"].rows)
    assert "2023-03" == f"{event[1]:%Y-%m}"
    assert (new, True) == (new & seen, bool(old - seen))


def test_defender_tells_the_name_that_a_process_asked_for() -> None:
    """Sysmon's look-up of the address often has none."""
    store = Store(SentinelSettings())
    beacons = [
        one for one in estate() if one.mark and isinstance(one.event, Connection) and one.event.host.name == "WS-IT-04"
    ]
    fill(store, beacons, keep=ageing(NOW))
    asked = Engine(store).run("DeviceNetworkEvents | distinct RemoteUrl", lambda _: Span(), NOW)

    assert (
        {one.event.name for one in beacons if isinstance(one.event, Connection)}
        == {row[0] for row in asked.rows}
        != set()
    )


def test_the_workspace_tells_what_it_took_in_and_what_it_lost(tmp_path: Path) -> None:
    """Usage by table and day; _LogOperation is a function and no table."""

    def made(store: Store) -> None:
        fill(store, islice(estate(), 500), keep=lambda _: Keep(interactive=2_000, total=2_000))
        store.ingest(
            "_LogOperation",
            [{"TimeGenerated": ago(1), "Category": "Ingestion", "Operation": "Data collection stopped"}],
        )

    with workspace(tmp_path, made) as asked:
        usage = asked.kql("Usage | summarize sum(Quantity) by DataType").tables[0].rows
        said = asked.kql('_LogOperation | where Category == "Ingestion"').tables[0].rows
        table = asked.arm("GET", "/tables/_LogOperation").status

    assert {"DeviceProcessEvents", "Event"} <= {row[0] for row in usage if row[1] > 0}
    assert (1, 404) == (len(said), table)


def test_a_row_that_says_no_arrival_arrives_minutes_later() -> None:
    """ingestion_time() lies after TimeGenerated."""
    store = Store(SentinelSettings())
    store.add("Event", COLUMNS, [{"TimeGenerated": ago(1)}])
    (row,) = Engine(store).run("Event | project TimeGenerated, ingestion_time()", lambda _: Span(), NOW).rows

    assert row[1] - row[0] > LATENCY
