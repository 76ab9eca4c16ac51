"""Rings: the next one is written only if all of the one before it is written and verifies, and was planned for at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from journeys.cli import Warm
from journeys.rollout import WORDS, drifts, estate, ids, office, plan, rules, settle, writes
from journeys.siem import Office
from lab.kibana import hand
from lab.serve.faults import Bend, Fault, Refusal, When
from platforms.elastic.deploying import There

CANARY, WAVE, REST = "canary", "wave", "rest"
BLIND = Fault(Refusal(500), When(path="_eql/search", times=None))  # rules can be written, and do not run


@dataclass(frozen=True, slots=True)
class Ringed:
    there: There
    office: Office

    def stood(self) -> dict[str, int]:
        return {name: len(rules(self.there, name)) for name in (CANARY, WAVE, REST)}


@pytest.fixture
def given(tmp_path: Path, warm: Warm) -> Iterator[Ringed]:
    """Three tenants, named so that their order is not that of their rings: one in each ring, the last in none."""
    with estate(tmp_path / "lab", CANARY, WAVE, REST, checked=False) as there:
        made = office(tmp_path / "office", warm=warm)
        made.rings = ["first", "second"]
        settle(made, there, "zeta", space=CANARY, enabled=True, ring="first")
        settle(made, there, "beta", space=WAVE, enabled=True, ring="second")
        settle(made, there, "alpha", space=REST, enabled=True)
        yield Ringed(there, made)
        assert [] == made.leaks()


def test_a_canary_that_does_not_verify_holds_back_the_next_ring(given: Ringed) -> None:
    """All of the canary is written, and its rules do not run: nobody else gets them. Mended, the same plan goes on."""
    plan(given.office)
    given.there.data.faults.add(BLIND)
    held = given.office.run("apply", "plan.json")
    stood = given.stood()
    given.there.data.faults.clear()
    done = given.office.run("apply", "plan.json")
    spaces = [one.path.split("/")[2] for one in writes(given.there.rules.journal.entries())]

    assert 5 == held.code, held.out + held.err
    assert {CANARY: len(WORDS), WAVE: 0, REST: 0} == stood
    assert "zeta: 3 of 3 objects not as they should be" in held.out
    assert "beta of ring second: not written: ring first is not written and verified whole" in held.err
    assert "alpha: not written: ring first is not written and verified whole" in held.err
    assert 0 == done.code, done.err
    assert [CANARY, WAVE, REST] == list(dict.fromkeys(spaces))
    assert {name: len(WORDS) for name in (CANARY, WAVE, REST)} == {name: spaces.count(name) for name in set(spaces)}


def test_a_canary_that_cannot_be_written_holds_back_the_next_ring(given: Ringed) -> None:
    """One object that failed is enough; and that something failed is the graver word."""
    plan(given.office)
    given.there.rules.faults.add(Fault(Refusal(400), When(method="POST", says="bravo", times=None)))
    ended = given.office.run("apply", "plan.json")

    assert 1 == ended.code, ended.out + ended.err
    assert {CANARY: len(WORDS) - 1, WAVE: 0, REST: 0} == given.stood()


def test_a_canary_that_cannot_be_planned_for_holds_back_the_next_ring(given: Ringed) -> None:
    """A canary that is missing in a plan has proved nothing, be the plan saved or made on the spot."""
    given.there.rules.faults.add(Fault(Refusal(403), When(path=f"^/s/{CANARY}/", times=None)))
    ended, made = given.office.run("apply", "--pack", "rules", "--yes"), plan(given.office)
    given.there.rules.faults.clear()
    saved = given.office.run("apply", "plan.json")

    assert (1, 1, 5) == (ended.code, made.code, saved.code), ended.out + ended.err
    assert {CANARY: 0, WAVE: 0, REST: 0} == given.stood()
    assert all("beta of ring second: not written: ring first" in one.err for one in (ended, saved))
    assert "zeta: not written: could not be looked at when the plan was made" in saved.err


def test_a_tenant_of_the_last_ring_that_cannot_be_planned_for_holds_back_nobody(given: Ringed) -> None:
    given.there.rules.faults.add(Fault(Refusal(403), When(path=f"^/s/{REST}/", times=None)))
    ended = given.office.run("apply", "--pack", "rules", "--yes")

    assert 1 == ended.code, ended.out + ended.err
    assert {CANARY: len(WORDS), WAVE: len(WORDS), REST: 0} == given.stood()


def test_a_listing_that_lags_fails_no_ring(given: Ringed) -> None:
    """What was written a moment ago does not show in a list yet; nobody deleted it, and it verifies."""
    plan(given.office)
    given.there.rules.faults.add(Fault(Bend("lag", 20), When(path="_find", times=None)))
    ended = given.office.run("apply", "plan.json")
    told, stood = drifts(given.office, "--tenant", "zeta"), given.stood()
    hand.delete(given.there.kibana, ids(given.there, CANARY)[WORDS[0]], space=CANARY)
    given.there.rules.faults.clear()
    deleted = drifts(given.office, "--tenant", "zeta")

    assert 0 == ended.code, ended.out + ended.err
    assert {name: len(WORDS) for name in (CANARY, WAVE, REST)} == stood
    assert [] == told
    assert ["deleted"] == [one["what"] for one in deleted]


def test_a_ring_in_which_nothing_stands_proves_nothing(given: Ringed) -> None:
    """Its tenant has none of the data: nothing of the pack is written there, and nothing verified."""
    given.office.tenants[0]["settings"]["sources"] = {"elastic-defend": {"names": {"process": "logs-elsewhere-*"}}}
    given.office.save()
    plan(given.office)
    ended = given.office.run("apply", "plan.json")

    assert 5 == ended.code, ended.out + ended.err
    assert {CANARY: 0, WAVE: 0, REST: 0} == given.stood()
    assert "zeta: not written: nothing of the pack applies" in ended.err
