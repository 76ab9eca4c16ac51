"""Laws of edits in the portal: each as the service would show it, so that a deployer can be shown to tell them apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lab.sentinel import hand
from lab.sentinel.app import SentinelLab
from lab_tests.sentinel.ruled import ID, MARK, QUERY, rule, ruled

EDITS: list[tuple[str, Callable[[SentinelLab], Any], Mapping[str, Any]]] = [
    ("query", lambda lab: hand.edit(lab, ID, query=f"{MARK}\nEvent"), {"query": f"{MARK}\nEvent"}),
    ("severity", lambda lab: hand.edit(lab, ID, severity="Low"), {"severity": "Low"}),
    ("name", lambda lab: hand.edit(lab, ID, displayName="Mine"), {"displayName": "Mine"}),
    ("frequency", lambda lab: hand.edit(lab, ID, queryFrequency="PT90M"), {"queryFrequency": "PT1H30M"}),
    ("on", lambda lab: hand.switch(lab, ID, on=True), {"enabled": True}),
    ("unmarked", lambda lab: hand.unmark(lab, ID), {"query": QUERY.partition("\n")[2]}),
    ("their own", lambda lab: hand.add_own(lab, ID), hand.OWN),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "told"), [row[1:] for row in EDITS], ids=[row[0] for row in EDITS])
def test_an_edit_changes_what_it_says_and_the_stamps(
    edit: Callable[[SentinelLab], Any], told: Mapping[str, Any], tmp_path: Path
) -> None:
    """Nothing else, and a deployer that read before it is stopped by its etag."""
    with ruled(tmp_path) as there:
        before = there.put(rule()).body
        edit(there.asked.lab)
        after = there.get().body
        late = there.put(rule(etag=before["etag"])).status

    new = after["properties"]
    changed = {name: new[name] for name in new if new[name] != before["properties"][name]}
    assert changed.pop("lastModifiedUtc") > before["properties"]["lastModifiedUtc"]
    assert (dict(told), 409) == (changed, late)


def test_a_copy_has_the_mark_and_an_id_and_a_name_of_its_own(tmp_path: Path) -> None:
    """A mark under another id is a copy."""
    with ruled(tmp_path) as there:
        there.put(rule())
        hand.duplicate(there.asked.lab, ID)
        one, copy = there.all()

    assert (ID, False) == (one["name"], copy["name"] == ID)
    assert (QUERY, "One - Copy") == (copy["properties"]["query"], copy["properties"]["displayName"])


def test_a_rule_deleted_by_hand_is_gone(tmp_path: Path) -> None:
    """And an etag of it is old."""
    with ruled(tmp_path, reuse_seconds=0) as there:
        etag = there.put(rule()).body["etag"]
        hand.delete(there.asked.lab, ID)

        assert (404, 409) == (there.get().status, there.put(rule(etag=etag)).status)


def test_an_auto_disabled_rule_says_so_in_its_name_and_why_in_its_description(tmp_path: Path) -> None:
    """Twice is no more than once in the name; the query and its mark stay."""
    with ruled(tmp_path) as there:
        there.put(rule(enabled=True))
        hand.auto_disable(there.asked.lab, ID)
        once = there.get().body["properties"]
        hand.switch(there.asked.lab, ID, on=True)
        hand.auto_disable(there.asked.lab, ID, "Insufficient access to resource.")
        twice = there.get().body["properties"]

    assert (False, "AUTO DISABLED One", QUERY) == (once["enabled"], once["displayName"], once["query"])
    first, rest = once["description"].split("\n", 1)
    assert (True, "What it finds") == (first.endswith("was deleted."), rest)
    assert ("AUTO DISABLED One", True) == (twice["displayName"], "Insufficient access" in twice["description"])


def test_rules_of_other_kinds_stand_in_the_list(tmp_path: Path) -> None:
    """Somebody else's or the service's own: a deployer leaves them alone."""
    with ruled(tmp_path) as there:
        there.put(rule())
        for kind in hand.OTHERS:
            hand.make(there.asked.lab, kind)

        assert ["Scheduled", "NRT", "Fusion", "MicrosoftSecurityIncidentCreation"] == [
            one["kind"] for one in there.all()
        ]
