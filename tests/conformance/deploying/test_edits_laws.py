"""Laws of what customers own and edit, the same for every platform: told, kept, and theirs until somebody decides."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from conformance.deploying.ground import (
    LATER,
    ON,
    Edit,
    Ground,
    actions,
    apply,
    change_of,
    drift,
    ended,
    id_of,
    means,
    plan,
)
from huntline.deploy.verify import verifying
from huntline.ledger.choices import Choice, Word, choose
from huntline.ledger.store import Ledger, open_ledger
from huntline.model.paths import flat
from huntline.model.plan import TenantPlan
from huntline.model.tenant import Deploying


def decide(ground: Ground, ledger: Ledger, word: str, path: str, how: Word, *, now: str = "") -> None:
    """Decide about a field as it stands there now."""
    made = means(ground, word)
    change = change_of(plan(made, ledger), word)
    (value,) = [one.now for one in change.differences if one.path == path] or [now]
    with ledger.write() as connection:
        choose(connection, "t", [Choice(change.kind, change.remote_id, path, how, value, "the tester")])


def path_of(made: TenantPlan, word: str) -> list[str]:
    return [one.path for one in change_of(made, word).differences]


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
