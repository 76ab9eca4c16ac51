"""Laws of running a rule: its period, its trigger, its alerts, its failures."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lab.sentinel import hand
from lab.sentinel.rules.run import run_rule
from lab.sentinel.store import Keep, Store
from lab_tests.sentinel.ruled import ID, rule, ruled
from lab_tests.sentinel.served import COLUMNS, NOW, rows

MINUTE = timedelta(minutes=1)


def _fill(store: Store) -> None:
    """Add an event a minute, numbered by the minutes before now."""
    made = [
        row | {"EventID": turn, "_ItemId": f"e{turn}"} for turn in range(200) for row in rows(1, NOW - turn * MINUTE)
    ]
    store.add("Event", COLUMNS, made, keep=Keep(interactive=90, total=90))


def _on(**said: Any) -> dict[str, Any]:
    period = {"queryFrequency": "PT5M", "queryPeriod": "PT5M", "query": "// ours\nEvent | where EventID >= 0"}
    return rule(enabled=True, **{**period, **said})


def test_a_rule_sees_its_period_as_of_five_minutes_ago(tmp_path: Path) -> None:
    """Half-open: what lies on a border is seen by one run of two."""
    with ruled(tmp_path, fill=_fill) as there:
        there.put(_on())
        first = run_rule(there.asked.lab, ID, NOW)
        next_one = run_rule(there.asked.lab, ID, NOW + 5 * MINUTE)

    assert {f"e{turn}" for turn in range(6, 11)} == set(first.events)
    assert {f"e{turn}" for turn in range(1, 6)} == set(next_one.events)


@pytest.mark.parametrize(
    ("said", "alerts"),
    [
        ({}, 1),
        ({"triggerThreshold": 5}, 0),
        ({"triggerOperator": "Equal", "triggerThreshold": 5}, 1),
        ({"triggerOperator": "LessThan", "triggerThreshold": 5}, 0),
        ({"eventGroupingSettings": {"aggregationKind": "AlertPerResult"}}, 5),
        ({"eventGroupingSettings": {"aggregationKind": "AlertPerResult"}, "queryPeriod": "PT3H"}, 150),
    ],
)
def test_alerts_are_made_by_trigger_and_grouping(said: dict[str, Any], alerts: int, tmp_path: Path) -> None:
    """150 a run at most: alerts are no record of hits."""
    with ruled(tmp_path, fill=_fill) as there:
        there.put(_on(**said))

        assert alerts == run_rule(there.asked.lab, ID, NOW).alerts


def test_a_query_that_leaves_ids_out_still_gives_rows(tmp_path: Path) -> None:
    """As many as it says."""
    with ruled(tmp_path, fill=_fill) as there:
        there.put(_on(query="Event | summarize n = count() by Computer"))
        found = run_rule(there.asked.lab, ID, NOW)

    assert ([{"Computer": "WS-1", "n": 5}], ()) == ([dict(row) for row in found.rows], found.events)


def test_a_function_is_called_with_brackets_and_without(tmp_path: Path) -> None:
    """As ASIM's are; the lab keeps one as a table."""
    with ruled(tmp_path, fill=_fill) as there:
        lab = there.asked.lab
        lab.store.add("_Im_Dns", {"DnsQuery": "string"}, [{"TimeGenerated": NOW - 7 * MINUTE}], kind="Function")
        for query in ("_Im_Dns() | where isempty(DnsQuery)", "_Im_Dns | where isempty(DnsQuery)"):
            there.put(_on(query=query))

            assert 1 == len(run_rule(lab, ID, NOW).rows)


def test_a_disabled_rule_does_not_run(tmp_path: Path) -> None:
    """However well it would find."""
    with ruled(tmp_path, fill=_fill) as there:
        there.put(_on())
        hand.switch(there.asked.lab, ID, on=False)

        with pytest.raises(ValueError, match="disabled"):
            run_rule(there.asked.lab, ID, NOW)


def test_a_rule_whose_table_has_gone_is_disabled_by_the_service_in_the_end(tmp_path: Path) -> None:
    """A run that succeeds between ends the row of failures."""
    with ruled(tmp_path, fill=_fill, failures=2) as there:
        lab = there.asked.lab
        there.put(_on())
        lab.store.drop("Event")
        run_rule(lab, ID, NOW)
        _fill(lab.store)
        run_rule(lab, ID, NOW)
        lab.store.drop("Event")
        errors = [run_rule(lab, ID, NOW).error]
        on = there.get().body["properties"]["enabled"]
        errors.append(run_rule(lab, ID, NOW).error)
        said = there.get().body["properties"]

    assert ["Failed to run the analytics rule query. One of the tables does not exist."] * 2 == errors
    assert (True, False, "AUTO DISABLED One") == (on, said["enabled"], said["displayName"])
