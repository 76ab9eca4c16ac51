"""Real Windows telemetry without 3CX activity: no hit, and coverage that equals the file's own days."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard

from journeys.cli import hunt, report

DATA = Path(__file__).parents[3] / "shared" / "data" / "windows-events-400k.ndjson.zst"
SYSMON = "microsoft-windows-sysmon/operational"
POPULATIONS = {
    "windows/process_creation/*": {1},
    "windows/network_connection/*": {3},
    "windows/image_load/*": {7},
    "windows/file_event/*": {11},
    "windows/dns_query/*": {22},
}

pytestmark = pytest.mark.skipif(
    not DATA.exists(), reason="the real telemetry is not beside the project (../shared/data)"
)


@pytest.fixture(scope="module")
def customer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    cwd = tmp_path_factory.mktemp("real")
    ended = hunt(DATA, cwd, "--since", "2019-01-01")
    assert (0, "") == (ended.code, ended.err if "Traceback" in ended.err else "")
    (customer,) = report(cwd)["cases"]
    return dict(customer)


def test_there_is_no_hit_in_telemetry_without_the_intrusion(customer: dict[str, Any]) -> None:
    assert [] == customer["hits"]


def test_coverage_equals_the_days_of_the_file_counted_apart(customer: dict[str, Any]) -> None:
    """Counted here line by line in Python, there by the hunt."""
    told = Counter[tuple[str, str | None]]()
    for row in customer["coverage"]:
        if row["scope"] == "sysmon" and row["logsource"] in POPULATIONS:
            told[row["logsource"], row["day"]] += row["events"]

    assert _counted() == told


def test_every_verdict_that_is_not_clean_says_why(customer: dict[str, Any]) -> None:
    assert [] == [cell for cell in customer["verdicts"] if cell["verdict"] not in ("clean", "hits") and not cell["why"]]


def test_nothing_is_clean_on_a_day_without_events(customer: dict[str, Any]) -> None:
    """The file holds single days of several years; all others must not pass for searched."""
    held = {row["day"] for row in customer["coverage"]}
    clean = {
        day
        for cell in customer["verdicts"]
        if cell["verdict"] == "clean"
        for day in (cell["first"], cell["last"])
        if day is not None
    }

    assert set() == clean - held


def _counted() -> Counter[tuple[str, str | None]]:
    counted = Counter[tuple[str, str | None]]()
    with DATA.open("rb") as packed:
        for line in io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(packed)):
            event = json.loads(line)
            if str(event.get("Channel", "")).lower() != SYSMON:
                continue
            for population, ids in POPULATIONS.items():
                if int(event["EventID"]) in ids:
                    counted[population, _day(event)] += 1
    return counted


def _day(event: dict[str, Any]) -> str | None:
    """Return the UTC day by the first time that bears a zone; Sysmon's UtcTime is UTC by its documentation."""
    for text in (
        event.get("@timestamp"),
        event.get("TimeCreated"),
        f"{event['UtcTime']}Z" if "UtcTime" in event else None,
    ):
        if text and str(text).endswith("Z"):
            return datetime.fromisoformat(str(text)).astimezone(UTC).date().isoformat()
    return None
