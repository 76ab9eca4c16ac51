"""An apply killed at any moment and run again ends as an undisturbed one; a rollback, killed or not, brings all back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from journeys.cli import Warm
from journeys.rollout import content, ids, rules
from journeys.rollout_kill import (
    APPLY,
    COMES,
    ENTRY,
    GOES,
    PARALLEL,
    STAYS,
    Place,
    brought_back,
    kill,
    killed,
    place,
    put_back,
    unstamped,
)
from lab.kibana import hand

KILLS = 1  # `make bench` has twenty of each


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Iterator[Place]:
    with place(tmp_path_factory.mktemp("kill"), warm) as made:
        yield made


@pytest.fixture
def one(given: Place) -> Place:
    put_back(given)
    return given


@pytest.mark.parametrize("number", range(KILLS))
def test_an_apply_that_is_killed_ends_as_an_undisturbed_one(number: int, one: Place) -> None:
    """Nothing is doubled: an object is written again only where its answer was in flight. A rollback brings all back."""
    ended = killed(one, APPLY, number)
    back = one.office.run("rollback", one.plan, "--yes")

    assert 0 == ended.code, ended.told
    assert unstamped(one.wanted) == unstamped(ended.left)
    assert ended.more <= PARALLEL
    assert 0 < ended.begun
    assert 0 == back.code, back.out + back.err
    assert (one.before, {"off True"}) == brought_back(one)
    assert [] == one.office.leaks()


@pytest.mark.parametrize("number", range(KILLS))
def test_a_rollback_that_is_killed_is_finished_by_the_next(number: int, one: Place) -> None:
    """With what the customer owns, and what they renamed."""
    applied = one.office.run(*APPLY)
    ended = killed(one, ("rollback", one.plan, "--yes"), number)

    assert (0, 0) == (applied.code, ended.code), ended.told
    assert (one.before, {"off True"}) == brought_back(one)
    assert ended.more <= PARALLEL


@pytest.mark.parametrize("number", range(KILLS))
def test_an_apply_that_is_killed_can_be_taken_back_as_it_is(number: int, one: Place) -> None:
    """Without its answer the ledger does not know what a write left; what the write was to leave there is known for ours."""
    kill(one, APPLY, number)
    back = one.office.run("rollback", one.plan, "--yes")
    there, others = brought_back(one)

    assert 0 == back.code, back.out + back.err
    assert (one.before, True) == (there, others <= {"off True"})


def test_the_plan_does_what_it_says(one: Place) -> None:
    """So that the laws above are about creates, updates and removals, and about what others own."""
    one.office.run(*APPLY)
    named = ids(one.there) | {"bravo": next(id_ for id_, rule in rules(one.there).items() if "own" in rule["name"])}
    graded = {word: rules(one.there)[named[word]]["severity"] for word in STAYS + COMES}

    assert dict.fromkeys(STAYS + COMES, "critical") == graded
    assert {False} == {rules(one.there)[named[word]]["enabled"] for word in GOES}
    assert one.wanted[named["alpha"]]["exceptions_list"]
    assert one.wanted[named["alpha"]]["actions"]
    assert "Word bravo of my own" == one.wanted[named["bravo"]]["name"]


def test_what_somebody_changed_since_is_named_and_left_by_a_rollback(one: Place) -> None:
    """By name; the rest is brought back, and the exit code says that not all is."""
    one.office.run(*APPLY)
    id_ = ids(one.there)[STAYS[2]]
    hand.edit(one.there.kibana, id_, severity="low")
    edited = content(one.there)[id_]
    ended = one.office.run("rollback", "plan.json", "--yes", "--reference", "CHG-1")
    now = content(one.there)

    assert 5 == ended.code, ended.err
    assert "acme: changed since: Word charlie (elastic-defend-process): changed by ana since" in ended.out
    assert edited == now[id_]
    assert {name: rule for name, rule in one.before.items() if name != id_} == {
        name: now[name] for name in one.before if name != id_
    }


def test_what_the_customer_added_between_two_runs_of_a_plan_is_a_change_since(one: Place) -> None:
    """The second run finds all as wanted; that makes nothing of it ours, and a rollback must not take it away."""
    one.office.run(*APPLY)
    id_ = ids(one.there)[STAYS[2]]
    hand.add_exception(one.there.kibana, id_, [ENTRY])
    again = one.office.run(*APPLY)
    ended = one.office.run("rollback", one.plan, "--yes")

    assert (0, 5) == (again.code, ended.code), ended.out
    assert rules(one.there)[id_]["exceptions_list"]
