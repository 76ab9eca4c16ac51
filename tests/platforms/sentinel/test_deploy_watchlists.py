"""Laws of lists that rules read: ours by their labels, whole in what queries see of them, and nobody's edit lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conformance.deploying.ground import ORDER, applied, plan
from huntline.deploy.drift import drifts
from huntline.deploy.plan import look
from huntline.errors import QueryRejected, Stale
from huntline.ledger.choices import Choice, choose
from huntline.ledger.store import Ledger
from huntline.model.artifact import Artifact
from huntline.model.pack import Json, Pack
from huntline.model.tenant import Deploying
from huntline_sentinel.plugin import PLATFORM
from huntline_sentinel.watchlist_shape import KIND
from lab.sentinel import hand
from lab.sentinel.roles import SENTINEL_CONTRIBUTOR, Role
from lab.sentinel.rules.run import run_rule
from lab.sentinel.rules.template import deploy_template
from lab.sentinel.settings import DEPLOYER
from lab.sentinel.watchlists import hand as lists
from lab.serve.faults import Bend, Fault, When
from platforms.sentinel.deploying import There, listed, put, served
from platforms.sentinel.listed import AT_ONCE, LISTS, PATIENT, VALUES, calls, items, made, means, pack_of, there_is

SELF = f"Microsoft.SecurityInsights/{LISTS}"
ENABLED = Deploying(enabled=True)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[There]:
    with served(tmp_path, more=PATIENT, **AT_ONCE) as found:
        yield found


def test_a_rule_over_a_list_finds_what_is_in_it(there: There, pack: Pack, ledger: Ledger) -> None:
    """As the service runs it, by the hour."""
    chosen = means(there, pack, deploying=ENABLED)
    assert applied(plan(chosen, ledger), chosen.target, ledger).whole
    at = datetime.now(UTC) - timedelta(minutes=10)  # the service runs five minutes late
    rows = [
        {"TimeGenerated": at, "EventID": 4688, "CommandLine": text, "Computer": text}
        for text in (VALUES[7].upper(), f"x{VALUES[7]}", "harmless")
    ]
    there.lab.store.add("SecurityEvent", there.lab.store.tables()["SecurityEvent"].columns, rows)
    _, rule = made(pack)
    run = run_rule(there.lab, rule.remote_id, datetime.now(UTC))

    assert ("", [VALUES[7].upper()]) == (run.error, [row["CommandLine"] for row in run.rows])


def test_what_is_there_reads_back_as_it_was_wanted(there: There, artifact: Artifact) -> None:
    deployer = there.connect()
    left = put(deployer, artifact, on=True)
    off = put(deployer, artifact, on=False)
    (held,) = deployer.held(KIND)

    assert (artifact.mark, True, "on", artifact.name) == (left.mark, left.home, left.state, left.name)
    assert deployer.normal(artifact) == left.managed == off.managed
    assert ("off", off) == (off.state, held)
    assert {one.lower() for one in VALUES} == items(there, artifact.remote_id)


def test_a_changed_list_loses_what_is_wanted_no_more(there: There, tmp_path: Path, artifact: Artifact) -> None:
    """An upload only adds; what lacks is added first, so that at no time the rule finds less than before and after."""
    deployer = there.connect()
    put(deployer, artifact)
    other = (*VALUES[:-2], "new.example.net")
    changed, _ = made(pack_of(tmp_path / "other", other))
    begun = len(calls(there))
    left = put(deployer, changed)
    writes = [one.split(" ")[0] for one in calls(there)[begun:] if not one.startswith("GET")]

    assert (artifact.remote_id, set(other)) == (changed.remote_id, items(there, changed.remote_id))
    assert (changed.mark, deployer.normal(changed)) == (left.mark, left.managed)
    assert ["PUT", "DELETE", "DELETE"] == writes


def test_what_people_change_in_a_list_is_drift_and_kept(there: There, pack: Pack, ledger: Ledger) -> None:
    """Items, labels, name: told by field, as theirs; our own change beside it keeps it; a decision takes it back."""
    chosen = means(there, pack)
    assert applied(plan(chosen, ledger), chosen.target, ledger).whole
    alias = made(pack)[0].remote_id
    lists.add_item(there.lab, alias, value="theirs.example.net")
    lists.remove_item(there.lab, alias, VALUES[0])
    labels = there.lab.watchlists.the(alias).properties["labels"]
    lists.edit(there.lab, alias, labels=[*labels, "reviewed"], displayName="Our name")
    (told,) = drifts(look(means(there, pack), ledger))
    kept = plan(means(there, pack), ledger)
    now = there_is(there, alias).managed["values"]
    with ledger.write() as connection:
        choose(connection, "t", [Choice(KIND, alias, "values", "overwrite", now, "ada")])
    again = means(there, pack)
    assert applied(plan(again, ledger), again.target, ledger, replace(ORDER, plan="plan-2")).whole

    assert ("edited", {"values", "labels", "displayName"}) == (told.what, {one.path for one in told.fields})
    assert {"theirs"} == {one.owner for one in told.fields}
    assert "held" == next(one.action for one in kept.changes if one.kind == KIND)
    assert set(VALUES) == items(there, alias)
    properties = there.lab.watchlists.the(alias).properties
    assert ("Our name", True) == (properties["displayName"], "reviewed" in properties["labels"])


def test_somebodys_list_at_our_alias_is_not_written(there: There, artifact: Artifact) -> None:
    """Nor one that lost its labels: it is seen, without a mark."""
    lists.make(there.lab, artifact.remote_id, ({"value": "theirs"},))
    with pytest.raises(Stale):
        there.connect().put(artifact, None, on=True, instead={})
    found = there_is(there, artifact.remote_id)

    assert (None, False, ["theirs"]) == (found.mark, found.home, found.managed["values"])
    assert [] == calls(there, "PUT")


def test_a_list_that_is_keyed_by_another_column_is_refused(there: There, artifact: Artifact) -> None:
    """The service never changes a search key; what a rule finds by it is another thing."""
    lists.make(there.lab, artifact.remote_id, ({"Name": "theirs"},))
    over = there_is(there, artifact.remote_id)
    with pytest.raises(QueryRejected) as caught:
        there.connect().put(artifact, over, on=True, instead={})

    assert "search key is Name" in caught.value.problem
    assert [] == calls(there, "PUT")


def test_lists_of_others_are_listed_without_what_is_in_them(there: There, artifact: Artifact) -> None:
    """A customer's lists may have millions of items."""
    put(there.connect(), artifact)
    lists.make(there.lab, "VIPs", ({"User": "ada"},), labels=["people"])
    begun = len(calls(there))
    held = {one.remote_id: one for one in there.connect().held(KIND)}

    assert {artifact.remote_id, "VIPs"} == set(held)
    assert (None, False) == (held["VIPs"].mark, held["VIPs"].home)
    assert [] == [one for one in calls(there)[begun:] if "VIPs" in one]


def test_a_list_changed_since_it_was_seen_is_not_written(there: There, artifact: Artifact) -> None:
    """By an item, too, of which the list's own etag tells nothing."""
    deployer = there.connect()
    seen = put(deployer, artifact)
    lists.add_item(there.lab, artifact.remote_id, value="theirs.example.net")
    writes = len(calls(there, "PUT"))
    for write in (
        lambda: deployer.put(artifact, seen, on=True, instead={}),
        lambda: deployer.retire(seen),
        lambda: deployer.restore(seen, seen),
        lambda: deployer.remove(seen),
    ):
        with pytest.raises(Stale):
            write()

    assert writes == len(calls(there, "PUT"))
    assert [] == calls(there, "DELETE")


@pytest.mark.parametrize("word", ["raced", "lost_list"])
def test_a_list_that_is_saved_in_that_very_moment_is_not_written_over(
    there: There, artifact: Artifact, tmp_path: Path, word: str
) -> None:
    """The etag goes along."""
    deployer = there.connect()
    seen = put(deployer, artifact)
    changed, _ = made(pack_of(tmp_path / "other", VALUES[1:]))
    there.ground.running.faults.add(Fault(Bend(word), When(method="PUT", path=LISTS)))
    with pytest.raises((Stale, QueryRejected)):
        deployer.put(changed, seen, on=True, instead={})

    assert word == "lost_list" or set(VALUES) == items(there, artifact.remote_id)


def test_a_list_that_is_wanted_no_more_goes_after_its_rule(there: There, pack: Pack, ledger: Ledger) -> None:
    """Marked, not emptied: who switches the rule on again finds its list. Wanted again, it comes back."""
    chosen = means(there, pack, deploying=ENABLED)
    assert applied(plan(chosen, ledger), chosen.target, ledger).whole
    none = replace(means(there, pack), detections=())
    begun = len(there.ground.running.journal.entries())
    assert applied(plan(none, ledger), none.target, ledger, replace(ORDER, plan="plan-2")).whole
    entries = [*there.ground.running.journal.entries()][begun:]
    retired = there_is(there, made(pack)[0].remote_id)
    back = means(there, pack, deploying=ENABLED)
    assert applied(plan(back, ledger), back.target, ledger, replace(ORDER, plan="plan-3")).whole
    again = there_is(there, made(pack)[0].remote_id)

    assert ["alertRules", LISTS] == [one.path.split("/")[-2] for one in entries if one.method == "PUT"]
    assert retired.mark is not None
    assert (True, "off", len(VALUES)) == (retired.mark.retired, retired.state, len(items(there, retired.remote_id)))
    assert (made(pack)[0].mark, "on") == (again.mark, again.state)


def test_a_list_goes_back_to_what_it_was(there: There, tmp_path: Path, artifact: Artifact) -> None:
    """A rollback: labels, and items one by one."""
    deployer = there.connect()
    before = put(deployer, artifact, on=True)
    changed, _ = made(pack_of(tmp_path / "other", ("only.example.net", *VALUES[5:])))
    after = put(deployer, changed, on=True)
    back = deployer.restore(before, after).after

    assert (before.managed, before.mark, before.state, before.revision) == (
        back.managed,
        back.mark,
        back.state,
        back.revision,
    )


def test_what_is_deleted_is_gone_and_gone_is_deleted(there: There, artifact: Artifact) -> None:
    deployer = there.connect()
    left = put(deployer, artifact)

    assert deployer.remove(left)
    assert "" == deployer.remove(left)
    assert deployer.read(KIND, artifact.remote_id) is None
    assert [] == deployer.held(KIND)


def test_a_rule_over_a_list_that_is_not_there_or_empty_is_not_written(there: There, pack: Pack) -> None:
    """It would find nothing, and say nothing."""
    listed_, rule = made(pack)
    deployer = there.connect()
    with pytest.raises(QueryRejected) as missing:
        deployer.put(rule, None, on=True, instead={})
    put(deployer, listed_)
    for value in VALUES:
        lists.remove_item(there.lab, listed_.remote_id, value)
    with pytest.raises(QueryRejected) as empty:
        deployer.put(rule, None, on=True, instead={})

    assert ("is not there" in missing.value.problem, "is empty" in empty.value.problem) == (True, True)
    assert [] == there.asked("PUT")


def test_verify_finds_a_list_that_queries_do_not_see_whole(there: There, pack: Pack) -> None:
    """A rule's own query runs over an empty list as well."""
    listed_, rule = made(pack)
    deployer = there.connect()
    put(deployer, listed_)
    put(deployer, rule, on=True)
    over = deployer.read("Scheduled", rule.remote_id)
    assert over is not None
    good = listed(deployer.inspect(rule, over))
    lists.delete(there.lab, listed_.remote_id)
    bad = listed(deployer.inspect(rule, over))

    assert ("ok", "ok") == (good["lists"].state, good["query"].state)
    assert ("fail", True) == (bad["lists"].state, "is not there" in bad["lists"].words)


def test_what_was_kept_may_not_make_a_list_longer_than_one_upload_takes(there: There, artifact: Artifact) -> None:
    many: list[Json] = [f"{number:06}{'x' * 5_000}" for number in range(800)]
    with pytest.raises(QueryRejected) as caught:
        there.connect().put(artifact, None, on=True, instead={"values": many})

    assert "3,800,000 bytes" in caught.value.problem
    assert [] == calls(there, "PUT")


def test_an_imported_template_is_ours_and_nothing_of_it_is_written_again(
    there: There, pack: Pack, ledger: Ledger
) -> None:
    """Lists first, each rule after those it waits for: same aliases, same marks."""
    files = PLATFORM.renderer({}).package(made(pack), pack=pack)  # type: ignore[misc]  # it has one
    (template,) = [json.loads(text) for text in files.values()]
    listed_, rule = template["resources"]
    alias = listed_["name"].rpartition("/")[2].removesuffix("')]")
    deploy_template(there.lab, template, workspace=there.lab.settings.name)
    found = plan(means(there, pack), ledger)

    assert [f"[resourceId('{listed_['type']}', parameters('workspace'), 'Microsoft.SecurityInsights', '{alias}')]"] == (
        rule["dependsOn"]
    )
    assert ["unchanged", "unchanged"] == [one.action for one in found.changes]


def test_what_is_sent_for_a_list_is_what_the_service_specifies(there: There, artifact: Artifact) -> None:
    """And each answer, too: the stand-in holds both against the specification where that is at hand."""
    put(there.connect(), artifact)
    entries = [one for one in there.ground.running.journal.entries() if LISTS in one.path]

    assert {""} == {one.violation for one in entries}


def test_lists_of_many_pages_are_read_whole(tmp_path: Path, artifact: Artifact) -> None:
    with served(tmp_path, more=PATIENT, item_page=7, **AT_ONCE) as there:
        left = put(there.connect(), artifact)

    assert there.connect().normal(artifact) == left.managed


def test_an_app_that_may_not_keep_lists_says_so_and_writes_no_rule_that_needs_one(
    tmp_path: Path, pack: Pack, ledger: Ledger
) -> None:
    """Before, as a warning, since other rules need none; and again where a list is to be written."""
    role = Role(SENTINEL_CONTRIBUTOR.actions, (f"{SELF}/write",))
    with served(tmp_path, more=PATIENT, who=replace(DEPLOYER, role=role), **AT_ONCE) as there:
        told = listed(there.connect().ready())["permissions of use"]
        chosen = means(there, pack)
        result = applied(plan(chosen, ledger), chosen.target, ledger)

    assert ("warn", True) == (told.state, f"{SELF}/write" in told.words)
    assert {KIND: "failed", "Scheduled": "skipped"} == {one.change.kind: one.end for one in result.done}
    assert f"{SELF}/write" in next(one.words for one in result.done if one.end == "failed")


def test_through_lighthouse_no_list_is_written_and_that_is_told_before(
    tmp_path: Path, pack: Pack, ledger: Ledger
) -> None:
    who = replace(DEPLOYER, delegated=True)
    with served(tmp_path, more={**PATIENT, "lighthouse": True}, who=who, **AT_ONCE) as there:
        told = listed(there.connect().ready())["lighthouse and lists"]
        chosen = means(there, pack)
        result = applied(plan(chosen, ledger), chosen.target, ledger)

    assert ("warn", {KIND: "failed", "Scheduled": "skipped"}) == (
        told.state,
        {one.change.kind: one.end for one in result.done},
    )


def test_a_copy_of_a_list_is_known_by_its_mark(there: There, artifact: Artifact) -> None:
    put(there.connect(), artifact)
    labels = there.lab.watchlists.the(artifact.remote_id).properties["labels"]
    lists.make(there.lab, "Mine", ({"value": "x"},), labels=labels)
    held = {one.remote_id: one for one in there.connect().held(KIND)}

    assert (artifact.mark, False) == (held["Mine"].mark, held["Mine"].home)


def test_hand_edits_of_rules_know_nothing_of_lists(there: There, pack: Pack, ledger: Ledger) -> None:
    """A rule whose query somebody rewrote needs no list any more, and is kept as it is."""
    chosen = means(there, pack)
    assert applied(plan(chosen, ledger), chosen.target, ledger).whole
    _, rule = made(pack)
    mark, *_ = there.lab.rules.the(rule.remote_id).properties["query"].split("\n")
    hand.edit(there.lab, rule.remote_id, query=f"{mark}\nSecurityEvent", severity="Low")
    lists.delete(there.lab, made(pack)[0].remote_id)
    found = there.connect().put(
        rule, there.connect().read("Scheduled", rule.remote_id), on=True, instead={"query": "SecurityEvent"}
    )

    assert ("on", "SecurityEvent") == (found.after.state, found.after.managed["query"])
