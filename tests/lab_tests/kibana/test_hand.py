"""Laws of edits by hand: each as Kibana would record it, so that a deployer can be shown to tell them apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab.kibana import hand
from lab.kibana.app import KibanaLab
from lab.kibana.settings import DEPLOYER
from lab_tests.kibana.served import kibana, rule

ENTRY = {"field": "process.name", "type": "match", "operator": "included", "value": "a.exe"}
FORM = {"kibana_siem_app_url": "https://kibana.example/app/security", "from": "1m"}
EDITS: list[tuple[str, Callable[[KibanaLab], Any], str, Any, int]] = [
    ("query", lambda lab: hand.edit(lab, "r1", query="any where true"), "query", "any where true", 1),
    ("severity", lambda lab: hand.edit(lab, "r1", severity="low"), "severity", "low", 1),
    ("schedule", lambda lab: hand.edit(lab, "r1", interval="1h", from_="now-2h"), "from", "now-2h", 1),
    ("rename", lambda lab: hand.edit(lab, "r1", name="Mine"), "name", "Mine", 1),
    ("meta", lambda lab: hand.edit(lab, "r1"), "meta", FORM, 1),
    ("disable", lambda lab: hand.switch(lab, "r1", on=False), "enabled", False, 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("edit", "field", "value", "revision"), [row[1:] for row in EDITS], ids=[row[0] for row in EDITS]
)
def test_an_edit_is_recorded(
    edit: Callable[[KibanaLab], Any], field: str, value: Any, revision: int, tmp_path: Path
) -> None:
    """With its revision and its author; switching off leaves the revision as it was, and our version never moves."""
    with kibana(tmp_path) as there:
        before = there.post(enabled=True, tags=["mark"], meta={"mark": "x"})[1]
        edit(there.lab)
        after = there.get()[1]

    assert (value, revision, "ana", 1) == (after[field], after["revision"], after["updated_by"], after["version"])
    assert (before["created_by"], before["id"], ["mark"]) == (after["created_by"], after["id"], after["tags"])
    assert before["updated_at"] <= after["updated_at"]


def test_an_exception_makes_a_list_of_the_rules_own(tmp_path: Path) -> None:
    """Once; the second goes into it, and the rule's revision stays."""
    with kibana(tmp_path) as there:
        there.post()
        first = hand.add_exception(there.lab, "r1", [ENTRY])
        second = hand.add_exception(there.lab, "r1", [ENTRY | {"value": "b.exe"}])
        link = there.get()[1]["exceptions_list"]
        items = len(there.lab.store.spaces["default"].items)

    assert (1, 1, 1, 2) == (first["revision"], second["revision"], len(link), items)
    assert ("rule_default", "single") == (link[0]["type"], link[0]["namespace_type"])


def test_an_action_is_added_to_those_there_are(tmp_path: Path) -> None:
    """As the form does: with a frequency and an id."""
    with kibana(tmp_path) as there:
        there.post(actions=[{"id": "a1", "action_type_id": ".email", "params": {}}])
        hand.add_action(there.lab, "r1")
        actions = there.get()[1]["actions"]

    assert ["a1", "soc-mail"] == [one["id"] for one in actions]
    assert all(one["uuid"] and one["frequency"] for one in actions)


def test_a_copy_bears_the_mark_and_its_own_exceptions(tmp_path: Path) -> None:
    """Its own list is copied, not shared: an exception added later to one is not in the other."""
    with kibana(tmp_path) as there:
        there.post(tags=["mark"], enabled=True)
        hand.add_exception(there.lab, "r1", [ENTRY])
        copy = hand.duplicate(there.lab, "r1")
        there.get(copy["rule_id"])
        original = there.get()[1]

    assert ("One [Duplicate]", ["mark"], False, "ana") == tuple(
        copy[name] for name in ("name", "tags", "enabled", "created_by")
    )
    assert copy["exceptions_list"][0]["list_id"] != original["exceptions_list"][0]["list_id"]


def test_a_rule_deleted_by_hand_is_gone(tmp_path: Path) -> None:
    """And can be made again under its rule_id, with another id."""
    with kibana(tmp_path) as there:
        first = there.post()[1]
        hand.delete(there.lab, "r1")
        gone, again = there.get()[0], there.post()[1]

    assert 404 == gone
    assert first["id"] != again["id"]


def test_an_edit_by_hand_takes_the_rule_away_from_our_key(tmp_path: Path) -> None:
    """Saving it again gives it back; switching alone does not [E9]."""
    with kibana(tmp_path) as there:
        place = there.lab.store.spaces["default"]
        there.post(enabled=True)
        hand.edit(there.lab, "r1", severity="low")
        theirs = place.the(rule_id="r1").key
        hand.switch(there.lab, "r1", on=False)
        hand.switch(there.lab, "r1", on=True)
        still = place.the(rule_id="r1").key
        there.put(rule(enabled=True))
        ours = place.the(rule_id="r1").key

    assert (hand.KEY, hand.KEY, DEPLOYER.id) == (theirs, still, ours)


def test_a_foreign_rule_is_another_persons(tmp_path: Path) -> None:
    """Elastic's own is told by its source."""
    with kibana(tmp_path) as there:
        hand.make(there.lab, rule_id="theirs", name="One", tags=["huntline:not/really/ours"])
        hand.make(there.lab, rule_id="elastic", immutable=True)
        theirs, elastic = there.get("theirs")[1], there.get("elastic")[1]

    assert ("ana", False, "internal") == (theirs["created_by"], theirs["immutable"], theirs["rule_source"]["type"])
    assert (True, "external") == (elastic["immutable"], elastic["rule_source"]["type"])
