"""Laws of rules made of hashes: a list is written where it means exactly the same as EQL, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from conformance.languages.labelled import DETECTIONS, compilers, held, rule_of
from huntline.model.artifact import Artifact, key_of
from huntline.model.query import Rule
from huntline_elastic.artifact import artifacts
from huntline_elastic.indicators import documents, index_of, selecting
from huntline_elastic.ours import id_of
from huntline_elastic.plugin import PLATFORM
from huntline_elastic.render import ElasticRenderer
from lab.elastic.documents import document
from lab.elastic.mapping import mapping_of
from lab.kibana.schedule import run_rule
from platforms.elastic.deploying import CAMPAIGN, There, campaign, put, served
from platforms.elastic.handmade import renderer
from platforms.handmade import detection, loaded, ruled

MD5, OTHER, SHA256 = "0f" * 16, "ab" * 16, "0f" * 32
WRITTEN = {
    "elastic_sysmon_winlogbeat": ("winlogbeat-sysmon",),
    "elastic_sysmon_agent": ("agent-sysmon",),
    "elastic_defend": ("elastic-defend-process", "elastic-defend-library"),
}


@pytest.mark.parametrize(("writer", "scope"), [(one, scope) for one, some in WRITTEN.items() for scope in some])
def test_a_list_finds_the_same_events_as_the_rules_own_text(tmp_path: Path, writer: str, scope: str) -> None:
    """Both run in the lab, over the labelled events of every rule that has a list, as the source stores them."""
    stems = [stem for stem in DETECTIONS if isinstance(rule_of("elastic", scope, stem), Rule)]
    made = {stem: _made(stem, scope) for stem in stems}
    reading = {stem: some for stem, some in made.items() if len(some) == 2}
    rows = {f"{stem}:{row['id']}": row for stem in stems for row in held("elastic", writer, scope, stem).rows}
    wanted = {stem: {f"{stem}:{one}" for one in held("elastic", writer, scope, stem).matches} for stem in reading}
    with served(tmp_path) as there:
        _store(there, scope, rows)
        found = {stem: _both(there, stem, scope, *some) for stem, some in reading.items()}

    assert {stem: by_text for stem, (by_text, _) in found.items()} == {
        stem: by_list for stem, (_, by_list) in found.items()
    }
    assert {} == {stem: ids - found[stem][1] for stem, ids in wanted.items() if ids - found[stem][1]}
    assert any(by_list for _, by_list in found.values())
    assert len(reading) > 2


def _made(stem: str, scope: str) -> Sequence[Artifact]:
    rule = rule_of("elastic", scope, stem)
    assert isinstance(rule, Rule)
    return artifacts(
        DETECTIONS[stem], rule, compilers()["elastic"].bounds[scope], pack="p", every=None, space="default"
    )


def _store(there: There, scope: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
    at = (datetime.now(UTC) - timedelta(minutes=1)).isoformat(timespec="milliseconds")
    told = [{**row, "@timestamp": at, "event.ingested": at, "_id": name} for name, row in rows.items()]
    mapping = mapping_of(told)
    stream = compilers()["elastic"].bounds[scope].native("index").replace("*", "default")
    there.elastic.store.add(stream, mapping, [document(one, mapping) for one in told])


def _both(there: There, stem: str, scope: str, listed: Artifact, reading: Artifact) -> tuple[set[str], set[str]]:
    """Run the rule as it is written, and beside it as the EQL that it would have been."""
    rule = rule_of("elastic", scope, stem)
    assert isinstance(rule, Rule)
    plain = {name: value for name, value in reading.body.items() if not name.startswith("threat_")}
    text = {**plain, "type": "eql", "language": "eql", "query": rule.text}
    key = key_of("text", stem)
    eql = replace(reading, key=key, remote_id=id_of(key), body=text, needs=())
    deployer = there.connect()
    for one in (listed, reading, eql):
        put(
            deployer, replace(one, body={**one.body, **({"max_signals": 1_000} if one.kind == "rule" else {})}), on=True
        )
    outcomes = [run_rule(there.kibana, one.remote_id, datetime.now(UTC)) for one in (eql, reading)]
    assert {"succeeded"} == {one.status for one in outcomes}, outcomes
    return set(outcomes[0].events), set(outcomes[1].events)


def _rendered(tmp_path: Path, selection: Any, *, lower: bool = True, **told: Any) -> Sequence[Artifact]:
    """Render a rule over a source whose field `process.hash.md5` is only ever stored in lower case."""
    made = hashing(lower=lower, **told)
    found = detection(tmp_path, selection)
    return made.artifacts(found, ruled(made, found), pack="made")


def hashing(*, lower: bool = True, latency: int = 60) -> ElasticRenderer:
    made = renderer(latency=latency)
    bound = made.compiler.bounds["starts"]
    names = {
        "process.hash.md5": "keyword",
        "process.hash.sha256": "keyword",
        "dll.hash.md5": "keyword",
        "process.pe.imphash": "keyword",
    }
    scope = replace(bound.store.scope, entities={"hash": tuple(names)})
    store = replace(bound.store, scope=scope, fields={**bound.store.fields, "event.category": "keyword", **names})
    source = replace(bound.source, stores=(store,), lower=("*.hash.*",) if lower else ())
    return ElasticRenderer(replace(made.compiler, bounds={"starts": replace(bound, source=source, store=store)}))


def test_a_rule_of_hashes_reads_a_list_that_it_waits_for(tmp_path: Path) -> None:
    listed, rule = _rendered(tmp_path, {"process.hash.md5": [OTHER, MD5.upper()]})

    assert ("indicators", (listed.key,)) == (listed.kind, rule.needs)
    assert "made/lists/6f0d2d5c-0c4b-4a5e-9d4b-0d6d0a6a1e11/starts" == listed.key
    assert {"threat.indicator.file.hash.md5": [MD5, OTHER]} == listed.body["values"]
    assert ("threat_match", "kuery", 'event.category : "process"') == tuple(
        rule.body[name] for name in ("type", "language", "query")
    )
    assert [index_of("made", "default")] == rule.body["threat_index"] == [listed.body["index"]]
    assert f'labels.huntline_list : "{listed.key}"' == rule.body["threat_query"]


def test_any_of_several_fields_is_one_mapping_each(tmp_path: Path) -> None:
    """Entries of one mapping must all hold, mappings by themselves."""
    _, rule = _rendered(tmp_path, [{"process.hash.md5": MD5}, {"process.hash.sha256": SHA256}])

    assert [[("process.hash.md5", "md5")], [("process.hash.sha256", "sha256")]] == [
        [(one["field"], one["value"].rpartition(".")[2]) for one in mapping["entries"]]
        for mapping in cast(list[dict[str, Any]], rule.body["threat_mapping"])
    ]


@pytest.mark.parametrize(
    ("selection", "told"),
    [
        ({"process.hash.md5": MD5, "Image": "C:\\a.exe"}, {}),
        ([{"process.hash.md5": MD5}, {"Image": "C:\\a.exe"}], {}),
        ({"process.hash.md5|startswith": MD5}, {}),
        ({"process.hash.md5|cased": MD5}, {}),
        ({"process.hash.md5": MD5[:-1]}, {}),
        ({"process.pe.imphash": MD5}, {}),
        ([{"process.hash.md5": MD5}, {"dll.hash.md5": OTHER}], {}),
        ({"process.hash.md5": MD5}, {"lower": False}),
        ({"process.hash.md5": MD5}, {"latency": 25 * 60}),
    ],
    ids=["and", "or", "part", "cased", "too short", "no such indicator", "apart", "any case", "look-back"],
)
def test_what_a_list_would_not_say_stays_eql(tmp_path: Path, selection: Any, told: dict[str, Any]) -> None:
    """An indicator match rule compares whole values, by case, each field with all that is listed for it, a day back at most."""
    (rule,) = _rendered(tmp_path, selection, **told)

    assert ("eql", ()) == (rule.body["type"], rule.needs)


def test_a_field_of_the_tenants_own_stays_eql() -> None:
    """Nobody knows how its values are written."""
    made = {
        settings: [
            one.kind
            for one in campaign_of({"sources": {"agent-sysmon": {"types": dict.fromkeys(settings, "keyword")}}})
        ]
        for settings in ((), ("file.hash.sha256",))
    }

    assert made[()].count("indicators") > made[("file.hash.sha256",)].count("indicators")
    assert made[()].count("rule") == made[("file.hash.sha256",)].count("rule")


def campaign_of(settings: Mapping[str, object]) -> list[Artifact]:
    return campaign(replace(PLATFORM, renderer=lambda _: PLATFORM.renderer(settings)))  # type: ignore[misc]  # it has one


def test_domains_are_never_listed() -> None:
    """A list holds whole values; a domain's subdomains are found by a text alone."""
    listed = [one for one in campaign(PLATFORM) if one.kind == "indicators"]
    fields = {field for one in listed for field in cast(dict[str, Any], one.body["values"])}

    assert {f"threat.indicator.file.hash.{kind}" for kind in ("md5", "sha1", "sha256")} == fields


def test_documents_of_two_lists_never_meet() -> None:
    """The same hash may be in many."""
    made = [one for one in campaign(PLATFORM) if one.kind == "indicators"]
    ids = [name for one in made for name in documents(one, one.body, on=True)]

    assert (
        len(ids)
        == len(set(ids))
        == sum(len(v) for one in made for v in cast(dict[str, list[str]], one.body["values"]).values())
    )


def test_a_key_of_odd_signs_cannot_leave_its_query() -> None:
    assert 'labels.huntline_list : "a\\"\\\\ or *"' == selecting('a"\\ or *')


def test_the_files_to_import_hold_every_list() -> None:
    """A body of `_bulk` and the mappings of its index; rules stay in a file of their own."""
    assert PLATFORM.renderer is not None
    made = campaign(PLATFORM)
    files = PLATFORM.renderer({}).package(made, pack=loaded(CAMPAIGN))
    lines = [json.loads(line) for line in files["indicators.ndjson"].splitlines()]
    mappings = json.loads(files["indicators.mapping.json"])["mappings"]["properties"]
    lists = [one for one in made if one.kind == "indicators"]

    assert {"rules.ndjson", "indicators.ndjson", "indicators.mapping.json"} == set(files)
    assert {name for one in lists for name in documents(one, one.body, on=False)} == {
        line["index"]["_id"] for line in lines[::2]
    }
    assert {index_of("3cx-2023", "default")} == {line["index"]["_index"] for line in lines[::2]}
    assert set() == {field for line in lines[1::2] for field in line} - mappings.keys()
    assert PLATFORM.renderer({}).package(made[::-1], pack=loaded(CAMPAIGN)) == files
