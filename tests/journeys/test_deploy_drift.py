"""A tenant edited by hand: every edit is reported with its field and owner, what is the customer's stays, and people decide."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from journeys.cli import Warm
from journeys.rollout import drifts, estate, ids, office, planned, rolled_out, rules, settle
from journeys.siem import Office
from lab.kibana import hand
from platforms.elastic.deploying import There

EDITED = (
    "query",
    "severity",
    "schedule",
    "renamed",
    "exception",
    "action",
    "disabled",
    "deleted",
    "copied",
    "untagged",
)
OWN = ("exceptions_list", "actions")
ENTRY = {"field": "host.name", "type": "match", "operator": "included", "value": "BUILD-1"}


@dataclass(frozen=True, slots=True)
class Edited:
    """A tenant with a rule for each kind of edit, and what stood there before the edits."""

    there: There
    office: Office
    ids: Mapping[str, str]
    before: Mapping[str, Mapping[str, Any]]

    def rule(self, word: str) -> Mapping[str, Any]:
        return rules(self.there)[self.ids[word]]

    def what(self, *words: str) -> dict[str, set[tuple[str, str, str]]]:
        """Return what drifted of which rule: what, field and owner."""
        found: dict[str, set[tuple[str, str, str]]] = {word: set() for word in words}
        names = {rule_id: word for word, rule_id in self.ids.items()}
        for one in drifts(self.office):
            word = names.get(one["id"], "beside")
            told = [(one["what"], field["path"], field["owner"]) for field in one["fields"]]
            found.setdefault(word, set()).update(told or [(one["what"], "", "")])
        return {word: some for word, some in found.items() if some}


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Iterator[Edited]:
    folder = tmp_path_factory.mktemp("edited")
    with estate(folder / "lab", checked=False) as there:
        made = office(folder / "office", *EDITED, warm=warm)
        settle(made, there, "acme", enabled=True)
        rolled_out(made)
        known, before, kibana = ids(there), rules(there), there.kibana
        hand.edit(kibana, known["query"], query="any where true")
        hand.edit(kibana, known["severity"], severity="low")
        hand.edit(kibana, known["schedule"], interval="2h")
        hand.edit(kibana, known["renamed"], name="My own name")
        hand.add_exception(kibana, known["exception"], [ENTRY])
        hand.add_action(kibana, known["action"])
        hand.switch(kibana, known["disabled"], on=False)
        hand.delete(kibana, known["deleted"])
        hand.duplicate(kibana, known["copied"])
        hand.edit(kibana, known["untagged"], tags=["mine"])
        hand.make(kibana, name=str(before[known["query"]]["name"]))
        yield Edited(there, made, known, before)


def test_every_edit_is_reported_with_its_field_and_owner(edited: Edited) -> None:
    """An exception and an action are the customer's own, and no drift."""
    assert {
        "query": {("edited", "query", "theirs")},
        "severity": {("edited", "severity", "theirs")},
        "schedule": {("edited", "interval", "theirs")},
        "renamed": {("edited", "name", "theirs")},
        "disabled": {("switched_off", "", "")},
        "deleted": {("deleted", "", "")},
        "untagged": {("unmarked", "", "")},
        "beside": {("copy", "", ""), ("namesake", "", "")},
    } == edited.what()


def test_it_says_so_to_people_too(edited: Edited) -> None:
    """By whom, when, what stands there and what we want there."""
    ended = edited.office.run("drift", "--pack", "rules")
    (named,) = [line for line in ended.out.splitlines() if edited.ids["severity"] in line]

    assert 3 == ended.code
    assert named.startswith("  edited there by ana, 20")
    assert "      severity: changed there, stays: low (wanted: high)" in ended.out.splitlines()
    assert "acme: 9 found" == ended.out.splitlines()[0]


def test_a_changed_pack_leaves_what_is_theirs(edited: Edited) -> None:
    """Exceptions, actions, edited fields, what is switched off, deleted or foreign: only our own fields are written."""
    before = rules(edited.there)
    for file in (edited.office.folder / "rules").iterdir():
        file.write_text(f"{file.read_text('utf-8')}description: Reviewed in spring.\n", encoding="utf-8")
    rolled_out(edited.office)
    after = rules(edited.there)
    written = {word for word, id_ in edited.ids.items() if after.get(id_) != before.get(id_)}
    theirs = [("query", "query"), ("severity", "severity"), ("schedule", "interval"), ("renamed", "name")]

    assert set(EDITED) - {"deleted", "untagged"} == written
    assert {"Reviewed in spring."} == {edited.rule(word)["description"] for word in written}
    assert [edited.rule(word)[name] for word, name in theirs] == [
        "any where true",
        "low",
        "120m",
        "My own name",
    ]  # 2h, as we write it
    assert [before[edited.ids["exception"]][name] for name in OWN] == [edited.rule("exception")[name] for name in OWN]
    assert [before[edited.ids["action"]][name] for name in OWN] == [edited.rule("action")[name] for name in OWN]
    assert edited.rule("exception")["exceptions_list"]
    assert edited.rule("action")["actions"]
    assert not edited.rule("disabled")["enabled"]
    assert {"query", "severity", "schedule", "renamed", "disabled", "deleted", "untagged", "beside"} == set(
        edited.what()
    )


def test_people_decide_by_the_command_and_the_next_plan_heeds_it(edited: Edited) -> None:
    """Ignore leaves a field to them, adopt makes it ours, overwrite takes it back: by name, and with an allowance."""
    known, made = edited.ids, edited.office
    decided = made.run(
        "drift", "--pack", "rules",
        "--ignore", f"{known['severity']}:severity",
        "--adopt", f"{known['schedule']}:interval",
        "--overwrite", f"{known['query']}:query",
        "--overwrite", f"{known['disabled']}:state",
        "--overwrite", known["deleted"],
    )  # fmt: skip
    refused = made.run("drift", "--pack", "rules", "--ignore", f"{known['query']}:colour")
    seen = made.run("plan", "--pack", "rules", "--no-counts", "--out", "plan.json")
    lacking = made.run("apply", "plan.json")
    done = made.run("apply", "plan.json", "--allow", "takeovers")

    assert (0, 2, 3, 2, 0) == (decided.code, refused.code, seen.code, lacking.code, done.code), done.err
    assert f"acme: adopt interval of {known['schedule']}" in decided.out
    assert {"update": 2, "create": 1, "held": 2} == {
        action: planned(made)["acme"][action] for action in ("update", "create", "held")
    }
    assert "--allow takeovers" in lacking.err
    assert edited.before[known["query"]]["query"] == edited.rule("query")["query"]
    assert edited.rule("disabled")["enabled"]
    assert edited.before[known["deleted"]]["query"] == edited.rule("deleted")["query"]
    assert ("low", "120m") == (edited.rule("severity")["severity"], edited.rule("schedule")["interval"])
    assert {"renamed", "untagged", "beside"} == set(edited.what())


def test_no_decision_reaches_an_object_of_another_tenant_or_no_object(edited: Edited) -> None:
    """A typing error must not be kept as a decision."""
    ended = edited.office.run("drift", "--pack", "rules", "--overwrite", "00000000-0000-0000-0000-000000000000")

    assert (2, True) == (ended.code, "the pack wants no such object" in ended.err)
    assert [] == edited.office.leaks()
    assert json.loads((edited.office.folder / "plan.json").read_text("utf-8"))["tenants"]
