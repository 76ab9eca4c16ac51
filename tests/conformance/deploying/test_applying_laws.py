"""Laws of applying, the same for every platform: only what differs is written, each once, and only over what the plan saw."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from conformance.deploying.ground import (
    LATER,
    ON,
    ORDER,
    Ground,
    actions,
    applied,
    apply,
    change_of,
    ended,
    id_of,
    means,
    of_rule,
    plan,
)
from conformance.deploying.hooked import Hooked
from conformance.killed import Killed, killing
from conformance.kills import calls
from huntline.crew import Line, work
from huntline.deploy.apply import applying
from huntline.deploy.verify import verifying
from huntline.errors import UserError
from huntline.ledger.store import Ledger
from huntline.model.tenant import Deploying


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
