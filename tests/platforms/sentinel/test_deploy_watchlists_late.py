"""Laws of lists that come late or break off: no rule is written before its list is seen, and the next run goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.deploying.ground import ORDER, applied, plan
from conformance.deploying.hooked import Hooked
from conformance.killed import Killed
from huntline.deploy.drift import drifts
from huntline.deploy.plan import look
from huntline.errors import Transient
from huntline.ledger.store import Ledger
from huntline.model.artifact import Artifact
from huntline.model.pack import Pack
from huntline_sentinel.watchlist_shape import KIND
from lab.sentinel.watchlists import hand as lists
from lab.serve.faults import Bend, Blank, Cut, Fault, Refusal, When
from platforms.sentinel.deploying import There, served
from platforms.sentinel.listed import AT_ONCE, LISTS, PATIENT, VALUES, calls, items, made, means, pack_of


@pytest.fixture
def there(tmp_path: Path) -> Iterator[There]:
    with served(tmp_path, more=PATIENT, **AT_ONCE) as found:
        yield found


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
