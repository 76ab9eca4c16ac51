"""Laws of one rule in Kibana's stand-in: what it fills in, resets, keeps, counts and refuses."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from lab.kibana.app import RULES
from lab.kibana.settings import KibanaSettings
from lab_tests.kibana.served import kibana, rule

THREAT = {"framework": "MITRE ATT&CK", "tactic": {"id": "TA0002", "name": "Execution", "reference": "https://x"}}
INDICATORS: dict[str, Any] = {
    "type": "threat_match", "language": None, "query": "*:*", "threat_query": "*:*", "threat_index": ["ti-*"],
    "threat_mapping": [{"entries": [{"field": "dns.question.name", "type": "mapping", "value": "threat.indicator.url.domain"}]}],
}  # fmt: skip


def test_a_rule_is_kept_with_what_was_not_sent(tmp_path: Path) -> None:
    """A deployer that compares what it sent with what it reads must know these."""
    with kibana(tmp_path) as there:
        status, body = there.post(required_fields=[{"name": "process.name", "type": "keyword"}], threat=[THREAT])
        assert (200, body) == there.get()

    assert 200 == status
    filled = {"enabled": False, "interval": "5m", "from": "now-6m", "to": "now", "max_signals": 100, "version": 1}
    empty = ["author", "false_positives", "references", "tags", "actions", "exceptions_list", "related_integrations"]
    assert filled | {name: [] for name in empty} == {name: body[name] for name in [*filled, *empty]}
    assert ("", "", 0, False) == (body["setup"], body["output_index"], body["revision"], body["immutable"])
    assert [{"name": "process.name", "type": "keyword", "ecs": True}] == body["required_fields"]
    assert [{**THREAT, "technique": []}] == body["threat"]
    assert ("lab", body["created_at"]) == (body["created_by"], body["updated_at"])
    assert "license" not in body
    assert 4 == uuid.UUID(body["id"]).version


def test_an_indicator_rule_has_a_language_and_a_path(tmp_path: Path) -> None:
    """Two more that nobody sends."""
    with kibana(tmp_path) as there:
        status, body = there.post(**INDICATORS)

    assert (200, "kuery", "threat.indicator") == (status, body["language"], body["threat_indicator_path"])


def test_a_known_rule_id_is_refused(tmp_path: Path) -> None:
    """In one space; another one has its own."""
    with kibana(tmp_path, settings=KibanaSettings(spaces=("default", "soc"))) as there:
        first, again, elsewhere = there.post(), there.post(), there.post(space="soc")
        missing = there.get(space="nowhere")

    assert (200, 409, 200, 404) == (first[0], again[0], elsewhere[0], missing[0])
    assert {"message": 'rule_id: "r1" already exists', "status_code": 409} == again[1]


def test_replacing_resets_all_but_the_switch(tmp_path: Path) -> None:
    """Exceptions and actions of the customer are gone unless they are sent again; enabled and version stay (source)."""
    exception = {"id": "e1", "list_id": "l1", "type": "detection", "namespace_type": "single"}
    action = {"id": "a1", "action_type_id": ".email", "params": {}}
    with kibana(tmp_path) as there:
        there.post(enabled=True, exceptions_list=[exception], actions=[action], tags=["t"], note="n", version=3)
        status, body = there.put(rule(name="Two"))

    assert (200, "Two", True, 3) == (status, body["name"], body["enabled"], body["version"])
    assert ([], [], []) == (body["exceptions_list"], body["actions"], body["tags"])
    assert "note" not in body


def test_patching_keeps_what_is_not_sent(tmp_path: Path) -> None:
    """And nothing is required of it."""
    with kibana(tmp_path) as there:
        there.post(tags=["t"], note="n")
        status, body = there.http("PATCH", RULES, {"rule_id": "r1", "severity": "low"})

    assert (200, "low", ["t"], "n", "One") == (status, *(body[name] for name in ("severity", "tags", "note", "name")))


def test_an_action_gets_an_id_and_a_frequency(tmp_path: Path) -> None:
    """What comes back is not what was sent, and stays so when it is sent again."""
    with kibana(tmp_path) as there:
        _, first = there.post(actions=[{"id": "a1", "action_type_id": ".email", "params": {}}])
        _, again = there.put(rule(actions=first["actions"]))

    assert {"id", "action_type_id", "params", "group", "frequency", "uuid"} == set(first["actions"][0])
    assert (first["actions"], 0) == (again["actions"], again["revision"])


def test_the_revision_counts_changes_and_nothing_else(tmp_path: Path) -> None:
    """Writing the same again moves the time alone, and so does the switch: a revision does not tell a disabled rule."""
    with kibana(tmp_path) as there:
        there.post()
        same = there.put(rule())[1]
        switched = there.http("PATCH", RULES, {"rule_id": "r1", "enabled": True})[1]
        changed = there.put(rule(query="any where true"))[1]

    assert [0, 0, 1] == [one["revision"] for one in (same, switched, changed)]
    assert [1, 1, 1] == [one["version"] for one in (same, switched, changed)]
    assert same["updated_at"] < switched["updated_at"] < changed["updated_at"]


def test_a_deleted_rule_is_not_found(tmp_path: Path) -> None:
    """Deleting says what was there."""
    with kibana(tmp_path) as there:
        _, made = there.post()
        gone = there.http("DELETE", f"{RULES}?rule_id=r1")
        again = [there.http("DELETE", f"{RULES}?rule_id=r1"), there.get(), there.put(rule())]

    assert (200, made) == gone
    assert [(404, {"message": 'rule_id: "r1" not found', "status_code": 404})] * 3 == again


def test_a_rule_is_asked_by_one_id(tmp_path: Path) -> None:
    """By ours or by the server's, not by both."""
    with kibana(tmp_path) as there:
        _, made = there.post()
        by_id = there.http("GET", f"{RULES}?id={made['id']}")
        both, none = there.http("GET", f"{RULES}?id={made['id']}&rule_id=r1"), there.http("GET", RULES)

    assert (200, made) == by_id
    assert (400, ['both "id" and "rule_id" cannot exist, choose one or the other']) == (both[0], both[1]["message"])
    assert (400, ['either "id" or "rule_id" must be set']) == (none[0], none[1]["message"])


@pytest.mark.parametrize(("fields", "said"), [
    ({"name": None}, "name: Required"),
    ({"name": ""}, "name: String must contain at least 1 character(s)"),
    ({"severity": "urgent"}, "severity: Invalid enum value. Expected 'low' | 'medium' | 'high' | 'critical', received 'urgent'"),
    ({"risk_score": 101}, "risk_score: Number must be less than or equal to 100"),
    ({"risk_score": "73"}, "risk_score: Expected number, received string"),
    ({"tags": "t"}, "tags: Expected array, received string"),
    ({"tags": ["t", 1]}, "tags.1: Expected string, received number"),
    ({"max_signals": 0}, "max_signals: Number must be greater than or equal to 1"),
    ({"from": "yesterday"}, "from: Failed to parse date-math expression"),
    ({"language": "kuery"}, "language: Invalid enum value. Expected 'eql', received 'kuery'"),
    ({"threat": [{"framework": "x"}]}, "threat.0.tactic: Required"),
    (INDICATORS | {"threat_mapping": []}, "threat_mapping: Array must contain at least 1 element(s)"),
    (INDICATORS | {"threat_query": None}, "threat_query: Required"),
])  # fmt: skip
def test_a_body_that_does_not_fit_is_refused_with_its_problems(
    fields: dict[str, Any], said: str, tmp_path: Path
) -> None:
    """In the words of Kibana's validator, and nothing is kept."""
    with kibana(tmp_path) as there:
        status, body = there.post(**fields)
        kept = there.find()["total"]

    assert (400, "Bad Request", f"[request body]: {said}", 0) == (status, body["error"], body["message"], kept)


def test_a_type_that_is_none_hides_all_else(tmp_path: Path) -> None:
    """The type decides what a body may hold."""
    with kibana(tmp_path) as there:
        _, body = there.post(type="eqll", name=None)

    assert body["message"].startswith("[request body]: type: Invalid discriminator value. Expected 'eql' | 'query'")
    assert "name" not in body["message"]


def test_of_many_problems_five_are_told(tmp_path: Path) -> None:
    """And the others counted."""
    with kibana(tmp_path) as there:
        _, body = there.http("POST", RULES, {"type": "eql"})

    assert body["message"].endswith("query: Required, and 1 more")


def test_an_unknown_field_vanishes_without_a_word(tmp_path: Path) -> None:
    """A misspelt field is no error, and not there when it is read back (source)."""
    with kibana(tmp_path) as there:
        status, body = there.post(maxsignals=1, threat=[{**THREAT, "tecnique": []}])

    assert (200, False) == (status, "maxsignals" in body)
    assert {"framework", "tactic", "technique"} == set(body["threat"][0])


def test_a_rule_keeps_its_type(tmp_path: Path) -> None:
    """Another type is another rule."""
    with kibana(tmp_path) as there:
        there.post()
        status, body = there.put(rule(**INDICATORS))

    assert (400, "params invalid") == (status, body["message"][:14])


@pytest.mark.parametrize("kind", [
    {"type": "query", "language": None, "query": None},
    {"type": "esql", "language": "esql"},
    {"type": "machine_learning", "language": None, "query": None, "anomaly_threshold": 50, "machine_learning_job_id": "j"},
])  # fmt: skip
def test_other_types_are_there_as_foreign_rules(kind: dict[str, Any], tmp_path: Path) -> None:
    """So that a deployer can be shown not to touch them."""
    with kibana(tmp_path) as there:
        assert (200, kind["type"]) == (there.post(**kind)[0], there.get()[1]["type"])
