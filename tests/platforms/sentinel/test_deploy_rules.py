"""Laws of rules in a workspace: one rule for one key, what is the customer's stays, and nobody's change is written over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from huntline.errors import Denied, QueryRejected, Stale, Transient
from huntline.model.artifact import Artifact
from huntline.model.paths import flat
from huntline.ports import Deployer
from lab.sentinel import hand
from lab.serve.faults import Bend, Blank, Fault, Refusal, When
from platforms.sentinel.deploying import RULES, There, put, served, some

OWN: Mapping[str, Any] = {
    **{name: hand.OWN[name] for name in ("customDetails", "alertDetailsOverride")},
    "suppressionEnabled": True,
    "suppressionDuration": "PT5H",
    "alertRuleTemplateName": "5f1a3b5e-0000-4000-8000-000000000001",
    "templateVersion": "1.0.0",
}


@pytest.fixture
def there(tmp_path: Path) -> Iterator[There]:
    with served(tmp_path) as made:
        yield made


@pytest.fixture
def deployer(there: There) -> Deployer:
    return there.connect()


@pytest.fixture(scope="module")
def rule() -> Artifact:
    return some()[0]


def with_body(artifact: Artifact, **told: Any) -> Artifact:
    """Return a rule with other properties."""
    properties: Any = artifact.body["properties"]
    return replace(artifact, body={**artifact.body, "properties": {**properties, **told}})


def test_what_the_service_makes_of_our_rules_is_no_difference(deployer: Deployer) -> None:
    """Every rule of the campaign over one table: it reads back as it was wanted, as ours, and is listed once."""
    left = {one.remote_id: deployer.put(one, None, on=False, instead={}).after for one in some()}
    held = {one.remote_id: one for one in deployer.held("Scheduled")}

    assert {one.remote_id: (one.name, one.mark, True, "off", deployer.normal(one)) for one in some()} == {
        id_: (one.name, one.mark, one.home, one.state, one.managed) for id_, one in held.items()
    }
    assert left == held
    assert len(held) > 5


def test_what_is_the_customers_survives_a_write(there: There, deployer: Deployer, rule: Artifact) -> None:
    """PUT replaces the whole rule: custom details, overrides, suppression and the template it was made from go along."""
    put(deployer, rule, on=True)
    hand.edit(there.lab, rule.remote_id, **OWN)
    after = put(deployer, with_body(rule, severity="Informational"), on=True)
    told: Any = after.whole["properties"]

    assert dict(OWN) == {name: told[name] for name in OWN}
    assert ("Informational", "on") == (after.managed["severity"], after.state)


def test_a_value_that_was_decided_for_stays(deployer: Deployer, rule: Artifact) -> None:
    path = "incidentConfiguration.groupingConfiguration.matchingMethod"
    after = deployer.put(rule, None, on=False, instead={"severity": "Low", path: "AnyAlert"}).after
    told: Any = after.managed["incidentConfiguration"]

    assert ("Low", "AnyAlert", rule.mark) == (
        after.managed["severity"],
        told["groupingConfiguration"]["matchingMethod"],
        after.mark,
    )


def test_how_the_customer_groups_incidents_is_told_field_by_field(
    there: There, deployer: Deployer, rule: Artifact
) -> None:
    """It is ours, so a change of it is drift; what the portal adds beside it (custom details, a title) is none."""
    put(deployer, rule)
    hand.add_own(there.lab, rule.remote_id)
    seen = deployer.read("Scheduled", rule.remote_id)
    assert seen is not None
    now, normal = flat(seen.managed), flat(deployer.normal(rule))
    at = "incidentConfiguration.groupingConfiguration"

    assert {
        f"{at}.{name}"
        for name in (
            "reopenClosedIncident",
            "lookbackDuration",
            "matchingMethod",
            "groupByAlertDetails",
            "groupByCustomDetails",
        )
    } == {path for path, value in normal.items() if now[path] != value}


def test_what_lies_at_our_id_is_not_written_over_unseen(there: There, deployer: Deployer, rule: Artifact) -> None:
    """A PUT without an etag would replace it."""
    seen = put(deployer, rule)
    hand.edit(there.lab, rule.remote_id, displayName="Theirs")
    with pytest.raises(Stale):
        deployer.put(rule, None, on=True, instead={})

    assert "Theirs" == there.lab.rules.the(rule.remote_id).properties["displayName"]
    assert seen.mark == rule.mark


def test_what_changed_since_it_was_seen_is_not_written(there: There, deployer: Deployer, rule: Artifact) -> None:
    """By anybody, a switch included."""
    changes: list[Callable[[], object]] = [
        lambda: hand.edit(there.lab, rule.remote_id, severity="Low"),
        lambda: hand.edit(there.lab, rule.remote_id, enabled=True),
        lambda: hand.delete(there.lab, rule.remote_id),
    ]
    for change in changes:
        seen = put(deployer, rule)
        change()
        writes = len(there.asked("PUT"))
        with pytest.raises(Stale):
            deployer.put(rule, seen, on=True, instead={})
        with pytest.raises(Stale):
            deployer.retire(seen)
        with pytest.raises(Stale):
            deployer.restore(seen, seen)
        assert writes == len(there.asked("PUT"))


@pytest.mark.parametrize("word", ["raced", "lost_rule"])
def test_what_changes_between_the_look_and_the_write_is_not_written_over(
    there: There, deployer: Deployer, rule: Artifact, word: str
) -> None:
    """The etag goes along: somebody saved the rule in the portal, or deleted it, in that very moment."""
    seen = put(deployer, rule)
    there.ground.running.faults.add(Fault(Bend(word), When(method="PUT", path=RULES)))
    with pytest.raises(Stale):
        deployer.put(with_body(rule, severity="Low"), seen, on=True, instead={})
    now = there.lab.rules.live().get(rule.remote_id)

    assert (None if word == "lost_rule" else "High") == (now and now.properties["severity"])
    assert word == "lost_rule" or (now and now.etag != seen.revision)


def test_a_conflict_without_a_change_is_a_refusal_with_the_services_words(
    there: There, deployer: Deployer, rule: Artifact
) -> None:
    """What is there is as it was seen: asking again would not help, and nobody changed anything."""
    seen = put(deployer, rule)
    there.ground.running.faults.add(Fault(Refusal(409), When(method="PUT", path=RULES)))
    with pytest.raises(QueryRejected) as caught:
        deployer.put(rule, seen, on=True, instead={})

    assert "409" in caught.value.problem


def test_a_rule_over_a_column_that_is_not_there_is_refused_with_the_words(
    there: There, deployer: Deployer, rule: Artifact
) -> None:
    """The service checks a query when it is saved: in a tenant without that connector it fails, and nothing is there."""
    with pytest.raises(QueryRejected) as caught:
        deployer.put(with_body(rule, query="SecurityEvent\n| where Nowhere == 1"), None, on=True, instead={})

    assert "Nowhere" in caught.value.problem
    assert {} == dict(there.lab.rules.live())


def test_the_id_of_a_deleted_rule_may_be_refused_and_says_so(deployer: Deployer, rule: Artifact) -> None:
    """For about a day: so rules are retired, and deleted by purge alone."""
    assert deployer.remove(put(deployer, rule))
    with pytest.raises(QueryRejected) as caught:
        deployer.put(rule, None, on=False, instead={})

    assert "recently deleted" in caught.value.problem


def test_removing_what_changed_is_refused_and_what_is_gone_is_removed(
    there: There, deployer: Deployer, rule: Artifact
) -> None:
    seen = put(deployer, rule)
    hand.edit(there.lab, rule.remote_id, displayName="Mine")
    with pytest.raises(Stale):
        deployer.remove(seen)
    now = deployer.read("Scheduled", rule.remote_id)
    assert now is not None

    assert deployer.remove(now)
    assert "" == deployer.remove(now)
    assert deployer.read("Scheduled", rule.remote_id) is None


def test_a_name_that_another_rule_has_is_refused_for_that_rule_alone(
    there: There, deployer: Deployer, rule: Artifact
) -> None:
    """A workspace takes a name once."""
    other = some()[1]
    put(deployer, other)
    hand.edit(there.lab, other.remote_id, displayName=rule.name)
    with pytest.raises(QueryRejected) as caught:
        deployer.put(rule, None, on=False, instead={})

    assert rule.name in caught.value.problem


def test_rules_of_other_kinds_and_pages_are_all_listed(tmp_path: Path, rule: Artifact) -> None:
    """By `nextLink`; an analyst's own, and those the service makes, which have no query."""
    with served(tmp_path, page=3) as there:
        deployer = there.connect()
        put(deployer, rule)
        for number, kind in enumerate(2 * tuple(hand.OTHERS)):
            hand.make(there.lab, kind, f"theirs-{number}", displayName=f"Theirs {number}")
        held = {one.remote_id: one for one in deployer.held("Scheduled")}

        assert {rule.remote_id, *(f"theirs-{number}" for number in range(6))} == set(held)
        assert (None, False, "Theirs 0") == tuple(getattr(held["theirs-0"], name) for name in ("mark", "home", "name"))
        assert 3 == sum(one.path.endswith(RULES) for one in there.asked("GET"))


def test_a_rule_of_another_kind_at_our_id_is_not_written(there: There, deployer: Deployer, rule: Artifact) -> None:
    """The service never changes a rule's kind."""
    hand.make(there.lab, "NRT", rule.remote_id)
    over = deployer.read("Scheduled", rule.remote_id)
    with pytest.raises(QueryRejected) as caught:
        deployer.put(rule, over, on=True, instead={})

    assert ("NRT" in caught.value.problem, True) == (True, "delete" in caught.value.advice)
    assert [] == there.asked("PUT")


def test_one_rule_more_than_may_be_on_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    """By the limit in the settings and the last listing; those that are off, or are on already, are written."""
    first, second, third = some()[:3]
    with served(tmp_path, more={"rules": 2}) as there:
        deployer = there.connect()
        put(deployer, first, on=True)
        hand.duplicate(there.lab, first.remote_id)
        deployer.held("Scheduled")
        asked = len(there.asked())
        with pytest.raises(QueryRejected) as caught:
            deployer.put(second, None, on=True, instead={})
        assert ("2 scheduled rules are on", asked) == (caught.value.problem.split(",")[0], len(there.asked()))
        assert "on" == put(deployer, first, on=True).state
        assert "off" == put(deployer, third, on=False).state
        assert "off" == put(deployer, first, on=False).state
        assert "on" == put(deployer, second, on=True).state


def test_a_rule_that_was_refused_takes_no_place_of_another(tmp_path: Path, rule: Artifact) -> None:
    with served(tmp_path, more={"rules": 1}) as there:
        deployer = there.connect()
        with pytest.raises(QueryRejected):
            deployer.put(with_body(rule, query="Nowhere"), None, on=True, instead={})

        assert "on" == put(deployer, some()[1], on=True).state


def test_a_query_that_grew_by_an_edit_that_is_kept_is_refused_before_it_is_sent(
    there: There, deployer: Deployer, rule: Artifact
) -> None:
    """10,000 characters with the mark; ours alone never are."""
    with pytest.raises(QueryRejected) as caught:
        deployer.put(rule, None, on=True, instead={"query": f"SecurityEvent\n// {'x' * 10_000}"})

    assert "10,000" in caught.value.problem
    assert [] == there.asked("PUT")


def test_a_busy_service_says_when_to_come_back(there: There, deployer: Deployer, rule: Artifact) -> None:
    there.ground.running.faults.add(Fault(Refusal(429, wait=7), When(method="PUT", path=RULES)))
    with pytest.raises(Transient) as caught:
        deployer.put(rule, None, on=True, instead={})

    assert timedelta(seconds=7) == caught.value.retry_after


def test_a_write_that_is_answered_by_nothing_is_asked_again(there: There, deployer: Deployer, rule: Artifact) -> None:
    """It may have been done: who asks again finds it, and writes it over by nobody's etag but its own."""
    there.ground.running.faults.add(Fault(Blank(), When(method="PUT", path=RULES)))
    with pytest.raises(Transient):
        deployer.put(rule, None, on=True, instead={})
    with pytest.raises(Stale):
        deployer.put(rule, None, on=True, instead={})

    assert rule.mark == put(deployer, rule, on=True).mark


def test_a_caller_who_may_only_read_is_denied(there: There, rule: Artifact) -> None:
    hunter = replace(there, more={"deploy": {}}).connect()
    with pytest.raises(Denied) as caught:
        hunter.put(rule, None, on=False, instead={})

    assert "alertRules/write" in caught.value.problem


def test_a_write_tells_the_services_id_of_its_request(there: There, deployer: Deployer, rule: Artifact) -> None:
    """For the audit, and for whoever asks the vendor's support."""
    written = deployer.put(rule, None, on=False, instead={})
    retired = deployer.retire(written.after)

    assert written.request
    assert retired.request
    assert deployer.remove(retired.after) not in ("", written.request, retired.request)
    assert str(there.settings["subscription"]) in deployer.place


def test_a_rollback_brings_back_what_the_service_had(there: There, deployer: Deployer, rule: Artifact) -> None:
    """The customer's fields, too; under the etag that is there now."""
    put(deployer, rule, on=True)
    hand.edit(there.lab, rule.remote_id, **OWN)
    before = deployer.read("Scheduled", rule.remote_id)
    assert before is not None
    over = put(deployer, with_body(rule, severity="Low"), on=True)
    hand.edit(there.lab, rule.remote_id, customDetails=None)
    now = deployer.read("Scheduled", rule.remote_id)
    assert now is not None
    back = deployer.restore(before, now).after
    told: Any = back.whole["properties"]

    assert (before.managed, before.mark, "on") == (back.managed, back.mark, back.state)
    assert OWN["customDetails"] == told["customDetails"]
    assert 3 == len({before.revision, over.revision, back.revision})


def test_what_is_retired_is_off_and_marked_and_can_come_back(there: There, deployer: Deployer, rule: Artifact) -> None:
    put(deployer, rule, on=True)
    hand.edit(there.lab, rule.remote_id, **OWN)
    before = deployer.read("Scheduled", rule.remote_id)
    assert before is not None
    retired = deployer.retire(before).after
    assert retired.mark is not None

    assert ("off", rule.key, True, True) == (retired.state, retired.mark.key, retired.mark.retired, retired.home)
    assert before.managed == retired.managed
    back = deployer.restore(before, retired).after
    assert (before.managed, before.mark, before.state) == (back.managed, back.mark, back.state)
    assert {"lastModifiedUtc"} == {
        name
        for name, value in before.whole["properties"].items()  # type: ignore[union-attr]  # a map
        if value != back.whole["properties"][name]  # type: ignore[index]
    }


def test_a_rule_that_is_put_over_one_that_the_service_switched_off_is_as_we_want_it(
    there: There, deployer: Deployer, rule: Artifact
) -> None:
    """By decision: name and description are ours again, and it is on."""
    put(deployer, rule, on=True)
    hand.auto_disable(there.lab, rule.remote_id, "The table is gone.")
    off = deployer.read("Scheduled", rule.remote_id)
    again = put(deployer, rule, on=True)

    assert off is not None
    assert ("off_by_platform", True, rule.mark) == (off.state, "The table is gone." in off.words, off.mark)
    assert ("on", rule.name, deployer.normal(rule)) == (again.state, again.name, again.managed)
