"""Laws of who may write rules, of headers on every answer, and of throttling."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lab.sentinel.roles import CONTRIBUTOR, READER
from lab.sentinel.settings import DEPLOYER
from lab.serve.faults import Fault, Refusal, When
from lab_tests.sentinel.ruled import ID, rule, ruled

IDS = ("x-ms-request-id", "x-ms-correlation-request-id")


def test_a_reader_may_look_and_not_write(tmp_path: Path) -> None:
    """403 with the action's name; Log Analytics Contributor has no hold on rules either."""
    for role in (READER, CONTRIBUTOR):
        with ruled(tmp_path, application=replace(DEPLOYER, role=role)) as there:
            said = [there.put(rule()), there.delete(), there.get()]
            actions = [one.body["error"]["message"].split("perform action '")[-1].split("'")[0] for one in said[:2]]

        assert [403, 403, 404] == [one.status for one in said]
        assert [f"Microsoft.SecurityInsights/alertRules/{verb}" for verb in ("write", "delete")] == actions


def test_a_deployer_learns_what_it_may_do(tmp_path: Path) -> None:
    """From the same list as a hunter."""
    with ruled(tmp_path) as there:
        said = there.arm("GET", "/providers/Microsoft.Authorization/permissions", version="2022-04-01")

    assert "Microsoft.SecurityInsights/*" in said.body["value"][0]["actions"]


def test_every_answer_has_two_ids_of_its_own(tmp_path: Path) -> None:
    """Refused ones too: this is what support asks for."""
    with ruled(tmp_path, Fault(Refusal(503, wait=1), When(method="DELETE"))) as there:
        said = [there.put(rule()), there.put(rule(etag='"old"')), there.get("nobody"), there.delete()]
        found = [one.headers[name] for one in said for name in IDS]

    assert [201, 409, 404, 503] == [one.status for one in said]
    assert 8 == len(set(found))


def test_writes_are_counted_down_and_then_refused_with_a_time_to_wait(tmp_path: Path) -> None:
    """Refused writes count as others do; reads have a count of their own."""
    with ruled(tmp_path, writes=2) as there:
        said = [there.put(rule()), there.put(rule(etag='"old"')), there.put(rule()), there.get(ID)]

    left = [one.headers.get("x-ms-ratelimit-remaining-subscription-writes") for one in said]
    assert [201, 409, 429, 200] == [one.status for one in said]
    assert (["1", "0", "0", None], True) == (left, 0 < int(said[2].headers["Retry-After"]) <= 3_600)


def test_a_rules_version_is_asked_for_and_must_be_known(tmp_path: Path) -> None:
    """Tables and rules have versions of their own."""
    with ruled(tmp_path) as there:
        there.put(rule())
        said = [there.get(version=version).status for version in ("2025-09-01", "2025-07-01", "2025-10-01-preview")]

    assert [200, 400, 200] == said
