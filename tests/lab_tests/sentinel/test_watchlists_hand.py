"""Laws of what people do to lists in the portal: each as the service would show it, so that a deployer can tell them apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab.sentinel.app import SentinelLab
from lab.sentinel.watchlists import hand
from lab_tests.sentinel.listed import ALIAS, MARK, hosts, listed

EDITS: list[tuple[str, Callable[[SentinelLab], Any], tuple[list[str], list[str]]]] = [
    ("added", lambda lab: hand.add_item(lab, ALIAS, Host="WS-3"), (["WS-1", "WS-2", "WS-3"], [MARK])),
    ("changed", lambda lab: hand.change_item(lab, ALIAS, "WS-1", Host="WS-0"), (["WS-0", "WS-2"], [MARK])),
    ("removed", lambda lab: hand.remove_item(lab, ALIAS, "WS-1"), (["WS-2"], [MARK])),
    ("labelled", lambda lab: hand.relabel(lab, ALIAS, MARK, "theirs"), (["WS-1", "WS-2"], [MARK, "theirs"])),
    ("unmarked", lambda lab: hand.relabel(lab, ALIAS), (["WS-1", "WS-2"], [])),
]


@pytest.mark.parametrize(("edit", "told"), [row[1:] for row in EDITS], ids=[row[0] for row in EDITS])
def test_an_edit_changes_items_or_labels_and_is_seen_by_queries(
    edit: Callable[[SentinelLab], Any], told: tuple[list[str], list[str]], tmp_path: Path
) -> None:
    """Nothing else."""
    with listed(tmp_path) as there:
        there.put(hosts())
        edit(there.arm.asked.lab)

        assert told == (there.values(), there.get().body["properties"]["labels"])
        assert told[0] == there.queried()


def test_an_edit_of_labels_makes_the_etag_old_and_one_of_items_does_not(tmp_path: Path) -> None:
    """So that the etag of a list says nothing of its items (lab): they have to be read."""
    with listed(tmp_path) as there:
        etag = there.put(hosts()).body["etag"]
        hand.add_item(there.arm.asked.lab, ALIAS, Host="WS-3")
        same = there.put(hosts(None, etag=etag))
        hand.relabel(there.arm.asked.lab, ALIAS, "theirs")
        late = there.put(hosts(None, etag=same.body["etag"]))

    assert (200, 409) == (same.status, late.status)


def test_who_edited_is_told(tmp_path: Path) -> None:
    """By their object id."""
    with listed(tmp_path) as there:
        there.put(hosts())
        hand.add_item(there.arm.asked.lab, ALIAS, Host="WS-3")
        hand.relabel(there.arm.asked.lab, ALIAS, "theirs")
        items = [one["properties"]["updatedBy"]["objectId"] == hand.WHO for one in there.items()]

        assert ([False, False, True], hand.WHO) == (items, there.get().body["properties"]["updatedBy"]["objectId"])


def test_a_list_deleted_by_hand_is_gone(tmp_path: Path) -> None:
    """Whatever went on with it, and for queries too."""
    with listed(tmp_path, list_looks=5) as there:
        there.put(hosts())
        hand.delete(there.arm.asked.lab, ALIAS)

        assert (404, [], []) == (there.get().status, there.all(), there.queried())


def test_somebody_elses_list_stands_in_the_list_of_lists(tmp_path: Path) -> None:
    """At an alias of ours as well: it has no mark, and a deployer leaves it alone."""
    with listed(tmp_path, list_looks=5) as there:
        hand.make(there.arm.asked.lab, ALIAS, ({"Host": "WS-7"},), labels=["theirs"])
        (theirs,) = there.all()

        assert (["theirs"], "Succeeded") == (theirs["properties"]["labels"], theirs["properties"]["provisioningState"])
        assert (["WS-7"], ["WS-7"]) == (there.values(), there.queried())
