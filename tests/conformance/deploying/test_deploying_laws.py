"""Laws of deploying, the same for every platform: only what differs is written, only what is ours, and all can be taken back."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from conformance.deploying.ground import (
    ORDER,
    Edit,
    Ground,
    actions,
    applied,
    apply,
    change_of,
    drift,
    ended,
    means,
    of_rule,
    plan,
)
from conformance.deploying.hooked import Hooked
from conformance.killed import Killed, killing
from conformance.kills import calls
from huntline.crew import Line, work
from huntline.deploy.apply import applying
from huntline.deploy.purge import purging, retired
from huntline.deploy.rollback import rolling_back
from huntline.deploy.verify import verifying
from huntline.errors import UserError
from huntline.ledger.choices import Choice, Word, choose
from huntline.ledger.store import Ledger, open_ledger
from huntline.ledger.writes import Order, bases_of, writes_of
from huntline.model.paths import flat
from huntline.model.plan import TenantPlan
from huntline.model.tenant import Deploying

LATER = Order("plan-2", "the tester")
ON = Deploying(enabled=True)


def id_of(made: TenantPlan, word: str) -> str:
    return change_of(made, word).remote_id


def decide(ground: Ground, ledger: Ledger, word: str, path: str, how: Word, *, now: str = "") -> None:
    """Decide about a field as it stands there now."""
    made = means(ground, word)
    change = change_of(plan(made, ledger), word)
    (value,) = [one.now for one in change.differences if one.path == path] or [now]
    with ledger.write() as connection:
        choose(connection, "t", [Choice(change.kind, change.remote_id, path, how, value, "the tester")])


def path_of(made: TenantPlan, word: str) -> list[str]:
    return [one.path for one in change_of(made, word).differences]


def test_a_first_rollout_creates_all_of_it_switched_off(ground: Ground, ledger: Ledger) -> None:
    """Whoever wants alerts says so."""
    before = plan(means(ground, "a", "b"), ledger)
    result = apply(ground, ledger, "a", "b")

    assert {"a": "create", "b": "create"} == actions(before)
    assert result.whole
    assert [False, False] == [change_of(plan(means(ground, "a", "b"), ledger), word).on for word in "ab"]


def test_it_is_switched_on_where_the_tenants_file_says_so(ground: Ground, ledger: Ledger) -> None:
    """And a rule of a first rollout is switched on by the next plan, once it says so."""
    apply(ground, ledger, "a")
    made = plan(means(ground, "a", deploying=ON), ledger)
    apply(ground, ledger, "a", deploying=ON)

    assert {"a": "update"} == actions(made)
    assert change_of(plan(means(ground, "a", deploying=ON), ledger), "a").on


def test_a_plan_after_an_apply_is_empty(ground: Ground, ledger: Ledger) -> None:
    """What the server makes of our words is no difference."""
    apply(ground, ledger, "a", "b")
    made = plan(means(ground, "a", "b"), ledger)

    assert {"a": "unchanged", "b": "unchanged"} == actions(made)
    assert [] == [change for change in made.changes if change.writes]


def test_a_second_apply_writes_nothing_and_lists_once(ground: Ground, ledger: Ledger) -> None:
    """Even of the same plan, once more."""
    made = means(ground, "a", "b")
    chosen = plan(made, ledger)
    applied(chosen, made.target, ledger)
    writes, listings = ground.writes(), ground.listings()
    again = applied(chosen, replace(made.target, deployer=ground.connect()), ledger)
    kinds = {change.kind for change in chosen.changes}

    assert {"found"} == {one.end for one in again.done}
    assert writes == ground.writes()
    assert ground.listings() - listings <= len(kinds)


def test_what_is_put_twice_is_one_object(ground: Ground, ledger: Ledger) -> None:
    """Its id is made from its key alone."""
    apply(ground, ledger, "a")
    first = set(ground.snapshot())
    made = means(ground, "a")
    change = change_of(plan(made, ledger), "a")
    assert change.artifact
    there = made.target.deployer.read(change.kind, change.remote_id)
    made.target.deployer.put(change.artifact, there, on=False, instead={})

    assert first == set(ground.snapshot())


def test_only_what_changed_is_written(ground: Ground, ledger: Ledger) -> None:
    """The plan says which fields, and that the change is ours."""
    apply(ground, ledger, "a", "b")
    graded = Deploying(severity={"id-a": "low"})
    made = plan(means(ground, "a", "b", deploying=graded), ledger)
    writes = ground.writes()
    apply(ground, ledger, "a", "b", deploying=graded)

    assert {"a": "update", "b": "unchanged"} == actions(made)
    assert {"ours"} == {one.owner for one in change_of(made, "a").differences}
    assert writes + 1 == ground.writes()


def test_a_tenant_sets_how_often_a_rule_runs(ground: Ground, ledger: Ledger) -> None:
    """By detection."""
    apply(ground, ledger, "a", "b")
    made = plan(means(ground, "a", "b", deploying=Deploying(every={"id-a": timedelta(hours=2)})), ledger)

    assert {"a": "update", "b": "unchanged"} == actions(made)


@pytest.mark.parametrize("edit", ["severity", "query", "name"])
def test_what_somebody_edited_is_told_and_kept(ground: Ground, ledger: Ledger, edit: Edit) -> None:
    """Until somebody decides; nothing is written for it, and drift names the field."""
    apply(ground, ledger, "a")
    ground.edit(id_of(plan(means(ground, "a"), ledger), "a"), edit)
    made = plan(means(ground, "a"), ledger)
    before, writes = ground.snapshot(), ground.writes()
    apply(ground, ledger, "a", order=LATER)
    (told,) = [one for one in drift(ground, ledger, "a") if one.what == "edited"]

    assert {"a": "held"} == actions(made)
    assert {"theirs"} == {one.owner for one in told.fields}
    assert told.by or "by" in ground.lacks
    assert (before, writes) == (ground.snapshot(), ground.writes())


def test_an_edit_survives_our_own_change_and_stays_theirs(ground: Ground, ledger: Ledger) -> None:
    """What we write beside it does not make it ours: neither the next plan nor the one after takes it back."""
    apply(ground, ledger, "a")
    ground.edit(id_of(plan(means(ground, "a"), ledger), "a"), "name")
    slower = Deploying(every={"id-a": timedelta(hours=2)})
    first = plan(means(ground, "a", deploying=slower), ledger)
    apply(ground, ledger, "a", deploying=slower)
    second = plan(means(ground, "a", deploying=slower), ledger)

    assert {"a": "update"} == actions(first)
    assert {"a": "held"} == actions(second)
    assert {"theirs"} == {one.owner for one in change_of(second, "a").differences}
    assert [True] == [one.kept for one in change_of(second, "a").differences]


def test_a_field_that_both_changed_is_theirs_until_somebody_decides(ground: Ground, ledger: Ledger) -> None:
    """What we write beside it changes nothing about that, and it is told each time."""
    apply(ground, ledger, "a")
    ground.edit(id_of(plan(means(ground, "a"), ledger), "a"), "severity")
    graded = Deploying(severity={"id-a": "medium"})
    seen = []
    for _ in range(3):
        made = plan(means(ground, "a", deploying=graded), ledger)
        seen.append([(one.path, one.now, one.owner) for one in change_of(made, "a").differences if one.kept])
        apply(ground, ledger, "a", deploying=graded)

    assert {"both"} == {owner for _, _, owner in seen[0]}
    assert [[now for _, now, _ in one] for one in seen] == [[now for _, now, _ in seen[0]]] * 3
    assert {"a": "held"} == actions(made)


def test_without_the_ledger_the_mark_tells_what_we_left(ground: Ground, ledger: Ledger, tmp_path: Path) -> None:
    """A lost ledger, or content that was imported by hand, makes nobody's edit ours."""
    apply(ground, ledger, "a", "b")
    ground.edit(id_of(plan(means(ground, "a"), ledger), "a"), "query")
    other = open_ledger(str(tmp_path / "another.sqlite"), create=True)
    made = plan(means(ground, "a", "b"), other)

    assert {"a": "held", "b": "unchanged"} == actions(made)
    assert {"theirs"} == {one.owner for one in change_of(made, "a").differences}


def test_without_ledger_and_mark_a_difference_is_nobodys_and_needs_an_allowance(
    ground: Ground, ledger: Ledger, tmp_path: Path
) -> None:
    """The mark is of other content: what differs may be an edit, or an older pack."""
    apply(ground, ledger, "a")
    other = open_ledger(str(tmp_path / "another.sqlite"), create=True)
    made = plan(means(ground, "a", deploying=Deploying(severity={"id-a": "low"})), other)

    assert {"unknown"} == {one.owner for one in change_of(made, "a").differences}
    assert ({"a": "update"}, ("takeovers",)) == (actions(made), change_of(made, "a").allowances)


def test_what_is_needed_is_written_first(ground: Ground, ledger: Ledger) -> None:
    """Whatever the order of the plan: killed in between, nothing stands there without what it needs."""
    made = means(ground, "a", "b")
    chosen = plan(made, ledger)
    turned = replace(chosen, changes=tuple(reversed(chosen.changes)))
    needs = {one.remote_id: one.artifact.needs for one in chosen.changes if one.artifact}
    ids = {one.key: one.remote_id for one in chosen.changes}
    for call in range(1, 12):
        dying = replace(made.target, deployer=Hooked(ground.connect(), killing(call)))
        with contextlib.suppress(Killed):
            list(work([Line("t", applying(turned, dying, ORDER, ledger, lambda _: None), 1)], threads=1))
        there = set(ground.snapshot())

        assert all(ids[need] in there for id_ in there for need in needs.get(id_, ()))


def test_an_edit_that_is_overwritten_by_decision_needs_an_allowance(ground: Ground, ledger: Ledger) -> None:
    """And a later edit to something else is a new one."""
    apply(ground, ledger, "a")
    (path,) = path_of_edit(ground, ledger, "name")
    decide(ground, ledger, "a", path, "overwrite")
    made = plan(means(ground, "a"), ledger)
    apply(ground, ledger, "a")

    assert {"a": "update"} == actions(made)
    assert ("takeovers",) == change_of(made, "a").allowances
    assert {"a": "unchanged"} == actions(plan(means(ground, "a"), ledger))


def test_an_edit_that_is_ignored_is_theirs_for_good(ground: Ground, ledger: Ledger) -> None:
    """It is no drift any more, and our own changes leave it alone."""
    apply(ground, ledger, "a")
    (path,) = path_of_edit(ground, ledger, "name")
    decide(ground, ledger, "a", path, "ignore")
    before = ground.snapshot()
    quiet = plan(means(ground, "a"), ledger)
    apply(ground, ledger, "a", deploying=Deploying(every={"id-a": timedelta(hours=2)}))
    (id_,) = [key for key in before if key == id_of(quiet, "a")]

    assert {"a": "unchanged"} == actions(quiet)
    assert () == drift(ground, ledger, "a", deploying=Deploying(every={"id-a": timedelta(hours=2)}))
    assert "My own name" == value_there(ground, id_, path)


def test_an_edit_that_is_adopted_is_what_we_want_there(ground: Ground, ledger: Ledger) -> None:
    """It is kept, and a further edit of it is drift again."""
    apply(ground, ledger, "a")
    (path,) = path_of_edit(ground, ledger, "severity")
    decide(ground, ledger, "a", path, "adopt")
    apply(ground, ledger, "a", deploying=Deploying(every={"id-a": timedelta(hours=2)}))
    quiet = plan(means(ground, "a", deploying=Deploying(every={"id-a": timedelta(hours=2)})), ledger)

    assert {"a": "unchanged"} == actions(quiet)


def path_of_edit(ground: Ground, ledger: Ledger, edit: Edit) -> list[str]:
    """Edit the object and return the paths that differ then; the first suffices to decide on."""
    ground.edit(id_of(plan(means(ground, "a"), ledger), "a"), edit)
    return path_of(plan(means(ground, "a"), ledger), "a")[:1]


def value_there(ground: Ground, id_: str, path: str) -> object:
    (found,) = [one for kind in kinds_of(ground) for one in ground.connect().held(kind) if one.remote_id == id_]
    return flat(found.managed)[path]


def kinds_of(ground: Ground) -> set[str]:
    found = means(ground, "a")
    renderer = found.renderer
    rules = [renderer.rule(found.detections[0], scope, None) for scope in found.scopes]  # type: ignore[arg-type]
    return {one.kind for rule in rules for one in renderer.artifacts(found.detections[0], rule, pack="p")}  # type: ignore[arg-type]


def test_what_the_customer_owns_survives_an_apply(ground: Ground, ledger: Ledger) -> None:
    """Exceptions, actions: a write of ours replaces what we manage, and nothing else."""
    apply(ground, ledger, "a")
    id_ = id_of(plan(means(ground, "a"), ledger), "a")
    ground.edit(id_, "own")
    owned = ground.owned(id_)
    made = plan(means(ground, "a", deploying=Deploying(severity={"id-a": "low"})), ledger)
    apply(ground, ledger, "a", deploying=Deploying(severity={"id-a": "low"}))

    assert owned is not None
    assert {"a": "update"} == actions(made)
    assert owned == ground.owned(id_)


def test_who_switches_a_rule_on_keeps_it_on(ground: Ground, ledger: Ledger) -> None:
    """Where the tenants file says nothing; drift tells it, and an update leaves it on."""
    apply(ground, ledger, "a")
    ground.edit(id_of(plan(means(ground, "a"), ledger), "a"), "on")
    told = {one.what for one in drift(ground, ledger, "a")}
    apply(ground, ledger, "a", deploying=Deploying(severity={"id-a": "low"}))

    assert {"switched_on"} == told
    assert change_of(plan(means(ground, "a", deploying=Deploying(severity={"id-a": "low"})), ledger), "a").on


def test_a_rule_that_somebody_switched_off_is_not_switched_on_unasked(ground: Ground, ledger: Ledger) -> None:
    """It is drift, and it does not verify."""
    apply(ground, ledger, "a", deploying=ON)
    ground.edit(id_of(plan(means(ground, "a", deploying=ON), ledger), "a"), "off")
    made = means(ground, "a", deploying=ON)
    held = plan(made, ledger)

    assert {"a": "held"} == actions(held)
    assert {"switched_off"} == {one.what for one in drift(ground, ledger, "a", deploying=ON)}
    assert not ended(verifying(held, made.target)).holds


def test_a_rule_that_the_platform_switched_off_is_not_simply_switched_on_again(ground: Ground, ledger: Ledger) -> None:
    """It is a state of its own, with the platform's words; by decision it is as we left it."""
    if "break" in ground.lacks:
        pytest.skip(ground.lacks["break"])
    apply(ground, ledger, "a", deploying=ON)
    ground.edit(id_of(plan(means(ground, "a"), ledger), "a"), "break")
    graded = Deploying(enabled=True, severity={"id-a": "low"})
    held = plan(means(ground, "a", deploying=graded), ledger)
    told = {one.what for one in drift(ground, ledger, "a", deploying=ON)}
    decide(ground, ledger, "a", "state", "overwrite", now="off_by_platform")
    asked = [plan(means(ground, "a", deploying=one), ledger) for one in (graded, Deploying())]

    assert ({"a": "held"}, {"off_by_platform"}) == (actions(held), told)
    assert "gone" in change_of(held, "a").reason
    assert [("update", True), ("update", True)] == [
        (one.action, one.on) for one in (change_of(it, "a") for it in asked)
    ]


def test_a_rule_that_was_deleted_is_not_made_again_unasked(ground: Ground, ledger: Ledger) -> None:
    """It is drift, and comes back by decision."""
    apply(ground, ledger, "a")
    change = change_of(plan(means(ground, "a"), ledger), "a")
    ground.edit(change.remote_id, "delete")
    held, told = plan(means(ground, "a"), ledger), {one.what for one in drift(ground, ledger, "a")}
    with ledger.write() as connection:
        choose(connection, "t", [Choice(change.kind, change.remote_id, "", "overwrite", None, "the tester")])

    assert ({"a": "held"}, {"deleted"}) == (actions(held), told)
    assert {"a": "create"} == actions(plan(means(ground, "a"), ledger))


def test_foreign_objects_are_seen_and_never_written(ground: Ground, ledger: Ledger) -> None:
    """Also with a name like ours."""
    apply(ground, ledger, "a")
    made = plan(means(ground, "a"), ledger)
    id_ = ground.foreign(change_of(made, "a").name)
    before = ground.snapshot()[id_]
    told = [one for one in drift(ground, ledger, "a") if one.remote_id == id_]
    apply(ground, ledger, "a", "b", deploying=Deploying(severity={"id-a": "low"}))
    apply(ground, ledger, "b")

    assert ["namesake"] == [one.what for one in told]
    assert before == ground.snapshot()[id_]


def test_an_object_at_our_id_is_adopted_only_on_request(ground: Ground, ledger: Ledger) -> None:
    """It bears no mark of ours, so it is nobody's but theirs."""
    wanted = change_of(plan(means(ground, "a"), ledger), "a")
    ground.foreign("Somebody's rule", wanted.remote_id)
    before = ground.snapshot()[wanted.remote_id]
    apply(ground, ledger, "a")
    held, asked = plan(means(ground, "a"), ledger), plan(means(ground, "a"), ledger, adopt=True)
    untouched = ground.snapshot()[wanted.remote_id]
    apply(ground, ledger, "a", adopt=True)

    assert before == untouched
    assert ({"a": "held"}, {"a": "adopt"}) == (actions(held), actions(asked))
    assert ("takeovers",) == change_of(asked, "a").allowances
    assert {"a": "unchanged"} == actions(plan(means(ground, "a"), ledger))


def test_what_needs_something_that_is_not_there_as_ours_is_held(ground: Ground, ledger: Ledger) -> None:
    """A rule over somebody else's macro, or none, would be silent about what it should find."""
    apply(ground, ledger, "a")
    made = change_of(plan(means(ground, "a"), ledger), "a")
    if made.artifact is None or not made.artifact.needs:
        pytest.skip(f"{ground.platform.name} has rules that need nothing beside them")
    deployer, needs = ground.connect(), set(made.artifact.needs)
    kinds = {one.kind for one in plan(means(ground, "a"), ledger).changes if one.key in needs}
    for one in (one for kind in kinds for one in deployer.held(kind) if one.mark and one.mark.key in needs):
        deployer.remove(one)
    later = plan(means(ground, "a", deploying=Deploying(severity={"id-a": "low"})), ledger)
    wanted = change_of(later, "a")

    assert {"held"} == {one.action for one in later.changes if one.key in needs}
    assert ("held", True) == (wanted.action, "deleted there" in wanted.reason)


def test_a_rule_that_lost_its_mark_is_told_and_left(ground: Ground, ledger: Ledger) -> None:
    """Somebody edited it so that it is not known for ours any more."""
    apply(ground, ledger, "a")
    ground.edit(id_of(plan(means(ground, "a"), ledger), "a"), "unmark")

    assert {"a": "held"} == actions(plan(means(ground, "a"), ledger))
    assert {"unmarked"} == {one.what for one in drift(ground, ledger, "a")}


def test_a_copy_is_told_and_left(ground: Ground, ledger: Ledger) -> None:
    """It bears our mark at another id: neither updated, nor retired with the original."""
    apply(ground, ledger, "a")
    before = set(ground.snapshot())
    ground.edit(id_of(plan(means(ground, "a"), ledger), "a"), "copy")
    (copy,) = set(ground.snapshot()) - before
    as_it_was = ground.snapshot()[copy]
    told = {one.what for one in drift(ground, ledger, "a")}
    apply(ground, ledger, "b")

    assert {"copy"} == told
    assert as_it_was == ground.snapshot()[copy]


def test_what_is_wanted_no_more_is_switched_off_and_marked(ground: Ground, ledger: Ledger) -> None:
    """Not deleted; it needs an allowance; and wanted again it comes back."""
    apply(ground, ledger, "a", "b", deploying=ON)
    made = plan(means(ground, "a", deploying=ON), ledger)
    (orphan,) = [change for change in made.changes if change.action == "retire" and of_rule(change.key)]
    told = {one.what for one in drift(ground, ledger, "a", deploying=ON)}
    apply(ground, ledger, "a", deploying=ON)
    there = ground.connect().read(orphan.kind, orphan.remote_id)
    quiet = plan(means(ground, "a", deploying=ON), ledger)
    again = plan(means(ground, "a", "b", deploying=ON), ledger)
    apply(ground, ledger, "a", "b", deploying=ON)

    assert (("removals",), {"orphan"}) == (orphan.allowances, told)
    assert there is not None
    assert there.mark is not None
    assert (True, "off") == (there.mark.retired, there.state)
    assert [] == [change for change in quiet.changes if change.writes]
    assert {"a": "unchanged", "b": "update"} == actions(again)
    assert change_of(plan(means(ground, "a", "b", deploying=ON), ledger), "b").on


def test_what_was_retired_and_deleted_is_made_again_when_it_is_wanted(ground: Ground, ledger: Ledger) -> None:
    """To delete what we switched off for good is nobody's objection."""
    apply(ground, ledger, "a", "b")
    id_ = id_of(plan(means(ground, "a", "b"), ledger), "b")
    apply(ground, ledger, "a")
    ground.edit(id_, "delete")

    assert {"a": "unchanged", "b": "create"} == actions(plan(means(ground, "a", "b"), ledger))


def test_retiring_what_is_not_there_succeeds(ground: Ground, ledger: Ledger) -> None:
    """Somebody was quicker."""
    apply(ground, ledger, "a", "b")
    made = means(ground, "a")
    chosen = plan(made, ledger)
    (orphan,) = [change for change in chosen.changes if change.action == "retire" and of_rule(change.key)]
    ground.edit(orphan.remote_id, "delete")

    assert applied(chosen, made.target, ledger).whole


def test_a_filter_that_cannot_be_used_blocks_its_detection_and_no_other(
    ground: Ground, ledger: Ledger, tmp_path: Path
) -> None:
    """What is there already stays as it is: nothing is written for it."""
    apply(ground, ledger, "a", "b")
    broken = tmp_path / "broken.yml"
    broken.write_text("title: t\nlogsource: {category: process_creation, product: windows}\nfilter: {rules: [id-a]}\n")
    made = means(ground, "a", "b", filters=[str(broken)], deploying=Deploying(severity={"id-a": "low", "id-b": "low"}))
    chosen = plan(made, ledger)
    before = ground.snapshot()
    result = applied(chosen, made.target, ledger)
    id_ = id_of(plan(means(ground, "a"), ledger), "a")

    assert {"a": "blocked", "b": "update"} == actions(chosen)
    assert result.whole
    assert before[id_] == ground.snapshot()[id_]


def test_a_detection_that_is_only_hunted_here_is_no_rule(ground: Ground, ledger: Ledger) -> None:
    """One that is there is retired."""
    apply(ground, ledger, "a", "b")
    made = plan(means(ground, "a", "b", deploying=Deploying(hunting_only=frozenset({"id-a"}))), ledger)

    mine = [change for change in made.changes if "/id-a/" in change.key and of_rule(change.key)]

    assert ["retire"] == [change.action for change in mine if change.kind]


def test_a_plan_is_done_only_over_what_it_saw(ground: Ground, ledger: Ledger) -> None:
    """The world moved: what somebody changed since is not written, all else is."""
    apply(ground, ledger, "a", "b")
    graded = Deploying(severity={"id-a": "low", "id-b": "low"})
    made = means(ground, "a", "b", deploying=graded)
    chosen = plan(made, ledger)
    ground.edit(id_of(chosen, "a"), "query")
    moved = ground.snapshot()[id_of(chosen, "a")]
    result = applied(chosen, made.target, ledger)

    assert {"a": "moved", "b": "done"} == {
        word: one.end for one in result.done for word in "ab" if f"/id-{word}/" in one.change.key
    }
    assert not result.whole
    assert moved == ground.snapshot()[id_of(chosen, "a")]


def test_a_plan_for_another_place_is_refused(ground: Ground, ledger: Ledger) -> None:
    """Before anything is written."""
    made = means(ground, "a")
    chosen = replace(plan(made, ledger), place="elsewhere")
    with pytest.raises(UserError, match="elsewhere"):
        applied(chosen, made.target, ledger)

    assert 0 == ground.writes()


def test_a_failing_object_hurts_no_other(ground: Ground, ledger: Ledger) -> None:
    """It is told with the platform's words, and the next run touches only it."""
    ground.fault("refuses")
    made = means(ground, "a", "refused", "b")
    chosen = plan(made, ledger)
    result = applied(chosen, made.target, ledger)
    ends = {one.change.key.split("/")[1]: one for one in result.done if of_rule(one.change.key)}

    assert {"id-a": "done", "id-refused": "failed", "id-b": "done"} == {key: one.end for key, one in ends.items()}
    assert ends["id-refused"].words
    assert {"a": "unchanged", "refused": "create", "b": "unchanged"} == actions(
        plan(means(ground, "a", "refused", "b"), ledger)
    )


def test_a_busy_platform_is_asked_again(ground: Ground, ledger: Ledger) -> None:
    """Once the plan is made."""
    made = means(ground, "a")
    chosen = plan(made, ledger)
    ground.fault("busy")

    assert applied(chosen, made.target, ledger).whole


def test_a_write_whose_answer_was_lost_is_done_once(ground: Ground, ledger: Ledger) -> None:
    """It went through, so that asking again finds another revision: ours."""
    made = means(ground, "a")
    chosen = plan(made, ledger)
    ground.fault("cut_after_write")
    result = applied(chosen, made.target, ledger)

    assert result.whole
    assert {"a": "unchanged"} == actions(plan(means(ground, "a"), ledger))


def test_a_listing_that_lags_behind_is_waited_for(ground: Ground, ledger: Ledger) -> None:
    """What was written is read back by itself."""
    if "lags" in ground.lacks:
        pytest.skip(ground.lacks["lags"])
    made = means(ground, "a")
    chosen = plan(made, ledger)
    ground.fault("lags")

    assert applied(chosen, made.target, ledger).whole


@pytest.mark.parametrize("call", calls(1, 14, soon={1, 2, 3, 4, 6, 9, 11}))
def test_an_apply_that_is_killed_anywhere_is_finished_by_the_next(ground: Ground, ledger: Ledger, call: int) -> None:
    """Of the same plan; every object is written once, and nothing but the plan's objects is there."""
    apply(ground, ledger, "old")
    made = means(ground, "a", "b")
    chosen = plan(made, ledger)
    dying = replace(made.target, deployer=Hooked(made.target.deployer, killing(call)))
    line = Line("t", applying(chosen, dying, LATER, ledger, lambda _: None), 1)
    killed = False
    try:
        list(work([line], threads=1))
    except Killed:
        killed = True
    result = applied(chosen, replace(made.target, deployer=ground.connect()), ledger, LATER)

    assert killed or call > 6
    assert result.whole
    assert {"a": "unchanged", "b": "unchanged"} == actions(plan(means(ground, "a", "b"), ledger))


def test_a_rollback_brings_back_what_was_there(ground: Ground, ledger: Ledger) -> None:
    """Updated objects are as before, what the customer owns included; created ones are retired."""
    apply(ground, ledger, "a")
    id_ = id_of(plan(means(ground, "a"), ledger), "a")
    ground.edit(id_, "own")
    before = ground.connect().read(change_of(plan(means(ground, "a"), ledger), "a").kind, id_)
    apply(ground, ledger, "a", "b", deploying=Deploying(severity={"id-a": "low"}), order=LATER)
    made = means(ground, "a")
    result = ended(rolling_back("plan-2", made.target, Order("rollback", "the tester"), ledger))
    after = ground.connect().read(before.kind if before else "", id_)

    assert before is not None
    assert after is not None
    assert {"restored", "retired"} == {one.end for one in result.undone}
    assert (before.managed, before.mark, before.state) == (after.managed, after.mark, after.state)
    assert ground.owned(id_) is not None
    assert {"a": "unchanged"} == actions(plan(means(ground, "a"), ledger))


def test_a_rollback_leaves_what_somebody_changed_since(ground: Ground, ledger: Ledger) -> None:
    """And names it."""
    apply(ground, ledger, "a", "b")
    graded = Deploying(severity={"id-a": "low", "id-b": "low"})
    apply(ground, ledger, "a", "b", deploying=graded, order=LATER)
    id_ = id_of(plan(means(ground, "a"), ledger), "a")
    ground.edit(id_, "name")
    edited = ground.snapshot()[id_]
    result = ended(rolling_back("plan-2", means(ground, "a").target, Order("rollback", "the tester"), ledger))
    ends = {one.touched.remote_id: one for one in result.undone}

    assert "changed since" == ends[id_].end
    assert ends[id_].words
    assert edited == ground.snapshot()[id_]
    assert {"restored"} == {one.end for key, one in ends.items() if key != id_}


def test_plans_are_taken_back_in_turn(ground: Ground, ledger: Ledger) -> None:
    """The last first: what our own rollback wrote is nobody's change, and the first plan's objects go at last."""
    apply(ground, ledger, "a")
    apply(ground, ledger, "a", deploying=Deploying(severity={"id-a": "low"}), order=LATER)
    ends = []
    for plan_hash in ("plan-2", "plan-1"):
        result = ended(rolling_back(plan_hash, means(ground, "a").target, Order(f"back-{plan_hash}", "me"), ledger))
        ends.append((result.whole, {one.end for one in result.undone if "/id-a/" in one.touched.key}))

    assert [(True, {"restored"}), (True, {"retired"})] == ends


def test_what_rules_still_need_is_neither_retired_nor_purged(ground: Ground, ledger: Ledger) -> None:
    """A rule that somebody changed stays, and so does what it reads."""
    apply(ground, ledger, "a")
    chosen = plan(means(ground, "a"), ledger)
    needs = {key for change in chosen.changes if change.artifact for key in change.artifact.needs}
    ground.edit(id_of(chosen, "a"), "name")
    result = ended(rolling_back("plan-1", means(ground, "a").target, Order("back", "me"), ledger))
    with ledger.read() as connection:
        purged = retired(means(ground, "a").target, "p", bases_of(connection, "t"))

    assert {"still needed"} >= {one.end for one in result.undone if one.touched.key in needs}
    assert not result.whole
    assert () == purged


@pytest.mark.parametrize("call", calls(2, 8, soon={2, 3, 5, 6}))
def test_a_rollback_that_is_killed_anywhere_is_finished_by_the_next(ground: Ground, ledger: Ledger, call: int) -> None:
    """The next one finds what was brought back already."""
    apply(ground, ledger, "a", "b")
    apply(ground, ledger, "a", "b", deploying=Deploying(severity={"id-a": "low", "id-b": "low"}), order=LATER)
    made = means(ground, "a")
    dying = replace(made.target, deployer=Hooked(made.target.deployer, killing(call)))
    line = Line("t", rolling_back("plan-2", dying, Order("rollback", "the tester"), ledger), 1)
    with contextlib.suppress(Killed):
        list(work([line], threads=1))
    result = ended(rolling_back("plan-2", made.target, Order("rollback", "the tester"), ledger))

    assert result.whole
    assert {"a": "unchanged", "b": "unchanged"} == actions(plan(means(ground, "a", "b"), ledger))


def test_only_what_is_retired_is_purged(ground: Ground, ledger: Ledger) -> None:
    """And what the pack wants again afterwards is created anew."""
    apply(ground, ledger, "a", "b")
    apply(ground, ledger, "a")
    made = means(ground, "a")
    with ledger.read() as connection:
        chosen = retired(made.target, "p", bases_of(connection, "t"))
    result = ended(purging(chosen, made.target, Order("purge", "the tester"), ledger))

    assert [one.remote_id for one in chosen] == [one.remote_id for one in result.removed]
    assert chosen
    assert not {one.remote_id for one in chosen} & set(ground.snapshot())
    assert {"a": "unchanged", "b": "create"} == actions(plan(means(ground, "a", "b"), ledger))


def test_every_write_is_in_the_audit_with_what_was_there_before(ground: Ground, ledger: Ledger) -> None:
    """Who, when, by which plan, under which ticket; begun before it is sent, and done after it."""
    apply(ground, ledger, "a")
    apply(ground, ledger, "a", deploying=Deploying(severity={"id-a": "low"}), order=LATER)
    with ledger.read() as connection:
        rows = writes_of(connection, tenant="t")
        bases = bases_of(connection, "t")
    mine = [one for one in rows if "/id-a/" in one.key and of_rule(one.key)]

    assert [("begun", False), ("done", False), ("begun", True), ("done", True)] == [
        (one.phase, one.before is not None) for one in mine
    ]
    assert [ORDER, ORDER, LATER, LATER] == [one.order for one in mine]
    assert {one.key for one in rows} == {one.key for one in bases.values()}


def test_the_audit_only_grows(ledger: Ledger, ground: Ground) -> None:
    """Nobody mends it afterwards."""
    apply(ground, ledger, "a")
    for statement in ("UPDATE writes SET who = 'nobody'", "DELETE FROM writes"):
        with pytest.raises(Exception, match="only grows"), ledger.write() as connection:
            connection.exec_driver_sql(statement)


def test_a_tenant_that_lets_nothing_be_written_says_so(ground: Ground, ledger: Ledger) -> None:
    """Nothing is written, and each object or the tenant as a whole is told."""
    made = means(ground, "a")
    chosen = plan(made, ledger)
    ground.fault("read_only")
    result = applied(chosen, made.target, ledger)

    assert {"failed", "skipped"} >= {one.end for one in result.done}
    assert not result.whole
    assert {} == dict(ground.snapshot())


def test_verify_holds_for_what_was_just_applied(ground: Ground, ledger: Ledger) -> None:
    """And fails before."""
    made = means(ground, "a", deploying=ON)
    before = ended(verifying(plan(made, ledger), made.target))
    apply(ground, ledger, "a", deploying=ON)
    after = ended(verifying(plan(means(ground, "a", deploying=ON), ledger), made.target))

    assert (False, True) == (before.holds, after.holds)
