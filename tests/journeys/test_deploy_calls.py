"""How many calls a rollout sends: the shortest list, whatever the number of rules; what they cost, `make bench` measures."""

from __future__ import annotations

from pathlib import Path

from journeys.rollout import listings, writes
from journeys.rollout_many import many
from journeys.warm import Warm

TENANTS, RULES = 4, 5


def test_a_first_apply_sends_the_shortest_list_of_calls(tmp_path: Path, warm: Warm) -> None:
    """Nothing twice but the listing: before, and to read back. A second one writes nothing, and lists once."""
    with many(tmp_path, TENANTS, RULES, warm) as there:
        before = len(there.there.rules.journal.entries()), len(there.there.data.journal.entries())
        first = there.office.run("apply", "plan.json")
        kibana, data = there.there.rules.journal.entries()[before[0] :], there.there.data.journal.entries()[before[1] :]
        second = there.office.run("apply", "plan.json")
        again = there.there.rules.journal.entries()[before[0] + len(kibana) :]

    assert (0, 0) == (first.code, second.code), first.err
    assert {"/s/SPACE/api/detection_engine/rules/_find": 2 * TENANTS} == there.repeated([*kibana, *data])
    assert there.minimal([*kibana, *data]) == len(kibana) + len(data)
    assert TENANTS * RULES == len(writes(kibana))
    assert (0, TENANTS) == (len(writes(again)), len(listings(again)))
