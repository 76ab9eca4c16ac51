"""A kind of event the sample did not show is hunted like any other: few of them beside the first pass, many in another."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from huntline.model.facts import Day, Fill, Seen
from huntline.model.pack import LogSource
from huntline.model.predicate import Test
from platforms.archive.hunting import detection, event, lines, parts, search

PROXY = LogSource(category="proxy")
BAD_HOST = detection(Test("cs-host", "is", ("evil.example",)), PROXY)
BEFORE = 60_000
"""Rows before the first of the rare kind: more than the 2 MB that the sample of a packed file looks at."""


def request(number: int, host: str) -> dict[str, object]:
    day = f"2023-03-{1 + number % 20:02d}T00:00:00Z"
    return {"@timestamp": day, "cs-host": host, "c-uri": f"/{number}", "c-ip": "10.0.0.1"}


@pytest.mark.parametrize("strays", [1, 50, 21_000])
def test_rows_of_a_kind_the_sample_missed_are_hunted_and_counted(tmp_path: Path, strays: int) -> None:
    """Finishing a file means that every query was applied to every row of its scope."""
    evil = {0, strays // 2, strays - 1}
    rare = [request(n, "evil.example" if n in evil else "good.example") for n in range(strays)]
    path = tmp_path / "mixed.ndjson.gz"
    path.write_bytes(gzip.compress(lines([event(n) for n in range(BEFORE)]) + lines(rare), 1))
    (part,) = parts(path)
    page, outcome = search(part, detection(), BAD_HOST)
    days = [fact for fact in outcome.facts if isinstance(fact, Day) and fact.logsource == PROXY]

    assert ("whole", BEFORE + strays, 0) == (outcome.end, outcome.rows, outcome.unclaimed)
    assert sorted(f"/{n}" for n in evil) == sorted(row.raw.split('"c-uri": "')[1].split('"')[0] for row in page.rows)
    assert strays == sum(day.events for day in days)
    assert any(isinstance(fact, Fill) and fact.field == "cs-host" and fact.filled for fact in outcome.facts)
    assert {"proxy"} <= {fact.scope for fact in outcome.facts if isinstance(fact, Seen | Day)}


def test_equal_stray_lines_are_as_many_hits(tmp_path: Path) -> None:
    """The same line three times is three events."""
    path = tmp_path / "mixed.ndjson.gz"
    rare = [request(1, "evil.example")] * 3
    path.write_bytes(gzip.compress(lines([event(n) for n in range(BEFORE)]) + lines(rare), 1))
    (part,) = parts(path)
    page, _ = search(part, detection(), BAD_HOST)

    assert (3, 3) == (len(page.rows), len({row.id for row in page.rows}))
