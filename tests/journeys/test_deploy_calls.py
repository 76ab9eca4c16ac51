"""How many calls a rollout sends: the shortest list, whatever the number of rules; what they cost, `make bench` measures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from journeys.cli import Warm
from journeys.rollout_fleets import Heads, Kibana, Workspaces
from journeys.rollout_many import Fleet, Many, many, shortest
from journeys.siem import asks
from lab.serve.journal import Entry

TENANTS, RULES = 3, 5
TWICE: Mapping[str, set[str]] = {
    "elastic": {"_find"},
    "sentinel": {"alertRules"},
    "splunk": {"current-context", "conf-macros", "searches", "huntline_manifest"},
}
"""What is asked for twice: listings, before and to read back; of Splunk also who asks, and what is read over itself."""


@pytest.mark.parametrize("fleet", [Kibana(), Workspaces(), Heads()], ids=lambda one: one.name)
def test_a_first_apply_sends_the_shortest_list_of_calls(fleet: Fleet, tmp_path: Path, warm: Warm) -> None:
    """Many tenants are asked what one is, and nothing twice but the listing. A second apply writes nothing, and lists once."""
    with many(fleet, tmp_path / "one", 1, RULES, warm) as alone:
        one = _applied(alone)
        repeated = {text.split()[1].rpartition("/")[2] for text, count in Counter(map(asks, one)).items() if count > 1}
    with many(fleet, tmp_path / "all", TENANTS, RULES, warm) as there:
        first, second = _applied(there), _applied(there)

    assert TWICE[fleet.name] == repeated
    assert TENANTS * len(one) == len(first)
    assert (TENANTS * RULES, 0) == (sum(map(fleet.wrote, first)), sum(map(fleet.wrote, second)))
    assert TENANTS == sum(map(fleet.listed, second))
    assert len(one) - shortest(fleet, one) <= 2


def _applied(there: Many) -> tuple[Entry, ...]:
    before = len(there.entries())
    ended = there.office.run("apply", "plan.json")
    assert 0 == ended.code, ended.err
    return there.entries()[before:]
