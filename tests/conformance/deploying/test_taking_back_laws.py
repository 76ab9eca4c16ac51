"""Laws of retiring, purging and taking a plan back, the same for every platform: ours alone, and all of it in the audit."""

from __future__ import annotations

import contextlib
from dataclasses import replace

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
    drift,
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
from huntline.deploy.purge import purging, retired
from huntline.deploy.rollback import rolling_back
from huntline.ledger.store import Ledger
from huntline.ledger.writes import Order, bases_of, writes_of
from huntline.model.tenant import Deploying


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
