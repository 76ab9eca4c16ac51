"""The documented semantics of KQL, probe by probe, on every engine and through Microsoft's own binder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.kql.check import Schema, Unavailable, findings
from lab.kql.gaps import gaps
from lab.kql.model import Refused, Table
from lab_tests.kql.votes import ENGINES, ids

PROBES = Path(__file__).parents[3].parent / "shared" / "reference" / "language-probes.yaml"
DEVIATIONS = yaml.safe_load(Path(__file__).with_name("deviations.yml").read_text(encoding="utf-8"))


def _probes() -> list[dict[str, Any]]:
    if not PROBES.is_file():
        return []
    known = yaml.load(PROBES.read_text(encoding="utf-8"), yaml.CSafeLoader)["probes"]
    return [probe for probe in known if probe["language"] == "kql"]


ALL = _probes()
beside = pytest.mark.skipif(not ALL, reason="the language probes are not beside the project")


@beside
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("probe", ALL, ids=lambda probe: probe["id"])
def test_an_engine_agrees_with_the_documentation_or_is_known_not_to(probe: dict[str, Any], engine: str) -> None:
    """A deviation that has closed must leave its list, or the list stops meaning anything."""
    expected = "refuses" if probe["expectation"] == "error" else _expected(probe)

    assert (probe["id"] in DEVIATIONS[engine]) == (expected != _answer(probe, engine))


@beside
@pytest.mark.parametrize("engine", ENGINES)
def test_a_deviation_is_seen_in_the_query(engine: str) -> None:
    """A caller has only the text to know by that an engine has no vote."""
    deviating = [probe for probe in ALL if probe["id"] in DEVIATIONS[engine]]

    assert len(DEVIATIONS[engine]) == len(deviating)
    assert [] == [probe["id"] for probe in deviating if engine not in gaps(probe["query"])]


@beside
@pytest.mark.parametrize("probe", ALL, ids=lambda probe: probe["id"])
def test_the_binder_refuses_what_must_be_rejected_and_nothing_else(probe: dict[str, Any]) -> None:
    """A false finding would refuse good content; a missed one would deploy what the platform rejects."""
    wrong = probe["expectation"] == "error" and probe["id"] not in DEVIATIONS["Kusto.Language"]
    schema = Schema({name: table.columns for name, table in _tables(probe).items()})
    try:
        told = findings(probe["query"], schema)
    except Unavailable as why:
        pytest.skip(str(why))

    assert wrong == bool(told), told


def _expected(probe: dict[str, Any]) -> list[Any]:
    return probe["expected_rows"] if "expected_rows" in probe else sorted(probe["expected"])


def _answer(probe: dict[str, Any], engine: str) -> list[Any] | str:
    try:
        rows = ENGINES[engine](probe["query"], _tables(probe))
    except Refused:
        return "refuses"
    if "expected_rows" in probe or not all("id" in row for row in rows):
        return rows
    return list(ids(rows))


def _tables(probe: dict[str, Any]) -> dict[str, Table]:
    columns = {"id": "string", **(probe.get("schema") or {})}
    rows = [{name: _read(columns[name], cell) for name, cell in row.items()} for row in probe.get("events") or []]
    return {"T": Table(columns, rows)}


def _read(kind: str, cell: Any) -> Any:
    """Read a datetime of the probes, which are UTC without saying so."""
    if kind != "datetime" or cell is None:
        return cell
    moment = cell if isinstance(cell, datetime) else datetime.fromisoformat(str(cell))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
