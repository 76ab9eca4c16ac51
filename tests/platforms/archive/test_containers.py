"""The same events give the same rows, facts and ids in every container, and their days are counted exactly."""

from __future__ import annotations

import gzip
import random
from collections import Counter
from datetime import date
from pathlib import Path

import duckdb
import pytest
import zstandard

from huntline.model.facts import Day, Fill, Seen
from huntline.model.search import Outcome
from platforms.archive.hunting import STARTED, detection, event, hunted, lines, parts, search

EVENTS = [
    event(n, "C:\\Temp\\evil.exe" if n % 7 == 0 else "C:\\Windows\\good.exe", EventID=1 + n % 3) for n in range(200)
]


def written(folder: Path, name: str, text: bytes) -> Path:
    path = folder / name
    path.write_bytes(text)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("containers")
    text = lines(EVENTS)
    plain = written(folder, "plain", text)
    parquet = folder / "parquet"
    duckdb.connect().execute(f"COPY (SELECT * FROM read_ndjson('{plain}')) TO '{parquet}' (FORMAT parquet)")
    halves = gzip.compress(text[:1000]) + gzip.compress(text[1000:])
    frames = zstandard.compress(text[:1000]) + zstandard.compress(text[1000:])
    packed = {"gzip": gzip.compress(text), "members": halves, "zstd": zstandard.compress(text), "frames": frames}
    return {"plain": plain, "parquet": parquet} | {name: written(folder, name, data) for name, data in packed.items()}


@pytest.mark.parametrize("container", ["gzip", "members", "zstd", "frames"])
def test_lines_are_the_same_however_they_are_packed(files: dict[str, Path], container: str) -> None:
    plain, packed = hunted(files["plain"]), hunted(files[container])

    assert (plain[0].rows, plain[1]) == (packed[0].rows, packed[1])


def test_parquet_tells_the_same_events_and_days(files: dict[str, Path]) -> None:
    """The time column became a timestamp, so the raw text and the ids made of it differ."""
    (plain, whole), (table, told) = hunted(files["plain"]), hunted(files["parquet"])

    assert whole.facts == told.facts
    assert sorted(row.fields["Image"] for row in plain.rows) == sorted(row.fields["Image"] for row in table.rows)
    assert sorted(str(row.time) for row in plain.rows) == sorted(str(row.time) for row in table.rows)


def test_every_row_of_the_population_is_counted_on_its_own_day(files: dict[str, Path]) -> None:
    """Counted here in Python from the events themselves."""
    expected = Counter(date.fromisoformat(str(e["@timestamp"])[:10]) for e in EVENTS if e["EventID"] == 1)
    _, outcome = hunted(files["plain"])

    days = {f.day: f.events for f in outcome.facts if isinstance(f, Day) and f.logsource == STARTED}

    assert dict(expected) == days


def test_undated_rows_are_counted_under_no_day(tmp_path: Path) -> None:
    """A naive time is nobody's time; dates of 1601 and 2099 are real days for the engine to judge."""
    odd = ["2023-03-01T10:00:00", "soon", "1601-01-01T00:00:00Z", "2099-12-31T23:59:59Z", "2023-03-01T23:30:00-05:00"]
    path = written(tmp_path, "x", lines([event(n) | {"@timestamp": text} for n, text in enumerate(odd)]))
    _, outcome = hunted(path)

    days = {f.day: f.events for f in outcome.facts if isinstance(f, Day) and f.logsource == STARTED}

    assert {None: 2, date(1601, 1, 1): 1, date(2099, 12, 31): 1, date(2023, 3, 2): 1} == days


def test_a_field_is_filled_only_where_it_holds_something(tmp_path: Path) -> None:
    """Empty text and a lone dash are how shippers write nothing."""
    told = [event(0, "-"), event(1, ""), event(10, "C:\\a.exe"), event(20) | {"Image": None}]
    _, outcome = hunted(written(tmp_path, "x", lines(told)))

    fills = {f.day: f.filled for f in outcome.facts if isinstance(f, Fill)}

    assert {date(2023, 3, 1): False, date(2023, 3, 2): True, date(2023, 3, 3): False} == fills


def test_hosts_are_told_by_month(tmp_path: Path) -> None:
    seen = [event(0), event(1), event(2) | {"Hostname": "ws-2", "@timestamp": "2023-04-09T00:00:00Z"}]
    _, outcome = hunted(written(tmp_path, "x", lines(seen)))

    hosts = [(f.month, f.host) for f in outcome.facts if isinstance(f, Seen)]

    assert [(date(2023, 3, 1), "ws-1"), (date(2023, 4, 1), "ws-2")] == hosts


def test_equal_lines_are_as_many_hits_as_there_are_lines(tmp_path: Path) -> None:
    evil = event(1, "C:\\evil.exe")
    page, _ = hunted(written(tmp_path, "x", lines([evil, evil, evil])))

    assert 3 == len({row.id for row in page.rows})


def test_ids_do_not_depend_on_the_order_of_a_file(tmp_path: Path) -> None:
    shuffled = random.Random(7).sample(EVENTS, len(EVENTS))
    one, other = written(tmp_path, "one", lines(EVENTS)), written(tmp_path, "other", lines(shuffled))

    assert hunted(one)[0].rows == hunted(other)[0].rows


def test_a_scope_that_the_sample_missed_is_hunted_all_the_same(tmp_path: Path) -> None:
    """A few proxy lines at the end of a large file of Sysmon events."""
    filler = event(0, "C:\\" + "x" * 60_000)
    proxy = {"@timestamp": "2023-03-01T00:00:00Z", "cs-host": "a.example", "c-uri": "/"}
    many = lines([filler]) * 500 + lines([proxy]) + lines([filler]) * 500
    _, outcome = hunted(written(tmp_path, "x", many))

    assert {"proxy": 1, "sysmon": 1000} == whole_counts(outcome)


def whole_counts(outcome: Outcome) -> dict[str, int]:
    """Rows of each scope, by the log source that holds all of them."""
    whole = {"proxy": "*/proxy/*", "sysmon": "windows/*/sysmon"}
    counts = Counter[str]()
    for fact in outcome.facts:
        if isinstance(fact, Day) and str(fact.logsource) == whole.get(fact.scope):
            counts[fact.scope] += fact.events
    return dict(counts)


def test_more_candidates_than_asked_for_split_the_order(files: dict[str, Path]) -> None:
    (part,) = parts(files["plain"])
    page, outcome = search(part, rows=3)

    assert ((), "split", "capped") == (page.rows, outcome.end, outcome.reason)


def test_counting_gives_days_and_no_rows(files: dict[str, Path]) -> None:
    (part,) = parts(files["plain"])
    page, outcome = search(part, want="count")
    found = hunted(files["plain"])[0].rows

    counted = sum(fact.count for fact in outcome.facts if hasattr(fact, "count") and hasattr(fact, "query"))

    assert ((), len(found)) == (page.rows, counted)


def test_a_list_is_taken_apart(tmp_path: Path) -> None:
    """Elasticsearch exports hold lists where one value is meant."""
    page, _ = hunted(
        written(tmp_path, "x", lines([event(1) | {"Image": ["C:\\good.exe", "C:\\evil.exe"]}])), detection()
    )

    assert [("C:\\good.exe", "C:\\evil.exe")] == [row.fields["Image"] for row in page.rows]
