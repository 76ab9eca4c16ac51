"""Edits by hand: each as splunkd would show it, so that a deployer can be shown to tell them apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lab.splunk import hand
from lab.splunk.app import SplunkLab
from lab.splunk.saved_fields import from_conf
from lab.splunk.settings import ADMIN, OURS
from lab_tests.splunk.keeper import NAME, administrator, ours, person, rule
from lab_tests.splunk.served import deployed

KEY = hand.place(NAME)
EDITS: list[tuple[str, Callable[[SplunkLab], object], dict[str, str]]] = [
    ("query", lambda lab: hand.edit(lab, KEY, {"search": "search index=*"}), {"search": "search index=*"}),
    ("severity", lambda lab: hand.edit(lab, KEY, {"alert.severity": "1"}), {"alert.severity": "1"}),
    ("schedule", lambda lab: hand.edit(lab, KEY, {"cron_schedule": "0 6 * * *"}), {"cron_schedule": "0 6 * * *"}),
    ("disable", lambda lab: hand.switch(lab, KEY, on=False), {"disabled": "1"}),
    ("mark", lambda lab: hand.forget(lab, KEY, "action.huntline.param.key"), {"action.huntline.param.key": "gone"}),
    (
        "action",
        lambda lab: hand.add_action(lab, KEY),
        {"action.email": "1", "action.email.to": "soc@example.com", "actions": "email"},
    ),
]


@pytest.mark.parametrize(("edit", "seen"), [row[1:] for row in EDITS], ids=[row[0] for row in EDITS])
def test_an_edit_changes_what_it_says_and_nothing_else(
    edit: Callable[[SplunkLab], object], seen: dict[str, str], tmp_path: Path
) -> None:
    """And no revision tells of it: Splunk has none, only the time of the last write."""
    with deployed(tmp_path) as there:
        before = rule(ours(there)).content
        edit(there.lab)
        after = ours(there).saved_searches[NAME].content
    names = {*before, *after} - {"qualifiedSearch", "next_scheduled_time"}  # what follows from the others
    changed = {name: after.get(name, "gone") for name in names if before.get(name, "gone") != after.get(name, "gone")}
    assert seen == changed


def test_a_new_name_is_a_copy_and_the_old_one_is_gone(tmp_path: Path) -> None:
    """With the mark, and another owner."""
    with deployed(tmp_path) as there:
        rule(ours(there))
        hand.rename(there.lab, KEY, "Mine")
        found = ours(there).saved_searches.list()
        assert [("Mine", "ana", "ours/1")] == [
            (one.name, one.access.owner, one["action.huntline.param.key"]) for one in found
        ]


def test_a_private_copy_shadows_and_bears_the_mark(tmp_path: Path) -> None:
    """Under our name for its user; under a name of its own beside ours."""
    with deployed(tmp_path) as there:
        rule(ours(there))
        hand.copy(there.lab, KEY)
        hand.copy(there.lab, KEY, name="Clone")
        assert [(NAME, "user"), ("Clone", "user")] == [
            (one.name, one.access.sharing) for one in person(there).saved_searches.list()
        ]
        assert [NAME] == [one.name for one in ours(there).saved_searches.list()]
        everywhere = ours(there, ADMIN, owner="-", app="-").saved_searches.list()
        assert 3 == sum(one["action.huntline.param.key"] == "ours/1" for one in everywhere)


def test_an_edit_of_what_a_package_ships_lies_in_local(tmp_path: Path) -> None:
    """Taken back there, the package's own value shows again."""
    with deployed(tmp_path) as there:
        shipped = from_conf({"search": "search index=a", "enableSched": "1", "cron_schedule": "1 * * * *"})
        there.lab.knowledge.install(OURS, {"savedsearches": {NAME: shipped}})
        hand.edit(there.lab, KEY, {"cron_schedule": "2 * * * *"})
        assert "2 * * * *" == administrator(there).saved_searches[NAME]["cron_schedule"]
        hand.forget(there.lab, KEY, "cron_schedule")
        assert "1 * * * *" == administrator(there).saved_searches[NAME]["cron_schedule"]


def test_somebody_elses_search_and_a_deleted_one(tmp_path: Path) -> None:
    """A search without our mark at a name of ours; none where ours was."""
    with deployed(tmp_path) as there:
        hand.make(there.lab, KEY, {"search": "search index=theirs"})
        assert "action.huntline.param.key" not in ours(there).saved_searches[NAME].content
        hand.delete(there.lab, KEY)
        assert NAME not in ours(there).saved_searches
