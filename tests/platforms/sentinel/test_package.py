"""What Sentinel is given for a rule: fields as the API takes them, our mark, and templates that say the same every time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from huntline.model.artifact import Artifact
from huntline.model.query import Refused
from huntline.ports import Checked, Renderer
from huntline_sentinel.artifact import marked
from huntline_sentinel.check import HOW, NAME, check
from huntline_sentinel.language import LONGEST_RULE
from huntline_sentinel.plugin import PLATFORM
from huntline_sentinel.render import SentinelRenderer
from lab.kql.check import Function, Schema, findings
from platforms.handmade import BINDING, EVIL, campaign, detection, loaded, ruled, stored
from platforms.sentinel.handmade import ASKED, COLUMNS, DNS, renderer

SPECS = Path(__file__).parents[3].parent / "shared" / "specs" / "sentinel"
SCHEMA = Schema({"Started": COLUMNS}, {"_Im_Dns": Function((), 0, {"query": "string"})})
HOSTILE = "a */ -->\n| take 0\r\x85\u2028| take 0 ``` \u202e // %s {x} \" ' \\"


def _properties(artifact: Artifact) -> Mapping[str, Any]:
    held = marked(artifact, on=False)["properties"]
    assert isinstance(held, dict)
    return held


def _resources(texts: Mapping[str, str]) -> list[dict[str, Any]]:
    return [resource for text in texts.values() for resource in json.loads(text)["resources"]]


def _evaluated(value: Any) -> Any:
    """Read a template's text as Resource Manager does: `[[` at the start of an expression stands for a bracket."""
    if isinstance(value, dict):
        return {key: _evaluated(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_evaluated(one) for one in value]
    if isinstance(value, str) and value.startswith("[") and value.endswith("]"):
        assert value.startswith("[["), f"an expression: {value}"
        return value[1:]
    return value


def test_an_id_is_made_of_the_key_alone(tmp_path: Path) -> None:
    """What was deployed last year must be found again: this id may never change."""
    before = stored(renderer(), tmp_path / "a", title="One")
    after = stored(renderer(), tmp_path / "b", title="Another", level="low")

    assert "made/6f0d2d5c-0c4b-4a5e-9d4b-0d6d0a6a1e11/starts" == before.key == after.key
    assert "d37d7549-cc06-5bc4-a928-884d2488812f" == before.remote_id == after.remote_id
    assert before.hash != after.hash


def test_a_template_is_the_same_whatever_the_order(tmp_path: Path) -> None:
    """It is committed and compared."""
    one = stored(renderer(), tmp_path / "a")
    other = stored(renderer(), tmp_path / "b", id="0f0d2d5c-0c4b-4a5e-9d4b-0d6d0a6a1e11")
    pack = loaded(tmp_path / "a")

    assert renderer().package([one, other], pack=pack) == renderer().package([other, one], pack=pack)


@pytest.mark.parametrize("title", ["[concat('x')]", "[[x]]", "[x", "x]", "[]", HOSTILE])
def test_a_template_gives_back_what_was_put_in(tmp_path: Path, title: str) -> None:
    """Resource Manager evaluates a text in brackets: a foreign rule's title must stay a title."""
    artifact = stored(renderer(), tmp_path, title=title, description=title, references=[title], falsepositives=[title])

    (resource,) = _resources(renderer().package([artifact], pack=loaded(tmp_path)))

    assert marked(artifact, on=False) == {key: _evaluated(resource[key]) for key in ("kind", "properties")}
    assert f"[concat(parameters('workspace'), '/Microsoft.SecurityInsights/{artifact.remote_id}')]" == resource["name"]


def test_a_template_holds_no_more_resources_than_resource_manager_takes(tmp_path: Path) -> None:
    """800 a template; a pack of thousands of rules is several files."""
    artifacts = [
        Artifact(f"p/{number:04}/s", "Scheduled", str(number), "T", {"kind": "Scheduled", "properties": {"query": "T"}})
        for number in range(801)
    ]

    texts = renderer().package(artifacts, pack=loaded(tmp_path))

    assert {"azuredeploy.json": 800, "azuredeploy-2.json": 1} == {
        name: len(json.loads(text)["resources"]) for name, text in texts.items()
    }


@pytest.mark.usefixtures("microsoft")
def test_the_mark_is_the_first_line_of_the_query_and_cannot_be_left(tmp_path: Path) -> None:
    """The service may rewrite name and description; an id is any text a rule's author likes."""
    artifact = stored(renderer(), tmp_path, id=HOSTILE)

    first, rest = _properties(artifact)["query"].split("\n", 1)

    assert first.startswith("// huntline:made/a_*/_-->")
    assert first.isprintable()
    assert artifact.body["properties"]["query"] == rest  # type: ignore[index,call-overload]  # a map, as the test above shows
    assert [] == findings(f"{first}\n{rest}", SCHEMA)


@pytest.mark.parametrize(
    ("level", "severity"),
    [
        ("critical", "High"),
        ("high", "High"),
        ("medium", "Medium"),
        ("low", "Low"),
        ("informational", "Informational"),
    ],
)
def test_a_level_is_one_of_the_words_of_the_api(tmp_path: Path, level: str, severity: str) -> None:
    """There is nothing above High."""
    assert severity == _properties(stored(renderer(), tmp_path, level=level))["severity"]


def test_attack_is_told_in_words_and_techniques_the_api_takes(tmp_path: Path) -> None:
    """`T1071.001` is refused with the whole rule; an unknown word would be, too."""
    tags = ["attack.command-and-control", "attack.defense_evasion", "attack.t1071.001", "attack.T1071", "attack.t1574",
            "attack.g0032", "attack.stealth", "cve.2023-29059", "tlp.clear"]  # fmt: skip

    properties = _properties(stored(renderer(), tmp_path, tags=tags))

    assert ["CommandAndControl", "DefenseEvasion"] == properties["tactics"]
    assert ["T1071", "T1574"] == properties["techniques"]


@pytest.mark.parametrize(
    ("cadence", "latency", "frequency", "period"),
    [
        (15, 60, "PT15M", "PT1H15M"),
        (1, 0, "PT5M", "PT5M"),
        (60, 24 * 60, "PT1H", "P1DT1H"),
        (24 * 60, 0, "P1D", "P1D"),
        (30 * 24 * 60, 60, "P14D", "P14D"),
    ],
)
def test_a_rule_looks_back_over_the_time_events_take_to_arrive(
    tmp_path: Path, cadence: int, latency: int, frequency: str, period: str
) -> None:
    """Between five minutes and fourteen days, which is all the service takes."""
    properties = _properties(stored(renderer(cadence=cadence, latency=latency), tmp_path))

    assert (frequency, period) == (properties["queryFrequency"], properties["queryPeriod"])


@pytest.mark.usefixtures("microsoft")
def test_a_rule_over_a_table_looks_at_what_arrived_since_its_last_run(tmp_path: Path) -> None:
    """Looking back further would alert again and again; a function's rows have no time of arrival."""
    render = renderer()
    found = detection(tmp_path, {"query": "x"}, logsource=DNS)
    (asked,) = render.artifacts(found, ruled(render, found, "asks"), pack="made")
    started = stored(renderer(), tmp_path / "more")

    assert "\nStarted\n| where coalesce(ingestion_time() > ago(25m), true)\n" in _properties(started)["query"]
    assert [] == findings(_properties(started)["query"], SCHEMA)
    assert "ingestion_time" not in _properties(asked)["query"]
    assert [] == findings(_properties(asked)["query"], SCHEMA)


def test_entities_are_the_best_columns_the_answer_has(tmp_path: Path) -> None:
    """A column that is not there makes the service refuse the rule; a computed one is there when the rule asks for it."""
    plain = _properties(stored(renderer(), tmp_path / "a"))["entityMappings"]
    found = detection(tmp_path / "b", {"ImageLoaded": "x"})
    (asking,) = renderer().artifacts(found, ruled(renderer(), found), pack="made")

    told = {
        (one["entityType"], field["identifier"]): field["columnName"] for one in plain for field in one["fieldMappings"]
    }
    assert {
        ("Host", "FullName"): "DeviceName",
        ("Account", "Sid"): "AccountSid",
        ("Process", "CommandLine"): "CommandLine",
        ("File", "Name"): "Path",
    } == told
    assert "Made" in [one["fieldMappings"][0]["columnName"] for one in _properties(asking)["entityMappings"]]


def test_long_texts_are_cut_to_what_the_service_takes(tmp_path: Path) -> None:
    """A name keeps its scope, which makes it the only one of its kind in the workspace."""
    properties = _properties(stored(renderer(), tmp_path, title="t" * 300, description="d" * 6000))

    assert 256 == len(properties["displayName"])
    assert properties["displayName"].endswith("t (starts)")
    assert 5000 == len(properties["description"])


def test_a_rule_without_room_for_its_mark_is_refused(tmp_path: Path) -> None:
    """Ten thousand characters are for the query as it is stored."""
    render = renderer()
    scope = render.compiler.bounds["starts"].store.scope
    short = _stored(tmp_path, render, 5000)

    longest = 5000 + LONGEST_RULE - len(short)
    refused = render.rule(detection(tmp_path, {"Image": "x" * (longest + 1)}), scope, BINDING)

    assert LONGEST_RULE == len(_stored(tmp_path, render, longest))
    assert isinstance(refused, Refused)
    assert "too_long" == refused.code


def _stored(folder: Path, render: SentinelRenderer, length: int) -> str:
    found = detection(folder, {"Image": "x" * length})
    (artifact,) = render.artifacts(found, ruled(render, found), pack="p" * 64)
    return str(_properties(artifact)["query"])


@pytest.mark.usefixtures("microsoft")
def test_a_heading_is_comment_whatever_it_holds(tmp_path: Path) -> None:
    """Titles come from foreign rules; what is reviewed must be what runs."""
    render = renderer()
    found = detection(tmp_path, EVIL)
    rule = ruled(render, found)
    query = render.compiler.compile(found, render.compiler.bounds["starts"].store.scope, BINDING)
    assert not isinstance(query, Refused)

    for one in (rule, query):
        ending, text = render.text(one, [HOSTILE, "", "plain"])
        heading, rest = text.splitlines()[:3], "\n".join(text.splitlines()[3:])
        assert ".kql" == ending
        assert ["// a */", "//", "// plain"] == [heading[0][:7], *heading[1:]]
        assert rest.startswith("Started\n")
        assert [] == findings(text, SCHEMA)


@pytest.mark.usefixtures("microsoft")
def test_a_folder_is_held_against_the_schema_of_the_sources(tmp_path: Path) -> None:
    """A query is right, names a column that is not there, or is no query: by file and line."""
    render = renderer()
    good = render.text(ruled(render, detection(tmp_path / "pack", EVIL)), ["Good"])[1]
    for name, text in {"good": good, "column": good + "| where Nowhere == 1\n", "broken": "Started |\n| |"}.items():
        (tmp_path / "kql").mkdir(exist_ok=True)
        (tmp_path / "kql" / f"{name}.kql").write_text(text)

    checked = render.check(tmp_path)

    assert ((NAME,), ()) == (checked.ran, checked.missing)
    assert "kql/column.kql:5: KS142" in [told[:23] for told in checked.findings]
    assert {"kql/broken.kql", "kql/column.kql"} == {told.partition(":")[0] for told in checked.findings}


def test_a_parser_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing found because nothing looked is no pass."""
    monkeypatch.setitem(__import__("sys").modules, "kustology.bridge", None)

    assert Checked(ran=(), findings=(), missing=(HOW,)) == check(tmp_path, ())
    assert "pip install kustology" in HOW


@pytest.mark.usefixtures("microsoft")
def test_every_stored_query_of_the_campaign_is_good_kql(tmp_path: Path) -> None:
    """With its mark and its look at arrival, over the sources that are shipped."""
    artifacts = campaign(PLATFORM)
    for number, artifact in enumerate(artifacts):
        (tmp_path / f"{number}.kql").write_text(_properties(artifact)["query"])

    assert Checked(ran=(NAME,), findings=(), missing=()) == _shipped().check(tmp_path)
    assert len(artifacts) > 10


def _shipped() -> Renderer:
    assert PLATFORM.renderer is not None
    return PLATFORM.renderer({})


@pytest.mark.skipif(not SPECS.is_dir(), reason="the vendor's API facts are not beside the project")
def test_a_rule_is_as_the_published_api_describes_it(tmp_path: Path) -> None:
    """Every rule of the campaign's pack, and a hostile one: names and types, required fields, words and limits."""
    models = json.loads((SPECS / "securityinsights.models.json").read_text())
    facts = json.loads((SPECS / "scheduled-rule.constraints.json").read_text())
    scheduled = {"$ref": "#/definitions/ScheduledAlertRule", "definitions": _closed(models["definitions"])}
    kind = jsonschema.validators.validator_for(scheduled)
    kind.check_schema(scheduled)  # once: it takes longer than all rules
    published = kind(scheduled)
    hostile = stored(renderer(), tmp_path, tags=["attack.execution", "attack.t1059.001"], title=HOSTILE)

    for body in (marked(one, on=False) for one in [hostile, *campaign(PLATFORM)]):
        published.validate(body)
        _hold_against(facts, body["properties"])


def _hold_against(facts: Mapping[str, Any], properties: Any) -> None:
    grouping = properties["incidentConfiguration"]["groupingConfiguration"]
    enums, limits = facts["enums"], facts["documented_limits"]
    assert set() == set(facts["properties.required"]) - set(properties)
    assert set() == set(facts["groupingConfiguration.required"]) - set(grouping)
    assert grouping["matchingMethod"] in enums["groupingConfiguration.matchingMethod"]
    assert properties["eventGroupingSettings"]["aggregationKind"] in enums["eventGroupingSettings.aggregationKind"]
    assert properties["severity"] in enums["severity"]
    assert properties["triggerOperator"] in enums["triggerOperator"]
    assert {one["entityType"] for one in properties["entityMappings"]} <= set(enums["entityType"])
    assert len(properties["entityMappings"]) <= limits["entity_mappings_per_rule"]
    assert len(properties["query"]) <= limits["query_chars"][1]


def _closed(definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Refuse names the models do not have."""
    return {
        name: {**model, "additionalProperties": False} if "properties" in model and "allOf" not in model else model
        for name, model in definitions.items()
    }


def test_asking_a_function_is_served(tmp_path: Path) -> None:
    """The scope of a function takes rules of its own log source only."""
    render = renderer()
    found = detection(tmp_path, {"query": "x"}, logsource=DNS)

    assert ASKED == ruled(render, found, "asks").logsource
    assert isinstance(render.rule(found, render.compiler.bounds["starts"].store.scope, BINDING), Refused)
