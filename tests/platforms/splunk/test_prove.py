"""The search that carries its events decides them as the rule would decide them in an index."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huntline.model.pack import Detection, Json
from huntline.model.query import Rule
from huntline_splunk.prove import proof
from lab.render.siem.splunk_sysmon import render
from lab.spl import parse, run
from platforms.splunk.by_hand import PACK_3CX, PROCESS, SYSMON_LOG, compiler, detection, pack_3cx, rule

HOSTILE = [
    'a"b',
    "a\\b",
    "a\\\\b\\",
    "a\nb\r\nc\t",
    "a | delete",
    "]] | outputlookup x [",
    "`huntline_sysmon` ```x```",
    "\u043f\u0440\u0438\u0432\u0435\u0442 \U0001f600 \u2028 \x00\x1f",
    "$token$ %x% <0>",
    '\\u0041 \\n \\"',
    "",
]
BASE: dict[str, Json] = {"index": "main", "source": SYSMON_LOG, "EventCode": 1}


def _found(of: Rule, events: Sequence[Mapping[str, Json]]) -> list[str]:
    """Run over nothing but what the search carries."""
    made = proof(of, compiler().bounds[of.scope], events)
    assert () == made.setup
    return [str(row["proof_id"]) for row in run(made.query, [], now=0)]


def _numbered(*events: Mapping[str, Json]) -> list[dict[str, Json]]:
    return [{**event, "proof_id": str(place)} for place, event in enumerate(events)]


@pytest.mark.parametrize(
    ("detect", "ids"),
    [
        ({"s": {"Image|endswith": "\\evil.exe"}, "condition": "s"}, ["0", "4"]),
        ({"s": {"Image|endswith": "\\evil.exe"}, "f": {"User": "admin"}, "condition": "s and not f"}, ["0"]),
        ({"s": {"CommandLine|re": "run\\s+\\d+"}, "condition": "s"}, ["1"]),
        (
            {"s": {"CommandLine|contains": ["run", "walk"]}, "t": {"ProcessId|gte": 70}, "condition": "s or t"},
            ["1", "4"],
        ),
        ({"s": {"SourceIp|cidr": "10.0.0.0/8"}, "condition": "s"}, ["1"]),
        ({"s": {"CommandLine": None, "Image|contains": "evil"}, "condition": "s"}, ["0", "4"]),
        ({"k": ["needle"], "condition": "k"}, ["4"]),
    ],
)
def test_a_rule_over_an_index_finds_what_it_should(tmp_path: Path, detect: dict[str, Any], ids: list[str]) -> None:
    """Ids by hand. Events 2 and 3 are of another kind and of another log: never found."""
    evil: dict[str, Json] = {"Image": "C:\\a\\EVIL.exe"}
    events = _numbered(
        {**BASE, **evil, "User": "bob", "ProcessId": 7},
        {**BASE, "Image": "C:\\a\\good.exe", "CommandLine": "run  42", "SourceIp": "10.1.2.3", "ProcessId": 69},
        {**BASE, **evil, "EventCode": 3, "CommandLine": "run 1", "_raw": "needle", "SourceIp": "10.1.2.3"},
        {**BASE, **evil, "source": "other", "CommandLine": "run 1", "_raw": "needle", "SourceIp": "10.1.2.3"},
        {**BASE, **evil, "User": "ADMIN", "ProcessId": 70, "_raw": "a NEEDLE here"},
    )

    assert ids == _found(rule(detection(tmp_path, detect), "sysmon"), events)


@pytest.mark.parametrize(
    ("detect", "ids"),
    [
        ({"s": {"Image|endswith": "\\evil.exe"}, "condition": "s"}, ["0"]),
        ({"s": {"CommandLine|re": "^run"}, "condition": "s"}, ["1"]),
    ],
)
def test_a_rule_over_a_data_model_finds_what_it_should(tmp_path: Path, detect: dict[str, Any], ids: list[str]) -> None:
    """The model is not read: the events are its events already."""
    events = _numbered(
        {"process_path": "C:\\evil.exe", "process": "x run"}, {"process_path": "C:\\b", "process": "run x"}
    )
    of = rule(detection(tmp_path, detect), "cim-processes")

    assert ids == _found(of, events)
    assert "datamodel" not in proof(of, compiler().bounds[of.scope], events).query


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_arrives_as_it_was(value: str) -> None:
    """Whatever a log holds: it neither breaks out of the search nor changes on the way."""
    everything = Rule("d", "sysmon", PROCESS, "`huntline_sysmon` EventCode=1", (), "")
    made = proof(everything, compiler().bounds["sysmon"], _numbered({**BASE, "CommandLine": value, "M": ["x", value]}))
    (row,) = run(made.query.removesuffix("| fields proof_id"), [], now=0)

    assert (value, ["x", value]) == (row["CommandLine"], row["M"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(), min_size=2, max_size=3), st.text())
def test_any_values_arrive_as_they_were(several: list[str], one: str) -> None:
    """The same for texts nobody thought of, lone surrogates left out: no log holds them."""
    everything = Rule("d", "sysmon", PROCESS, "`huntline_sysmon` EventCode=1", (), "")
    event: dict[str, Json] = {**BASE, "cs-host": [*several], "id.orig_h": one, "_raw": one}
    made = proof(everything, compiler().bounds["sysmon"], _numbered(event))
    (row,) = run(made.query.removesuffix("| fields proof_id"), [], now=0)

    assert (several, one, one) == (row["cs-host"], row["id.orig_h"], row["_raw"])


def test_no_value_holds_a_sign_of_the_language() -> None:
    """Real Splunk may expand macros inside quotation marks: none can be there."""
    everything = Rule("d", "sysmon", PROCESS, "`huntline_sysmon` EventCode=1", (), "")
    events = _numbered(*({**BASE, "CommandLine": value} for value in HOSTILE))
    (data,) = re.findall(r"data=\"(.*)\"\n", proof(everything, compiler().bounds["sysmon"], events).query)

    assert [] == re.findall(r"[`|$\n]|(?<=.)[\[\]](?=.)", data)


def test_absent_is_not_empty(tmp_path: Path) -> None:
    """None and an empty list are no field; an empty text is one."""
    detect = {"s": {"CommandLine": None}, "condition": "s"}
    values: list[Json] = [None, [], "", "x", ["x", "y"]]
    events = _numbered(*({**BASE, "CommandLine": value} for value in values))

    assert ["0", "1"] == _found(rule(detection(tmp_path, detect), "sysmon"), events)


def test_one_of_several_values_is_enough(tmp_path: Path) -> None:
    detect = {"s": {"CommandLine|endswith": "b"}, "condition": "s"}
    events = _numbered({**BASE, "CommandLine": ["ab", "c"]}, {**BASE, "CommandLine": ["a", "c"]})

    assert ["0"] == _found(rule(detection(tmp_path, detect), "sysmon"), events)


def test_a_proof_writes_nothing_and_names_no_macro(tmp_path: Path) -> None:
    """It runs as it is on a Splunk that has none of our objects."""
    of = rule(detection(tmp_path, {"s": {"CommandLine|re": "a|b"}, "condition": "s"}), "sysmon")
    commands = parse(proof(of, compiler().bounds["sysmon"], _numbered(BASE)).query).commands

    assert ["makeresults", "eval", "search", "where", "fields"] == [command.name for command in commands]


@pytest.mark.parametrize(
    "of", [one for one in pack_3cx().detections if one.logsource == PROCESS], ids=lambda one: one.id
)
def test_the_pack_decides_its_labelled_events(of: Detection) -> None:
    """Rendered by the lab as the add-on shows them; what is labelled match is found, what is labelled miss is not."""
    folder = PACK_3CX / "events" / Path(of.file).stem
    events: list[dict[str, Json]] = [
        {**_rendered(json.loads(line), str(of.logsource)), "proof_id": f"{label} {place}"}
        for label in ("match", "miss")
        for place, line in enumerate((folder / f"{label}.ndjson").read_text(encoding="utf-8").splitlines())
    ]
    wanted = {str(event["proof_id"]) for event in events if str(event["proof_id"]).startswith("match")}

    assert wanted == set(_found(rule(of, "sysmon"), events))


def _rendered(event: Mapping[str, object], logsource: str) -> dict[str, Json]:
    row = render(event, logsource)
    assert row is not None
    return {field: json.loads(json.dumps(value)) for field, value in row.items()}
