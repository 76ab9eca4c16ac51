"""Laws of what the service does not save: a form, a limit or a query that is wrong; and of the last thing that is right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.kql.check import Schema, Unavailable, findings
from lab.sentinel import hand
from lab.sentinel.rules.query import LONGEST
from lab_tests.sentinel.ruled import ID, Ruled, rule, ruled

HOST = {"entityType": "Host", "fieldMappings": [{"identifier": "FullName", "columnName": "Computer"}]}
GROUPING = {"enabled": True, "reopenClosedIncident": False, "lookbackDuration": "PT5H", "matchingMethod": "AllEntities"}
REQUIRED = (
    "displayName", "enabled", "severity", "query", "queryFrequency", "queryPeriod", "triggerOperator",
    "triggerThreshold", "suppressionEnabled", "suppressionDuration",
)  # fmt: skip


def _grouped(**said: Any) -> dict[str, Any]:
    return {"createIncident": True, "groupingConfiguration": {**GROUPING, **said}}


WRONG: list[tuple[str, dict[str, Any], str]] = [
    *[(f"no {name}", {name: None}, name) for name in REQUIRED],
    ("text for a number", {"triggerThreshold": "0"}, "triggerThreshold"),
    ("text for a switch", {"enabled": "true"}, "enabled"),
    ("severity", {"severity": "Critical"}, "severity"),
    ("severity's case", {"severity": "high"}, "severity"),
    ("operator", {"triggerOperator": "gt"}, "triggerOperator"),
    ("threshold", {"triggerThreshold": -1}, "triggerThreshold"),
    ("name", {"displayName": " "}, "displayName"),
    ("too often", {"queryFrequency": "PT4M59S"}, "queryFrequency"),
    ("too seldom", {"queryFrequency": "P15D", "queryPeriod": "P14D"}, "queryFrequency"),
    ("too far", {"queryPeriod": "P14DT1S"}, "queryPeriod"),
    ("oftener than it looks", {"queryFrequency": "PT2H", "queryPeriod": "PT1H"}, "queryFrequency"),
    ("no duration", {"queryPeriod": "1h"}, "queryPeriod"),
    ("suppressed too long", {"suppressionDuration": "PT24H1S"}, "suppressionDuration"),
    ("tactic", {"tactics": ["initial-access"]}, "initial-access"),
    ("sub-technique", {"techniques": ["T1059.001"]}, "The expected format is 'T####'"),
    ("version without template", {"templateVersion": "1.0.0"}, "'alertRuleTemplateName' is not empty"),
    ("mappings", {"entityMappings": [HOST] * 11}, "entityMappings"),
    ("entity", {"entityMappings": [HOST | {"entityType": "Computer"}]}, "Computer"),
    ("mapping without fields", {"entityMappings": [HOST | {"fieldMappings": []}]}, "fieldMappings"),
    ("details", {"customDetails": {f"d{turn}": "Computer" for turn in range(21)}}, "customDetails"),
    ("aggregation", {"eventGroupingSettings": {"aggregationKind": "PerResult"}}, "aggregationKind"),
    ("alert property", {"alertDetailsOverride": {"alertDynamicProperties": [{"alertProperty": "Title"}]}}, "Title"),
    ("incidents", {"incidentConfiguration": {}}, "createIncident"),
    ("matching", {"incidentConfiguration": _grouped(matchingMethod="None")}, "matchingMethod"),
    ("look-back", {"incidentConfiguration": _grouped(lookbackDuration="5h")}, "lookbackDuration"),
    ("detail nobody has", {"incidentConfiguration": _grouped(groupByCustomDetails=["Machine"])}, "Machine"),
    ("no query", {"query": ""}, "1 to 10000 characters"),
    ("long query", {"query": "Event" + " " * (LONGEST - 4)}, "1 to 10000 characters"),
    ("search *", {"query": 'search * | where Computer == "x"'}, "search *"),
    ("union *", {"query": "union  * | count"}, "union *"),
    ("table", {"query": "DeviceEvents | where ActionType == 'x'"}, "One of the tables does not exist."),
    ("table alone", {"query": "DeviceEvents"}, "One of the tables does not exist."),
    ("one of the tables", {"query": "union Event, DeviceEvents"}, "One of the tables does not exist."),
    ("column", {"query": "Event | where Nothing == 1"}, "Nothing"),
    ("Basic table", {"query": "CommonSecurityLog | where EventID == 1"}, "Basic"),
]  # fmt: skip


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ruled]:
    with ruled(tmp_path_factory.mktemp("checked"), unique_names=False) as one:
        one.put(rule())
        yield one


@pytest.mark.parametrize(("properties", "says"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_what_is_wrong_is_refused_by_name_and_nothing_is_saved(
    there: Ruled, properties: dict[str, Any], says: str
) -> None:
    """400, with the property or the word that is wrong; the rule stands as it was."""
    before = there.get().body
    said = there.put(rule(**properties))

    assert (400, True) == (said.status, says in said.body["error"]["message"])
    assert before == there.get().body


RIGHT: list[tuple[str, dict[str, Any]]] = [
    ("longest query", {"query": "Event" + " " * (LONGEST - 5)}),
    ("widest schedule", {"queryFrequency": "P14D", "queryPeriod": "P14D", "suppressionDuration": "P1D"}),
    ("closest schedule", {"queryFrequency": "PT5M", "queryPeriod": "PT5M", "suppressionDuration": "PT5M"}),
    ("ten mappings", {"entityMappings": [HOST] * 10}),
    ("twenty details", {"customDetails": {f"d{turn}": "Computer" for turn in range(20)}}),
    ("all a customer adds", dict(hand.OWN)),
    ("stars in a text", {"query": "Event | where Computer == 'search *' // union *"}),
    ("a template's", {"alertRuleTemplateName": "t", "templateVersion": "1.0.0"}),
    ("tactics", {"tactics": ["InitialAccess"], "techniques": ["T1059"]}),
]  # fmt: skip


@pytest.mark.parametrize("properties", [row[1] for row in RIGHT], ids=[row[0] for row in RIGHT])
def test_what_is_right_at_the_border_is_saved_as_sent(there: Ruled, properties: dict[str, Any]) -> None:
    """Durations aside, which have a spelling of their own: P14D, P1D and PT5M are it already."""
    said = there.put(rule(**properties))

    assert (200, properties) == (said.status, {name: said.body["properties"][name] for name in properties})


def test_a_name_is_taken_once(tmp_path: Path) -> None:
    """In the whole workspace, rules of other kinds included."""
    with ruled(tmp_path) as there:
        hand.make(there.asked.lab, "NRT", displayName="One")
        twice = there.put(rule())
        free = there.put(rule(displayName="Two"))

    assert (400, 201) == (twice.status, free.status)


def test_enabled_rules_are_counted_and_disabled_ones_are_not(tmp_path: Path) -> None:
    """512 in the real service; a rule that is on already may be written again."""
    with ruled(tmp_path, enabled_rules=1) as there:
        first = there.put(rule(enabled=True)).status
        over = there.put(rule(enabled=True, displayName="Two"), rule_id="two").status
        off = there.put(rule(displayName="Two"), rule_id="two").status
        again = there.put(rule(enabled=True, severity="Low")).status

    assert [201, 400, 201, 200] == [first, over, off, again]


def test_a_body_that_is_no_object_is_refused(there: Ruled) -> None:
    """Before anything in it is looked at."""
    assert [400, 400] == [there.put(body).status for body in ("text", {"kind": "Scheduled"})]


def test_a_rule_of_another_kind_is_not_replaced(tmp_path: Path) -> None:
    """A deployer that takes its id for its own destroys nothing."""
    with ruled(tmp_path) as there:
        hand.make(there.asked.lab, "Fusion", ID)
        said = there.put(rule())
        kept = there.get().body

    assert (400, "Fusion") == (said.status, kept["kind"])


def test_sub_techniques_are_known_to_the_preview_alone(there: Ruled) -> None:
    """A stable version neither takes nor answers them, and its write takes them away."""
    given = there.put(rule(subTechniques=["T1059.001"]), version="2025-10-01-preview").body
    stable = there.get().body
    there.put(rule(subTechniques=["T1059.001"]))
    after = there.get(version="2025-10-01-preview").body

    assert (["T1059.001"], False, None) == (
        given["properties"]["subTechniques"],
        "subTechniques" in stable["properties"],
        after["properties"]["subTechniques"],
    )


def test_microsofts_parser_tells_a_table_from_a_column() -> None:
    """By the code the lab goes by."""
    try:
        said = [findings(text, Schema({"T": {"x": "int"}}))[0][:6] for text in ("U | count", "T | where y == 1")]
    except Unavailable:
        pytest.skip("no judge: Microsoft's KQL parser cannot be loaded here")

    assert ["KS204 ", "KS142 "] == said
