"""What apply refuses before it writes: what nobody allowed, a plan that was touched, another place, a key that is no more."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from huntline.deploy.file import read_plan
from huntline.errors import UserError
from journeys.cli import Warm
from journeys.rollout import WORDS, content, estate, ids, office, plan, rolled_out, rules, settle, writes
from journeys.siem import Office
from journeys.siem_elastic import secret_of
from lab.kibana import hand
from lab.kibana.settings import DEPLOYER
from lab.serve.faults import Bend, Fault, When
from platforms.elastic.deploying import There

FLIPS = 300


@dataclass(frozen=True, slots=True)
class Given:
    there: There
    office: Office

    def written(self) -> int:
        return len(writes(self.there.rules.journal.entries()))


@pytest.fixture
def given(tmp_path: Path, warm: Warm) -> Iterator[Given]:
    with estate(tmp_path / "lab", "soc", checked=False) as there:
        made = office(tmp_path / "office", warm=warm)
        settle(made, there, "acme", enabled=True)
        yield Given(there, made)
        assert [] == made.leaks()


def test_removals_disables_and_takeovers_are_each_allowed_by_name(given: Given) -> None:
    """One does not stand for another, and nothing at all is written before all are there."""
    made = given.office
    rolled_out(made)
    named = ids(given.there)
    (made.folder / "rules" / f"{WORDS[0]}.yml").unlink()
    made.tenants[0]["deploy"] = {"enabled": False}
    made.save()
    hand.edit(given.there.kibana, named[WORDS[1]], severity="low")
    made.run("drift", "--pack", "rules", "--overwrite", f"{named[WORDS[1]]}:severity")
    plan(made)
    before, asked = given.written(), ("removals", "disables", "takeovers")
    told = {}
    for lacking in asked:
        ended = made.run("apply", "plan.json", *(word for one in asked if one != lacking for word in ("--allow", one)))
        told[lacking] = (ended.code, ended.err.strip().splitlines()[-1], given.written() - before)
    done = made.run("apply", "plan.json", *(word for one in asked for word in ("--allow", one)))

    # Switching off a rule that is taken over is one write, which needs the word for switching off.
    assert {
        "removals": (2, "next: if that is meant: --allow removals", 0),
        "disables": (2, "next: if that is meant: --allow disables", 0),
        "takeovers": (2, "next: if that is meant: --allow takeovers", 0),
    } == {one: (code, words.strip(), count) for one, (code, words, count) in told.items()}
    assert 0 == done.code, done.err
    assert {False} == {rule["enabled"] for rule in rules(given.there).values()}
    assert "high" == rules(given.there)[named[WORDS[1]]]["severity"]


def test_a_plan_changed_by_a_byte_is_refused_or_says_the_same(given: Given, tmp_path: Path) -> None:
    """What is done is what was approved: a byte that is no more than a blank changes nothing, any other is told."""
    plan(given.office)
    file = given.office.folder / "plan.json"
    whole, meant = file.read_bytes(), read_plan(file)
    other, dice, refused = tmp_path / "other.json", random.Random(1), 0
    for _ in range(FLIPS):
        at = dice.randrange(len(whole))
        other.write_bytes(whole[:at] + bytes([whole[at] ^ dice.choice((1, 2, 4, 8, 32))]) + whole[at + 1 :])
        try:
            assert meant == read_plan(other)
        except UserError:
            refused += 1
    file.write_bytes(whole.replace(b"alpha", b"alphb", 1))
    ended = given.office.run("apply", "plan.json")

    assert FLIPS / 2 < refused
    assert (2, 0) == (ended.code, given.written())
    assert "plan.json was changed since it was made: its hash is not its own" in ended.err


def test_a_plan_for_another_kibana_or_space_is_refused(given: Given) -> None:
    """The tenants file may have changed since; its revisions are those of another place."""
    plan(given.office)
    settings = given.office.tenants[0]["settings"]
    told = []
    for changed in ({"space": "soc"}, {"kibana": given.there.data.url}):
        given.office.tenants[0]["settings"] = {**settings, **changed}
        given.office.save()
        told.append(given.office.run("apply", "plan.json"))
    del given.office.tenants[0]["settings"]
    given.office.tenants[0] = {**given.office.tenants[0], "name": "other", "settings": settings}
    given.office.save()
    told.append(given.office.run("apply", "plan.json"))

    assert [2, 2, 2] == [ended.code for ended in told]
    assert all("the plan is for" in ended.err and "make a new plan" in ended.err for ended in told[:2])
    assert "there is no tenant 'acme'" in told[2].err
    assert 0 == given.written()


def test_a_key_that_is_revoked_in_between_stops_the_tenant_and_the_next_one_goes_on(given: Given) -> None:
    """What was written is known; under a new key the same plan is finished, and nothing is written twice."""
    plan(given.office)
    given.there.rules.faults.add(Fault(Bend("revoked_key"), When(method="POST", nth=2, times=None)))
    stopped = given.office.run("apply", "plan.json")
    stood = len(rules(given.there))
    given.there.rules.faults.clear()
    done = given.office.run("apply", "plan.json")

    assert (1, 0) == (stopped.code, done.code), stopped.err + done.err
    assert "acme: failed: Kibana: 401" in stopped.err
    assert "neither expired nor revoked" in stopped.err
    assert 1 == stood
    assert len(WORDS) == given.written() == len(rules(given.there))


def test_a_deploying_key_that_is_no_more_writes_nothing_and_one_that_ends_soon_is_told(given: Given) -> None:
    """Rules run under the key they were written with: one that is revoked stops them all, which doctor and verify tell."""
    soon = replace(DEPLOYER, id="soon", secret="lab-soon-secret-18fe", expires=datetime.now(UTC) + timedelta(days=3))
    late = replace(DEPLOYER, id="late", secret="lab-late-secret-77ab", expires=datetime.now(UTC) - timedelta(days=1))
    settings = given.there.elastic.settings
    given.there.elastic.settings = replace(settings, keys=(*settings.keys, soon, late))
    given.office.secrets += (secret_of(soon), secret_of(late))
    plan(given.office)
    given.office.tenants[0]["settings"]["deploy_key"] = given.office.secret("late", secret_of(late))
    given.office.save()
    expired = given.office.run("apply", "plan.json")
    given.office.tenants[0]["settings"]["deploy_key"] = given.office.secret("soon", secret_of(soon))
    given.office.save()
    doctor = given.office.run("doctor", "--tenant", "acme")
    given.there.kibana.revoke(soon)
    revoked = given.office.run("apply", "plan.json")

    assert [1, 1, 0] == [expired.code, revoked.code, given.written()], expired.err + revoked.err
    assert "401" in expired.err
    assert "401" in revoked.err
    assert [line for line in doctor.out.splitlines() if "life of the key" in line and "warning" in line], doctor.out


def test_an_answer_that_is_lost_or_late_is_neither_doubled_nor_a_failure(given: Given) -> None:
    """A listing that lags behind, and a connection that breaks with the write done."""
    plan(given.office)
    given.there.rules.faults.add(
        Fault(Bend("lag", 3), When(path="_find", times=None)), Fault(Bend("stale_revision"), When(method="GET", nth=9))
    )
    first = given.office.run("apply", "plan.json")
    again = given.office.run("apply", "plan.json")
    stood = content(given.there)

    assert (0, 0) == (first.code, again.code), first.err + again.err
    assert len(WORDS) == given.written() == len(stood)
    rows = [json.loads(line) for line in given.office.run("audit", "--json").out.splitlines()]
    assert "failed" not in {row["phase"] for row in rows}


def test_a_mistake_in_the_tenants_file_stops_every_command_before_anything_is_asked(given: Given) -> None:
    """With file, line and key."""
    given.office.rings = ["canary"]
    given.office.tenants[0]["deploy"] = {"ring": "canary", "enable": True}
    given.office.save()
    lines = (given.office.folder / "tenants.yml").read_text("utf-8").splitlines()
    (line,) = [number for number, text in enumerate(lines, 1) if '"enable"' in text]
    ends = [
        given.office.run(*words)
        for words in (
            ("plan", "--pack", "rules"),
            ("apply", "--pack", "rules", "--yes"),
            ("verify", "--pack", "rules"),
            ("drift", "--pack", "rules"),
            ("purge", "--pack", "rules"),
        )
    ]

    assert {2} == {ended.code for ended in ends}
    assert all(f"tenants.yml:{line}: customers.0.tenants.0.deploy.enable: " in ended.err for ended in ends)
    assert () == given.there.rules.journal.entries()
