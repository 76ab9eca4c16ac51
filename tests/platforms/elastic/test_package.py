"""What Kibana is given for a rule: fields as the API takes them, our mark, and a file that says the same every time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from huntline.model.artifact import Artifact
from huntline.model.query import Query
from huntline_elastic.artifact import marked
from huntline_elastic.plugin import PLATFORM
from lab.eql.run import run
from platforms.elastic.handmade import FIELDS, renderer
from platforms.handmade import BINDING, EVIL, campaign, detection, loaded, ruled, stored

SPECS = Path(__file__).parents[3].parent / "shared" / "specs" / "elastic" / "kibana-detections.facts.json"
HOSTILE = "a */ -->\nany where true\r\x85\u2028 any where true ``` \u202e // %s {x} \" ' \\"


def test_an_id_is_made_of_the_key_alone(tmp_path: Path) -> None:
    """What was deployed last year must be found again: this id may never change."""
    before = stored(renderer(), tmp_path / "a", title="One")
    after = stored(renderer(), tmp_path / "b", title="Another", level="low")

    assert "made/6f0d2d5c-0c4b-4a5e-9d4b-0d6d0a6a1e11/starts" == before.key == after.key
    assert "8e43afda-7eed-58ea-8ddb-1b423a870829" == before.remote_id == after.remote_id
    assert before.hash != after.hash


def test_the_file_is_the_same_whatever_the_order(tmp_path: Path) -> None:
    """It is committed and compared."""
    one = stored(renderer(), tmp_path / "a")
    other = stored(renderer(), tmp_path / "b", id="0f0d2d5c-0c4b-4a5e-9d4b-0d6d0a6a1e11")
    pack = loaded(tmp_path / "a")

    assert renderer().package([one, other], pack=pack) == renderer().package([other, one], pack=pack)


def test_a_line_of_the_file_is_a_rule_with_its_mark(tmp_path: Path) -> None:
    """Kibana reads line by line: a foreign rule's line feeds must not make two of one."""
    artifact = stored(
        renderer(),
        tmp_path,
        title=HOSTILE,
        id=HOSTILE,
        description=HOSTILE,
        references=[HOSTILE],
        falsepositives=[HOSTILE],
    )

    texts = renderer().package([artifact], pack=loaded(tmp_path))

    (line,) = texts["rules.ndjson"].splitlines()
    rule = json.loads(line)
    assert {"rules.ndjson"} == set(texts)
    assert marked(artifact, on=False) == rule
    assert (artifact.remote_id, True, False) == (rule["rule_id"], str(artifact.mark) in rule["tags"], rule["enabled"])


def test_a_file_holds_no_more_rules_than_one_import_takes(tmp_path: Path) -> None:
    """Ten thousand rules, ten megabytes."""
    artifacts = [Artifact(f"p/{number:05}/s", "rule", str(number), "A", {"tags": []}) for number in range(10_001)]

    texts = renderer().package(artifacts, pack=loaded(tmp_path))

    assert {"rules.ndjson": 10_000, "rules-2.ndjson": 1} == {n: len(text.splitlines()) for n, text in texts.items()}


@pytest.mark.parametrize(
    ("level", "severity", "risk"),
    [
        ("critical", "critical", 99),
        ("high", "high", 73),
        ("medium", "medium", 47),
        ("low", "low", 21),
        ("informational", "low", 1),
    ],
)
def test_a_level_is_one_of_the_words_of_the_api(tmp_path: Path, level: str, severity: str, risk: int) -> None:
    """There is nothing below low."""
    body = stored(renderer(), tmp_path, level=level).body

    assert (severity, risk) == (body["severity"], body["risk_score"])


def test_tactics_are_named_and_techniques_stay_tags(tmp_path: Path) -> None:
    """The API wants a technique's name, which a tag does not have; nothing is made up."""
    tags = [
        "attack.command-and-control",
        "attack.defense_evasion",
        "attack.t1071.001",
        "attack.stealth",
        "cve.2023-29059",
    ]

    body = stored(renderer(), tmp_path, tags=tags).body

    tactics: Any = body["threat"]
    assert [("TA0011", "Command and Control"), ("TA0005", "Defense Evasion")] == [
        (one["tactic"]["id"], one["tactic"]["name"]) for one in tactics
    ]
    assert sorted(tags) == body["tags"]


def test_a_rule_looks_back_over_the_time_events_take_to_arrive(tmp_path: Path) -> None:
    """Alerts come once per event, so looking twice costs nothing but time."""
    body = stored(renderer(cadence=5, latency=90), tmp_path).body

    assert ("5m", "now-95m", "now") == (body["interval"], body["from"], body["to"])


def test_a_rule_goes_by_arrival_where_the_source_fills_it(tmp_path: Path) -> None:
    """Where it is not filled, Kibana would warn of every index that lacks the field."""
    assert "timestamp_override" not in stored(renderer(), tmp_path / "a").body
    assert "event.ingested" == stored(renderer(arrival=True), tmp_path / "b").body["timestamp_override"]


def test_a_rule_names_its_indexes_and_the_fields_it_needs(tmp_path: Path) -> None:
    """Without indexes it would run over the space's default patterns."""
    body = stored(renderer(), tmp_path).body

    assert ["logs-a-*", "logs-b-*"] == body["index"]
    assert [{"name": "process.executable", "type": "keyword"}] == body["required_fields"]


def test_a_rule_without_words_still_has_name_and_description(tmp_path: Path) -> None:
    """The API refuses empty ones."""
    body = stored(renderer(), tmp_path, title="\u200b", description="").body

    assert "6f0d2d5c-0c4b-4a5e-9d4b-0d6d0a6a1e11 (starts)" == body["name"] == body["description"]


def test_a_heading_is_comment_whatever_it_holds(tmp_path: Path) -> None:
    """Titles come from foreign rules; what is reviewed must be what runs."""
    render = renderer()
    found = detection(tmp_path, EVIL)
    query = render.compiler.compile(found, render.compiler.bounds["starts"].store.scope, BINDING)
    assert isinstance(query, Query)
    events = [
        {"id": "hit", "event.category": "process", "process.executable": "C:\\Evil.exe"},
        {"id": "miss", "event.category": "process", "process.executable": "C:\\good.exe"},
    ]

    for one in (ruled(render, found), query):
        ending, text = render.text(one, [HOSTILE, "", "plain"])
        heading = text.splitlines()[:3]
        assert ".eql" == ending
        assert ["// a */", "//", "// plain"] == [heading[0][:7], *heading[1:]]
        assert ["hit"] == run(text, events, {**FIELDS, "event.category": "keyword"})


def test_what_is_not_checked_is_said(tmp_path: Path) -> None:
    """There is no checker of EQL a user may be told to install."""
    checked = renderer().check(tmp_path)

    assert ((), ()) == (checked.ran, checked.findings)
    assert ("EQL: checked by this project's own tests only",) == checked.missing


@pytest.mark.skipif(not SPECS.is_file(), reason="the vendor's API facts are not beside the project")
def test_a_rule_is_as_the_published_api_describes_it(tmp_path: Path) -> None:
    """Every rule of the campaign's pack, and a hostile one: names, types, words and limits."""
    facts = json.loads(SPECS.read_text())
    hostile = stored(renderer(arrival=True), tmp_path, tags=["attack.execution"], title=HOSTILE)
    rules = [marked(one, on=False) for one in [hostile, *campaign(PLATFORM)] if one.kind == "rule"]
    for kind, schema in (("eql", "EqlRuleCreateProps"), ("threat_match", "ThreatMatchRuleCreateProps")):
        told = {"$ref": f"#/schemas/{schema}"}
        validator = jsonschema.Draft202012Validator({**told, "schemas": facts["schemas"]})
        mine = [rule for rule in rules if rule["type"] == kind]

        assert [] == [error.message for rule in mine for error in validator.iter_errors(rule)]
        assert set() == {name for rule in mine for name in rule} - set(_names(told, facts["schemas"]))
        assert len(mine) > 10


def _names(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    """Find the names a body may have, through references and parts."""
    if "$ref" in schema:
        yield from _names(schemas[schema["$ref"].rsplit("/", 1)[-1]], schemas)
    yield from schema.get("properties", {})
    for part in schema.get("allOf", ()):
        yield from _names(part, schemas)
