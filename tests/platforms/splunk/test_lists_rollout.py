"""Laws of a rollout with long lists: written before what reads them, versioned, watched, taken back and deleted after it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.deploying.ground import applied, detection, ended, means, plan
from conformance.deploying.hooked import Hooked
from conformance.deploying.splunk_ground import SplunkGround, splunk_ground
from conformance.killed import Killed, killing
from conformance.kills import calls
from huntline.crew import Line, work
from huntline.deploy.apply import Applied, applying
from huntline.deploy.drift import drifts
from huntline.deploy.means import Means
from huntline.deploy.plan import look
from huntline.deploy.purge import purging, retired
from huntline.deploy.rollback import rolling_back
from huntline.deploy.verify import verifying
from huntline.ledger.store import Ledger, open_ledger
from huntline.ledger.writes import Order, bases_of
from huntline.model.plan import TenantPlan
from huntline.model.predicate import Test
from huntline.model.tenant import Deploying
from huntline_splunk.listing import KIND, LEAST
from lab.serve.faults import Fault, Refusal, When
from lab.splunk.knowledge import Key

HASHES = tuple(sorted(hashlib.sha256(str(number).encode()).hexdigest() for number in range(LEAST)))
MORE = (*HASHES, "f" * 64)
FIRST, LATER, BACK = (Order(name, "the tester") for name in ("plan-1", "plan-2", "rollback"))


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[SplunkGround]:
    with splunk_ground(tmp_path / "lab") as made:
        yield made


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(str(tmp_path / "ledger.sqlite"), create=True)


def asking(ground: SplunkGround, values: Sequence[str]) -> Means:
    """Return what deploys one detection of these hashes, switched on."""
    found = replace(detection("hash"), predicate=Test("SHA256", "is", tuple(values)))
    made = means(ground, "hash", deploying=Deploying(enabled=True))
    return replace(made, detections=(found,), pack=replace(made.pack, detections=(found,)))


def apply(ground: SplunkGround, ledger: Ledger, values: Sequence[str], order: Order = FIRST) -> Applied:
    made = asking(ground, values)
    return applied(plan(made, ledger), replace(made.target, deployer=ground.connect()), ledger, order)


def actions(made: TenantPlan) -> dict[str, str]:
    return {change.kind: change.action for change in made.changes}


def table(ground: SplunkGround) -> tuple[Key, list[str]]:
    """Return the one table there is, and its values."""
    ((key, rows),) = [(key, rows) for key, rows in ground.lab.knowledge.tables.items()]
    return key, sorted(row["value"] for row in rows)


def test_a_list_is_written_before_the_search_that_reads_it(ground: SplunkGround, ledger: Ledger) -> None:
    """What was written proves to work, and is not written again."""
    result = apply(ground, ledger, HASHES)
    made = asking(ground, HASHES)
    again = plan(made, ledger)
    writes = ground.writes()
    proofs = ended(verifying(again, made.target)).proofs
    applied(again, made.target, ledger, LATER)

    assert result.whole
    assert {"macro": "unchanged", KIND: "unchanged", "saved_search": "unchanged"} == actions(again)
    assert [] == [(one.change.kind, f) for one in proofs for f in one.findings if f.state == "fail"]
    assert writes == ground.writes()


def test_a_new_indicator_is_written_to_the_list_alone(ground: SplunkGround, ledger: Ledger) -> None:
    """The plan shows which list, and a rollback brings the old one back."""
    apply(ground, ledger, HASHES)
    made = plan(asking(ground, MORE), ledger)
    apply(ground, ledger, MORE, LATER)
    _, written = table(ground)
    undone = ended(rolling_back("plan-2", asking(ground, HASHES).target, BACK, ledger))

    assert {"macro": "unchanged", KIND: "update", "saved_search": "unchanged"} == actions(made)
    assert [("values.SHA256", "ours")] == [
        (one.path, one.owner) for change in made.changes if change.kind == KIND for one in change.differences
    ]
    assert [*MORE] == written
    assert undone.whole
    assert [*HASHES] == table(ground)[1]


def test_an_edit_of_a_list_is_told_and_kept(ground: SplunkGround, ledger: Ledger) -> None:
    """Somebody took an indicator out that gave false alarms: it is theirs until it is decided."""
    apply(ground, ledger, HASHES)
    key, _ = table(ground)
    ground.lab.knowledge.tables[key] = ground.lab.knowledge.tables[key][1:]
    made = asking(ground, HASHES)
    told = drifts(look(made, ledger))
    held = plan(made, ledger)
    apply(ground, ledger, HASHES, LATER)

    assert [("edited", KIND)] == [(one.what, one.kind) for one in told]
    assert "held" == actions(held)[KIND]
    assert LEAST - 1 == len(table(ground)[1])


def test_a_list_that_became_short_is_retired_after_its_search_and_then_deleted(
    ground: SplunkGround, ledger: Ledger
) -> None:
    apply(ground, ledger, HASHES)
    few = HASHES[: LEAST // 2]
    made = plan(asking(ground, few), ledger)
    result = apply(ground, ledger, few, LATER)
    kept = table(ground)[1]
    target = asking(ground, few).target
    with ledger.read() as connection:
        chosen = retired(target, "p", bases_of(connection, "t"))
    ended(purging(chosen, target, Order("purge", "the tester"), ledger))

    assert {"macro": "unchanged", KIND: "retire", "saved_search": "update"} == actions(made)
    assert [("saved_search", "done"), (KIND, "done")] == [(one.change.kind, one.end) for one in result.done]
    assert [*HASHES] == kept
    assert [KIND] == [one.kind for one in chosen]
    assert [] == [key for key in ground.lab.knowledge.kept if key.conf in ("lookups", "transforms")]


@pytest.mark.parametrize("call", calls(1, 10, soon={1, 2, 4, 6, 8}))
def test_a_rollout_that_is_killed_anywhere_is_finished_by_the_next(
    ground: SplunkGround, ledger: Ledger, call: int
) -> None:
    made = asking(ground, HASHES)
    chosen = plan(made, ledger)
    dying = replace(made.target, deployer=Hooked(made.target.deployer, killing(call)))
    killed = False
    try:
        list(work([Line("t", applying(chosen, dying, FIRST, ledger, lambda _: None), 1)], threads=1))
    except Killed:
        killed = True
    result = applied(chosen, replace(made.target, deployer=ground.connect()), ledger, FIRST)

    assert killed or call > 6
    assert result.whole
    assert {"unchanged"} == {one.action for one in plan(asking(ground, HASHES), ledger).changes}


def test_a_list_that_cannot_be_written_holds_back_the_search_that_reads_it(
    ground: SplunkGround, ledger: Ledger
) -> None:
    """It would fail at every run; nothing else is held back."""
    ground.running.faults.add(Fault(Refusal(403), When(method="POST", path="transforms", times=None)))
    result = apply(ground, ledger, HASHES)

    assert {"macro": "done", KIND: "failed", "saved_search": "skipped"} == {
        one.change.kind: one.end for one in result.done
    }
