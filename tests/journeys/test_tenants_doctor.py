"""Doctor says what a connection is worth, settles what can be settled, and never lets silence look like health."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from journeys.acme import given
from journeys.cli import Ended, huntline, warm
from journeys.standin import GOT


def doctor(folder: Path, *more: str, mood: str = "kind") -> Ended:
    return warm().run("doctor", "--tenant", "acme-env", *more, cwd=folder, env=given(folder, mood=mood))


@pytest.mark.parametrize(("mood", "code"), [("kind", 0), ("lacks", 1), ("denies", 1), ("blinks", 0), ("silent", 1)])
def test_the_exit_code_says_whether_something_failed(mood: str, code: int, tmp_path: Path) -> None:
    """A fault that passes is asked again, a warning is no failure; what cannot be asked is one, and so is silence."""
    assert code == doctor(tmp_path, mood=mood).code


def test_what_was_learnt_before_a_refusal_is_still_told(tmp_path: Path) -> None:
    ended = doctor(tmp_path, mood="denies")

    assert "ok       identity    key acme-hunt" in ended.out
    assert "FAILED   connection  403: this key may not read (give it the right to read)" in ended.out


def test_every_doubt_is_told_as_checked_or_not(tmp_path: Path) -> None:
    """What nobody proved stays visible, so that nobody takes it for proved."""
    document = json.loads(doctor(tmp_path, "--json").out)

    assert [
        ("day-is-a-day", "ok", "24 hours"),
        ("night-is-dark", "not checked", ""),
        ("sun-rises", "cannot be checked", ""),
    ] == [(one["id"], one["state"], one["found"]) for one in document["doubts"]]
    assert ["identity", "permissions"] == [one["name"] for one in document["findings"]]


def test_the_table_counts_what_stays_without_proof(tmp_path: Path) -> None:
    assert "Facts taken without proof: 3 facts, 1 checked here" in doctor(tmp_path).out


def test_a_platform_without_a_probe_says_so_and_does_not_pass(tmp_path: Path) -> None:
    """Exit 0 would say that something was proved."""
    (tmp_path / "tenants.yml").write_text("customers: [{name: A, tenants: [{name: a, platform: archive}]}]\n")
    ended = huntline("doctor", "--tenant", "a", cwd=tmp_path)

    assert (2, True) == (ended.code, "archive cannot be probed: nothing was proved" in ended.err)


def test_an_unknown_tenant_is_wrong_usage_and_connects_to_nothing(tmp_path: Path) -> None:
    ended = warm().run("doctor", "--tenant", "nobody", cwd=tmp_path, env=given(tmp_path))

    assert (2, True, False) == (ended.code, "there is no tenant 'nobody'" in ended.err, (tmp_path / GOT).exists())


def test_it_leaves_no_ledger_behind(tmp_path: Path) -> None:
    before = {"rules", "token", "tenants.yml", "site"}
    doctor(tmp_path)

    assert before | {"got.txt", "processes.txt"} == {path.name for path in tmp_path.iterdir()}
