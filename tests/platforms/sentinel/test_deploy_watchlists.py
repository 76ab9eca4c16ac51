"""Laws of lists that rules read: there before the rule and seen by queries, ours by their labels, and nobody's edit lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from conformance.deploying.ground import ORDER, applied, plan
from conformance.deploying.hooked import Hooked
from conformance.killed import Killed
from huntline.deploy.drift import drifts
from huntline.deploy.plan import look
from huntline.errors import QueryRejected, Stale, Transient
from huntline.ledger.choices import Choice, choose
from huntline.ledger.store import Ledger, open_ledger
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
from lab.serve.faults import Bend, Blank, Cut, Fault, Refusal, When
from platforms.sentinel.deploying import There, listed, put, served
from platforms.sentinel.listed import AT_ONCE, PATIENT, VALUES, items, made, means, pack_of, there_is

LISTS = "watchlists"
SELF = f"Microsoft.SecurityInsights/{LISTS}"
ENABLED = Deploying(enabled=True)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[There]:
    with served(tmp_path, more=PATIENT, **AT_ONCE) as found:
        yield found


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(str(tmp_path / "ledger.sqlite"), create=True)


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return pack_of(tmp_path / "pack")


@pytest.fixture
def artifact(pack: Pack) -> Artifact:
    return made(pack)[0]


def calls(there: There, method: str = "") -> list[str]:
    """Return what was asked of watchlists, in its order."""
    entries = there.ground.running.journal.entries()
    return [f"{one.method} {one.path}" for one in entries if LISTS in one.path and one.method.startswith(method)]


def test_a_list_is_there_and_seen_before_its_rule_is_written(tmp_path: Path, pack: Pack, ledger: Ledger) -> None:
    """The service takes it in late, and shows it to queries later still: a rule written before would find nothing."""
    late: dict[str, Any] = {"list_looks": 3, "item_looks": 2, "ingest_seconds": 1.0, "forget_seconds": 1.0}
    with served(tmp_path, more=PATIENT, **late) as there:
        chosen = means(there, pack)
        result = applied(plan(chosen, ledger), chosen.target, ledger)
        entries = there.ground.running.journal.entries()
        order = [one for one in entries if one.method == "PUT"]
        again = plan(means(there, pack), ledger)

    assert result.whole
    assert [LISTS, "alertRules"] == [one.path.split("/")[-2] for one in order]
    assert order[1].started - order[0].ended >= late["ingest_seconds"]
    assert ["unchanged", "unchanged"] == [one.action for one in again.changes]


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


def test_a_list_that_does_not_arrive_is_told_and_the_next_run_goes_on(
    tmp_path: Path, pack: Pack, ledger: Ledger
) -> None:
    """Patience has an end; its rule is not written, and nothing is written twice."""
    with served(
        tmp_path, more={"watchlists": {"minutes": 0.005, "poll": 0.05}}, **{**AT_ONCE, "ingest_seconds": 3.0}
    ) as there:
        chosen = means(there, pack)
        first = applied(plan(chosen, ledger), chosen.target, ledger)
        rules = there.asked("PUT")
        patient = replace(there, more=PATIENT)
        again = means(patient, pack)
        second = applied(plan(again, ledger), again.target, ledger, replace(ORDER, plan="plan-2"))
        uploads = calls(there, "PUT")

    assert {KIND: "failed", "Scheduled": "skipped"} == {one.change.kind: one.end for one in first.done}
    assert f"shows queries 0 of {len(VALUES)} values" in next(one.words for one in first.done if one.end == "failed")
    assert ([], True) == (rules, second.whole)
    assert 1 == len(uploads)


@pytest.mark.parametrize("at", ["before the upload", "before the items are deleted", "among them", "at the last look"])
def test_a_write_that_breaks_off_within_is_finished_by_the_next_run(
    there: There, tmp_path: Path, pack: Pack, ledger: Ledger, at: str
) -> None:
    """Labelled and added, and not deleted: what stands between before and after is our own doing."""
    chosen = means(there, pack)
    assert applied(plan(chosen, ledger), chosen.target, ledger).whole
    wanted = {*VALUES[:-3], "new.example.net"}
    other = pack_of(tmp_path / "other", sorted(wanted))
    next_ = means(there, other)
    broken = {
        "before the upload": When(method="PUT", path=LISTS),
        "before the items are deleted": When(method="DELETE", path=LISTS),
        "among them": When(method="DELETE", path=LISTS, nth=2),
        "at the last look": When(method="POST", path="/query"),
    }
    made_ = plan(next_, ledger)
    there.ground.running.faults.add(Fault(Refusal(403), broken[at]))
    first = applied(made_, next_.target, ledger, replace(ORDER, plan="plan-2"))
    again = means(there, other)
    told = drifts(look(again, ledger))
    second = applied(plan(again, ledger), again.target, ledger, replace(ORDER, plan="plan-3"))

    assert not first.whole
    assert ["outdated"] * (at != "at the last look") == [one.what for one in told]
    assert second.whole
    assert wanted == items(there, made(pack)[0].remote_id)


def test_an_upload_that_a_killed_run_began_is_waited_for(tmp_path: Path, pack: Pack, ledger: Ledger) -> None:
    """The service goes on with it: another one would be refused, and nothing of it is anybody's edit."""
    with served(tmp_path, more={"watchlists": {"minutes": 0, "poll": 0.02}}, **{**AT_ONCE, "list_looks": 12}) as there:
        chosen = means(there, pack)
        first = applied(plan(chosen, ledger), chosen.target, ledger)
        again = means(replace(there, more=PATIENT), pack)
        told = drifts(look(again, ledger))
        busy = there.lab.watchlists.work(made(pack)[0].remote_id).busy
        second = applied(plan(again, ledger), again.target, ledger, replace(ORDER, plan="plan-2"))

    assert (False, True) == (first.whole, busy)
    assert {"outdated", "missing"} == {one.what for one in told}
    assert second.whole


def test_somebodys_edit_of_what_a_write_left_half_done_is_kept(
    there: There, tmp_path: Path, pack: Pack, ledger: Ledger
) -> None:
    """What lies not between before and after is not of our doing."""
    chosen = means(there, pack)
    assert applied(plan(chosen, ledger), chosen.target, ledger).whole
    other = pack_of(tmp_path / "other", (*VALUES[:-3], "new.example.net"))
    next_ = means(there, other)
    there.ground.running.faults.add(Fault(Refusal(403), When(method="DELETE", path=LISTS, nth=2)))
    applied(plan(next_, ledger), next_.target, ledger, replace(ORDER, plan="plan-2"))
    lists.add_item(there.lab, made(pack)[0].remote_id, value="theirs.example.net")
    held = plan(means(there, other), ledger)

    assert "held" == next(one.action for one in held.changes if one.kind == KIND)


@pytest.mark.parametrize("fault", [Cut("after"), Blank(), Refusal(429, wait=0)])
def test_a_write_whose_answer_is_lost_is_made_whole(tmp_path: Path, pack: Pack, ledger: Ledger, fault: Any) -> None:
    """Also where what it wrote comes in late: it is known by its mark, waited for, and not uploaded twice."""
    with served(tmp_path, more=PATIENT, **{**AT_ONCE, "list_looks": 6}) as there:
        there.ground.running.faults.add(Fault(fault, When(method="PUT", path=LISTS)))
        chosen = means(there, pack)
        result = applied(plan(chosen, ledger), chosen.target, ledger)

        assert ["done", "done"] == [one.end for one in result.done]
        assert set(VALUES) == items(there, made(pack)[0].remote_id)


def test_an_upload_that_fails_is_told_and_made_good(there: There, pack: Pack, ledger: Ledger) -> None:
    there.ground.running.faults.add(Fault(Bend("list_failed"), When(method="PUT", path=LISTS)))
    chosen = means(there, pack)
    first = applied(plan(chosen, ledger), chosen.target, ledger)
    again = means(there, pack)
    second = applied(plan(again, ledger), again.target, ledger, replace(ORDER, plan="plan-2"))

    assert "Failed" in next(one.words for one in first.done if one.end == "failed")
    assert second.whole
    assert set(VALUES) == items(there, made(pack)[0].remote_id)


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


def test_a_killed_apply_is_finished_by_the_next(there: There, pack: Pack, ledger: Ledger) -> None:
    """The list is written, the rule is not."""
    chosen = means(there, pack)
    made_ = plan(chosen, ledger)

    def kill(name: str) -> None:
        if name == "after put":
            raise Killed

    with pytest.raises(Killed):
        applied(made_, replace(chosen.target, deployer=Hooked(there.connect(), kill)), ledger)
    again = means(there, pack)
    second = applied(plan(again, ledger), again.target, ledger, replace(ORDER, plan="plan-2"))

    assert second.whole
    assert 1 == len(calls(there, "PUT"))
    assert 1 == len(there.lab.rules.live())


def test_a_service_that_is_busy_is_asked_again_for_a_list(there: There, artifact: Artifact) -> None:
    there.ground.running.faults.add(Fault(Refusal(429, wait=7), When(method="PUT", path=LISTS)))
    with pytest.raises(Transient):
        there.connect().put(artifact, None, on=True, instead={})


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
