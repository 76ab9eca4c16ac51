"""Laws of the rules' specification: what breaks it is answered by 500 and kept, and the lab's lists are its lists."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lab.sentinel.app import SentinelLab
from lab.sentinel.contract import SPECIFICATION, vendor_contract
from lab.sentinel.rules import check, parts, query
from lab.sentinel.settings import SentinelSettings
from lab.sentinel.store import Store
from lab.sentinel.timespan import duration
from lab.serve.exchange import Answer, Request
from lab.serve.server import serve
from lab_tests.sentinel.ruled import Ruled, rule
from lab_tests.sentinel.served import Asked, small

pytestmark = pytest.mark.skipif(
    not SPECIFICATION.is_dir(), reason="the vendor's specifications are not beside the project"
)


class Careless(SentinelLab):
    """A stand-in that answers rules without their severity."""

    def answer(self, request: Request) -> Answer:
        whole = super().answer(request)
        if not isinstance(whole.body, dict) or "kind" not in whole.body:
            return whole
        kept = {name: value for name, value in whole.body["properties"].items() if name != "severity"}
        return replace(whole, body={**whole.body, "properties": kept})


@pytest.mark.parametrize(
    ("lab", "said", "broken"),
    [
        (Careless, {}, "'severity' is a required property"),
        (SentinelLab, {"customDetails": {"Number": 7}}, "7 is not of type 'string'"),
    ],
)
def test_a_rule_that_breaks_the_specification_is_kept(
    tmp_path: Path, lab: type[SentinelLab], said: dict[str, Any], broken: str
) -> None:
    """In an answer it is the lab's slip, in a request the deployer's."""
    store = Store(settings := SentinelSettings())
    small(store)
    served = lab(store, settings)
    with serve(served, tmp_path, contract=vendor_contract()) as running:
        status = Ruled(Asked(served, running)).put(rule(**said)).status
        violations = running.journal.violations()

    assert (500, 1, True) == (status, len(violations), broken in violations[0])


def test_the_labs_lists_and_limits_are_the_specifications() -> None:
    """Held here against the file itself; the lab keeps them so that it can judge without it."""
    asked = json.loads((SPECIFICATION / "scheduled-rule.constraints.json").read_text())
    enums, limits = asked["enums"], asked["documented_limits"]
    ours = {
        "properties.required": list(check.REQUIRED),
        "entityType": list(parts.ENTITIES),
        "alertProperty": list(parts.ALERT_PROPERTIES),
        "groupingConfiguration.matchingMethod": list(parts.MATCHING),
        "eventGroupingSettings.aggregationKind": list(parts.AGGREGATIONS),
        "groupByAlertDetails": list(parts.ALERT_DETAILS),
        **{name: list(known) for name, known in check.ENUMS.items()},
    }
    theirs = {**enums, "properties.required": asked["properties.required"]}

    assert {name: sorted(known) for name, known in theirs.items()} == {
        name: sorted(known) for name, known in ours.items()
    }
    assert [limits["query_chars"][1], limits["entity_mappings_per_rule"], limits["custom_details_per_rule"]] == [
        query.LONGEST,
        parts.MOST_MAPPINGS,
        parts.MOST_DETAILS,
    ]
    assert limits["enabled_scheduled_rules_per_workspace"] == SentinelSettings().enabled_rules
    assert [(duration(limits[name][0]), duration(limits[name][1])) for name in ("queryFrequency", "queryPeriod")] == [
        (check.SHORTEST, check.LONGEST[name]) for name in ("queryFrequency", "queryPeriod")
    ]
    assert timedelta(hours=24) == duration(limits["suppressionDuration_max"]) == check.LONGEST["suppressionDuration"]
