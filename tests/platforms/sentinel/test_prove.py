"""A rule over events that its own query carries answers as the rule says: run on an engine, read by Microsoft's parser."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from huntline.model.proof import Proof
from huntline_sentinel.prove import proof
from lab.kql import duck
from lab.kql.check import Schema, findings
from lab.kql.model import Table
from platforms.handmade import detection, ruled
from platforms.sentinel.handmade import DNS, renderer

HOSTILE = [
    'quote " and \' and \\" and ""',
    "back\\slash\\",
    "line\nfeed\r\n| take 0",
    "| where false // no",
    "]; T | project x; datatable(a: string) [",
    "]] }} {{ }; `ticks` ```",
    "naïve İß 😀 \u2028\u202e\u0000\u0007",
    "@'verbatim' h\"secret\" ~~~",
    "%s {0} $x <script>",
]

pytestmark = pytest.mark.usefixtures("microsoft")


def _proof(folder: Path, selection: Mapping[str, Any], *events: Mapping[str, Any], scope: str = "starts") -> Proof:
    render = renderer()
    told = {"logsource": DNS} if scope == "asks" else {}
    rule = ruled(render, detection(folder, selection, **told), scope)
    return proof(rule, render.compiler.bounds[scope], events)


def _answer(told: Proof) -> list[str]:
    """Run a proof where the table of that name holds something else, which must not be looked at."""
    assert () == told.setup
    assert [] == findings(told.query, Schema({"Started": {"other": "string"}}))
    tables = {"Started": Table({"other": "string"}, [{"other": "x"}])}
    return sorted(row["proof_id"] for row in duck.run(told.query, tables))


def _started(number: object, **fields: Any) -> dict[str, Any]:
    return {"proof_id": str(number), "ActionType": "Started", **fields}


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_stays_a_value(tmp_path: Path, value: str) -> None:
    """Labelled events hold what attackers write: nothing in one may become query."""
    told = _proof(
        tmp_path,
        {"Image|endswith": "\\evil.exe"},
        _started(value, Path=f"{value}\\evil.exe", CommandLine=value, **{"odd name": value}),
        _started("other", Path=value, More={value: [value]}),
    )

    assert [value] == _answer(told)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({"Small": 5}, ["full"]),
        ({"Big|gte": 9_000_000_000}, ["full"]),
        ({"Share|gt": 0.25}, ["full"]),
        ({"Signed": "true"}, ["full"]),
        ({"Signed": "false"}, ["none"]),
        ({"Small": None}, ["empty"]),
        ({"Key|contains": "-11d1-"}, ["full"]),
        ({"Seen|startswith": "2023-03-29T10:00:00.123"}, ["full"]),
        ({"ImageLoaded": "x|y"}, ["full"]),
        ({"x.y": "pattern"}, ["full"]),
        ({"odd name": "here"}, ["full"]),
        ({"AccountName": None}, ["empty", "none"]),
    ],
)
def test_every_type_of_column_holds_its_value_or_none(
    tmp_path: Path, selection: Mapping[str, Any], expected: list[str]
) -> None:
    """What is absent is null, or empty where the language has no null."""
    told = _proof(
        tmp_path,
        selection,
        _started("full", Small=5, Big=9_000_000_001, Share=0.5, Signed=True, Seen="2023-03-29T10:00:00.1234567Z",
                 Key="6ba7b810-9dad-11d1-80b4-00c04fd430c8", More={"made": "x|y", "n": [1, None]}, AccountName="a",
                 **{"odd name": "here", "x.y": "pattern"}),
        _started("none", Small=-6, Big=-1, Share=-0.5, Signed=False, More={}),
        _started("empty"),
        {"proof_id": "not of the population", "Small": 5, "Signed": True},
    )  # fmt: skip

    assert expected == _answer(told)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Small", "5) ]; print(1"),
        ("Small", 5.5),
        ("Small", True),
        ("Signed", "true"),
        ("Seen", "now() - 1d"),
        ("Key", "x"),
        ("Share", "nan"),
        ("Path", 5),
    ],
)
def test_a_value_its_column_cannot_hold_is_an_error(tmp_path: Path, field: str, value: object) -> None:
    """A literal is never made of what has not its shape."""
    with pytest.raises(ValueError, match=f"{field} is of type"):
        _proof(tmp_path, {"Image": "x"}, _started(1, **{field: value}))


def test_a_function_is_stood_in_for_under_its_name(tmp_path: Path) -> None:
    """ASIM's parsers are functions; their name in a query comes first, too."""
    told = _proof(
        tmp_path,
        {"query|endswith": ".example"},
        {"proof_id": "hit", "query": "a.Example"},
        {"proof_id": "miss", "query": "example.org"},
        scope="asks",
    )

    assert ["hit"] == _answer(told)


def test_no_events_are_no_hits(tmp_path: Path) -> None:
    """A corpus may have nothing for a source."""
    assert [] == _answer(_proof(tmp_path, {"Image": "x"}))
