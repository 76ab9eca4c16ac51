"""Laws of rules in Kibana: one object for one key, what is the customer's stays, and nobody's change is written over."""

from __future__ import annotations

import json
import ssl
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from huntline.errors import QueryRejected, Stale
from huntline.model.artifact import Artifact
from huntline.model.paths import flat
from huntline.ports import Deployer
from huntline_elastic.plugin import PLATFORM
from lab.kibana import hand
from lab.kibana.schedule import run_rule
from lab.kibana.settings import DEPLOYER
from platforms.elastic.deploying import CAMPAIGN, There, campaign, put, served, three
from platforms.handmade import loaded

GOOD: list[Mapping[str, Any]] = [{"field": "host.name", "type": "match", "operator": "included", "value": "analysis-1"}]


@pytest.fixture
def there(tmp_path: Path) -> Iterator[There]:
    with served(tmp_path) as made:
        yield made


@pytest.fixture
def deployer(there: There) -> Deployer:
    return there.connect()


@pytest.fixture(scope="module")
def eql() -> Artifact:
    return three()[2]


@pytest.mark.parametrize("version", ["8.19.3", "9.2.0"])
def test_what_kibana_makes_of_our_objects_is_no_difference(tmp_path: Path, version: str) -> None:
    """Every object of the campaign's pack, in both majors: it reads back as it was wanted, as ours, and is listed once."""
    made = campaign(PLATFORM)
    with served(tmp_path, version=version) as there:
        deployer = there.connect()
        left = {one.remote_id: deployer.put(one, None, on=False, instead={}).after for one in _in_order(made)}
        held = [one for kind in ("rule", "indicators") for one in deployer.held(kind)]

    assert {one.remote_id: (one.name, one.mark, True, deployer.normal(one)) for one in made} == {
        one.remote_id: (one.name, one.mark, one.home, one.managed) for one in held
    }
    assert len(made) == len(held) > 200
    assert left == {one.remote_id: one for one in held}


def test_putting_twice_makes_one_object_and_no_new_revision(deployer: Deployer, eql: Artifact) -> None:
    first = put(deployer, eql)
    second = put(deployer, eql)

    assert [first.remote_id] == [one.remote_id for one in deployer.held("rule")]
    assert first.whole["revision"] == second.whole["revision"]


def test_what_lies_at_our_id_is_not_written_over_unseen(there: There, deployer: Deployer, eql: Artifact) -> None:
    """Somebody made a rule there between the look and the write."""
    hand.make(there.kibana, rule_id=eql.remote_id, name="Theirs")

    with pytest.raises(Stale):
        deployer.put(eql, None, on=True, instead={})
    assert "Theirs" == there.kibana.store.spaces["default"].the(rule_id=eql.remote_id).rule["name"]


def test_what_is_the_customers_survives_a_write(there: There, deployer: Deployer, eql: Artifact) -> None:
    """PUT resets what it is not sent: exceptions, actions, suppression, notes and whatever else people added."""
    put(deployer, eql, on=True)
    hand.add_exception(there.kibana, eql.remote_id, GOOD)
    hand.add_action(there.kibana, eql.remote_id)
    hand.edit(
        there.kibana, eql.remote_id, note="Ask Ana.", alert_suppression={"group_by": ["host.name"]}, license="Ours"
    )
    before = deployer.read("rule", eql.remote_id)
    assert before is not None
    other = replace(eql, body={**eql.body, "query": "process where true"})
    after = put(deployer, other, on=True)
    theirs = ("exceptions_list", "actions", "note", "alert_suppression", "license", "meta")

    assert {name: before.whole[name] for name in theirs} == {name: after.whole[name] for name in theirs}
    assert ("process where true", other.mark) == (after.whole["query"], after.mark)
    assert len(theirs) == len([name for name in theirs if before.whole[name]])


def test_a_value_that_was_decided_for_stays(deployer: Deployer, eql: Artifact) -> None:
    after = put(deployer, eql, severity="low", tags=["theirs"])

    assert ("low", ["theirs"], eql.mark) == (after.managed["severity"], after.managed["tags"], after.mark)


def test_a_field_that_decides_what_is_found_goes_back_when_it_is_written(
    there: There, deployer: Deployer, eql: Artifact
) -> None:
    """A filter, a data view or another category field would silence the rule: seen as a difference, and undone by a put."""
    put(deployer, eql)
    narrowed: dict[str, Any] = {
        "filters": [{"query": {"term": {"host.name": "WS-1"}}}],
        "event_category_override": "event.type",
    }
    hand.edit(there.kibana, eql.remote_id, data_view_id="logs", **narrowed)
    seen = deployer.read("rule", eql.remote_id)
    assert seen is not None
    normal = flat(deployer.normal(eql))
    differing = {path for path, value in flat(seen.managed).items() if normal[path] != value}

    assert {"filters", "event_category_override", "data_view_id"} == differing
    assert deployer.normal(eql) == put(deployer, eql).managed


def test_times_that_the_page_writes_in_seconds_are_no_difference(
    there: There, deployer: Deployer, eql: Artifact
) -> None:
    put(deployer, eql)
    hand.edit(there.kibana, eql.remote_id, interval="900s", from_="now-4500s", filters=[])
    seen = deployer.read("rule", eql.remote_id)

    assert seen is not None
    assert ("15m", "now-75m") == (eql.body["interval"], eql.body["from"])
    assert deployer.normal(eql) == seen.managed


def test_what_changed_since_it_was_seen_is_not_written(there: There, deployer: Deployer, eql: Artifact) -> None:
    """By anybody, even where Kibana counts no revision: a switch."""
    changes: list[Callable[[], object]] = [
        lambda: hand.edit(there.kibana, eql.remote_id, query="any where true"),
        lambda: hand.switch(there.kibana, eql.remote_id, on=True),
        lambda: hand.add_exception(there.kibana, eql.remote_id, GOOD),
        lambda: hand.delete(there.kibana, eql.remote_id),
    ]
    for change in changes:
        seen = put(deployer, eql)
        change()
        writes = len(there.writes())
        with pytest.raises(Stale):
            deployer.put(eql, seen, on=True, instead={})
        with pytest.raises(Stale):
            deployer.retire(seen)
        with pytest.raises(Stale):
            deployer.restore(seen, seen)
        assert writes == len(there.writes())


def test_removing_what_changed_is_refused_and_what_is_gone_is_removed(
    there: There, deployer: Deployer, eql: Artifact
) -> None:
    seen = put(deployer, eql)
    hand.edit(there.kibana, eql.remote_id, name="Mine")
    with pytest.raises(Stale):
        deployer.remove(seen)
    now = deployer.read("rule", eql.remote_id)
    assert now is not None

    assert deployer.remove(now)
    assert "" == deployer.remove(now)
    assert deployer.read("rule", eql.remote_id) is None


def test_what_is_retired_is_off_and_marked_and_can_come_back(there: There, deployer: Deployer, eql: Artifact) -> None:
    before = put(deployer, eql, on=True)
    hand.add_exception(there.kibana, eql.remote_id, GOOD)
    before = deployer.read("rule", eql.remote_id) or before
    retired = deployer.retire(before).after
    assert retired.mark is not None

    assert ("off", eql.key, True, True) == (retired.state, retired.mark.key, retired.mark.retired, retired.home)
    assert before.managed == retired.managed
    back = deployer.restore(before, retired).after
    assert (before.managed, before.mark, before.state) == (back.managed, back.mark, back.state)
    stamped = {"revision", "updated_at", "updated_by"}
    assert stamped >= {name for name in before.whole if before.whole[name] != back.whole[name]}


def test_an_edit_by_hand_is_undone_whole_by_a_restore(there: There, deployer: Deployer, eql: Artifact) -> None:
    before = put(deployer, eql, on=True)
    hand.edit(
        there.kibana, eql.remote_id, query="any where true", severity="low", interval="1h", name="Mine", enabled=False
    )
    over = deployer.read("rule", eql.remote_id)
    assert over is not None
    back = deployer.restore(before, over).after

    assert (before.managed, before.state, before.name) == (back.managed, back.state, back.name)


def test_a_copy_bears_our_mark_and_is_not_at_home(there: There, deployer: Deployer, eql: Artifact) -> None:
    put(deployer, eql)
    copy = hand.duplicate(there.kibana, eql.remote_id)
    held = {one.remote_id: one for one in deployer.held("rule")}

    assert {eql.remote_id: True, copy["rule_id"]: False} == {name: one.home for name, one in held.items()}
    assert eql.mark == held[copy["rule_id"]].mark


def test_a_renamed_rule_and_a_namesake_are_told_apart(there: There, deployer: Deployer, eql: Artifact) -> None:
    put(deployer, eql)
    hand.edit(there.kibana, eql.remote_id, name="Another name")
    foreign = hand.make(there.kibana, name=eql.name, tags=["huntline", "huntline:made"])
    held = {one.remote_id: one for one in deployer.held("rule")}

    assert ("Another name", eql.mark) == (held[eql.remote_id].name, held[eql.remote_id].mark)
    assert (eql.name, None, False) == tuple(
        getattr(held[foreign["rule_id"]], name) for name in ("name", "mark", "home")
    )


def test_the_rules_that_elastic_ships_are_not_listed(there: There, deployer: Deployer) -> None:
    """There are over a thousand; those of other people are, whatever their type."""
    hand.make(there.kibana, name="Elastic's", immutable=True)
    foreign = hand.make(there.kibana, name="Theirs")

    assert [foreign["rule_id"]] == [one.remote_id for one in deployer.held("rule")]


def test_many_rules_are_listed_by_one_request(there: There, deployer: Deployer) -> None:
    for number in range(150):
        hand.make(there.kibana, name=f"Theirs {number}")
    asked = len(there.rules.journal.entries())

    assert 150 == len(deployer.held("rule"))
    assert 1 == len(there.rules.journal.entries()) - asked


def test_who_changed_a_rule_and_when_is_told(there: There, deployer: Deployer, eql: Artifact) -> None:
    put(deployer, eql)
    hand.edit(there.kibana, eql.remote_id, severity="low", by="bob")
    seen = deployer.read("rule", eql.remote_id)

    assert seen is not None
    assert seen.changed_at is not None
    assert ("bob", True) == (seen.changed_by, abs((datetime.now(UTC) - seen.changed_at).total_seconds()) < 60)


def test_a_rule_whose_key_is_gone_is_switched_off_by_the_platform(tmp_path: Path, eql: Artifact) -> None:
    """It stays enabled, and every run fails; written anew under another key it is on again."""
    other = replace(DEPLOYER, id="lab-next", secret="lab-next-secret-77")
    with served(tmp_path, keys=(other,)) as there:
        put(there.connect(), eql, on=True)
        there.kibana.revoke(DEPLOYER)
        run_rule(there.kibana, eql.remote_id, datetime.now(UTC))
        deployer = replace(there, key=other).connect()
        failing = deployer.read("rule", eql.remote_id)
        assert failing is not None
        again = put(deployer, replace(eql, body={**eql.body, "severity": "low"}), on=True)
        last = failing.whole["execution_summary"]["last_execution"]["message"]  # type: ignore[index,call-overload]  # maps

    assert ("off_by_platform", last, "on") == (failing.state, failing.words, again.state)
    assert "authenticate" in failing.words


def test_a_rule_of_another_type_at_our_id_is_not_written_and_says_what_to_do(
    there: There, deployer: Deployer, eql: Artifact
) -> None:
    """Kibana never changes a rule's type, and deleting it would take the customer's exceptions with it."""
    hand.make(there.kibana, rule_id=eql.remote_id, name="Theirs")
    over = deployer.read("rule", eql.remote_id)
    with pytest.raises(QueryRejected) as caught:
        deployer.put(eql, over, on=True, instead={})

    assert ("query", True) == (str(caught.value).split()[5].strip(","), "delete the rule" in caught.value.advice)


def test_the_imported_file_is_ours_at_our_ids(there: There, deployer: Deployer) -> None:
    """What was imported by hand is known for what it is, and nothing of it has to be written again."""
    assert PLATFORM.renderer is not None
    made = [one for one in campaign(PLATFORM) if one.kind == "rule"]
    text = PLATFORM.renderer({}).package(made, pack=loaded(CAMPAIGN))["rules.ndjson"]
    answer = import_file(there, text)
    held = {one.remote_id: one for one in deployer.held("rule")}

    assert (True, len(made)) == (answer["success"], answer["success_count"])
    assert {one.remote_id: (one.mark, True, "off", deployer.normal(one)) for one in made} == {
        name: (one.mark, one.home, one.state, one.managed) for name, one in held.items()
    }


def import_file(there: There, text: str) -> dict[str, object]:
    """Import a file as a person does on the page."""
    head = 'Content-Disposition: form-data; name="file"; filename="rules.ndjson"\r\nContent-Type: application/ndjson'
    body = f"--cut\r\n{head}\r\n\r\n{text}\r\n--cut--\r\n".encode()
    request = urllib.request.Request(
        f"{there.rules.url}/api/detection_engine/rules/_import",
        body,
        {
            "Content-Type": "multipart/form-data; boundary=cut",
            "kbn-xsrf": "true",
            "Elastic-Api-Version": "2023-10-31",
            "Authorization": f"ApiKey {DEPLOYER.encoded}",
        },
    )
    with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=str(there.ca))) as answer:
        found: dict[str, object] = json.loads(answer.read())
        return found


def _in_order(made: list[Artifact]) -> list[Artifact]:
    return sorted(made, key=lambda one: bool(one.needs))
