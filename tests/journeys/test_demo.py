"""The demo, in little: the real commands over files and a SIEM of two customers, held to what was planted and edited."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from journeys.cli import huntline
from lab.alder import EXPECTED, SILENT
from lab.demo import DEPLOY_KEY, KEY, main
from lab.deployed import lost, wrongly_told
from lab.edits import Edit, Rule
from lab.elastic.settings import HUNTER
from lab.elastic.victim import sightings
from lab.estate import estate
from lab.events import Scene
from lab.kibana.settings import DEPLOYER
from lab.split import SHIPPED, in_files, in_siem
from lab.tree import write_tree
from lab.truth import Sighting, differences, hits


@pytest.fixture(scope="module")
def scenes() -> tuple[Scene, ...]:
    """All that is marked and a tenth of the noise."""
    return tuple(scene for step, scene in enumerate(estate()) if scene.mark is not None or step % 10 == 0)


@pytest.fixture(scope="module")
def out(scenes: tuple[Scene, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "out"
    assert 0 == main(folder, scenes)
    return folder


@pytest.fixture(scope="module")
def document(out: Path) -> Any:
    return json.loads((out / "report" / "report.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def truth(scenes: tuple[Scene, ...], tmp_path_factory: pytest.TempPathFactory) -> tuple[Sighting, ...]:
    files = write_tree(scenes, tmp_path_factory.mktemp("truth"), holds=in_files)
    return (*files, *sightings(tuple(in_siem(scenes))))


def test_every_planted_event_is_found_once_in_files_and_in_the_siem(document: Any, truth: tuple[Sighting, ...]) -> None:
    assert [] == differences(document, truth)
    assert {"sysmon-evtx", "elastic_defend", "elastic_zscaler"} <= {one.source for one in hits(truth)}


def test_the_check_of_the_truth_can_fail(document: Any, truth: tuple[Sighting, ...]) -> None:
    """A demo that always says "checked" would be an advertisement."""
    (case,) = (one for one in document["cases"] if one["hits"])
    needed = {(one.file, f"{one.time:%Y-%m-%dT%H:%M:%S}") for one in hits(truth)}
    lost = next(hit for hit in case["hits"] if (hit["parts"][0], hit["at"][:19]) in needed)
    fewer = {"cases": [{"hits": [hit for hit in case["hits"] if hit is not lost]}]}
    twice = {"cases": [{"hits": [*case["hits"], lost]}]}
    innocent = {"cases": [{"hits": [*case["hits"], lost | {"at": "2023-01-01T00:00:00"}]}]}

    assert ["missed", "innocent, or found twice", "innocent, or found twice"] == [
        differences(one, truth)[0].split(":")[0] for one in (fewer, twice, innocent)
    ]


def test_the_clean_customer_is_never_called_clean(document: Any) -> None:
    """Half of its machines and most kinds of logs were never seen."""
    (alder,) = (one for one in document["cases"] if one["customer"] == "Alder")
    absent = {host.split(".")[0] for stage in alder["answer"]["stages"] for host in stage["expected"]["absent"]}

    assert ("cannot_tell", []) == (alder["answer"]["kind"], alder["hits"])
    assert ({*SILENT}, len(EXPECTED)) == (absent, len(alder["expected"]))
    assert {"clean", "no_data"} <= {one["verdict"] for one in alder["verdicts"]}


def test_names_of_one_machine_in_files_and_in_the_siem_are_one_host(document: Any) -> None:
    """The files write full names, the SIEM short ones."""
    (larkspur,) = (one for one in document["cases"] if one["customer"] == "Larkspur")
    labels = Counter(
        one["host"].split(".")[0].lower() for one in larkspur["storylines"] if "unknown" not in one["host"]
    )
    by_host: dict[str, set[str]] = {}
    for hit in larkspur["hits"]:
        by_host.setdefault(hit["storyline"], set()).add(hit["tenant"])

    assert {1} == {*labels.values()}
    assert {"larkspur-files", "larkspur-elastic"} in by_host.values()


def test_an_event_in_both_is_told_as_what_it_is(document: Any, truth: tuple[Sighting, ...]) -> None:
    """As many as were really exported and kept: no more is claimed, and none is hidden."""
    (larkspur,) = (one for one in document["cases"] if one["customer"] == "Larkspur")
    twice = sum(one["repeats"] for one in larkspur["storylines"])

    assert 0 < len(_in_both(hits(truth))) <= twice <= len(_in_both(truth))
    assert any(f"{twice} hits or more on " in words for words in larkspur["answer"]["because"])


def test_the_page_begins_with_both_customers_the_gravest_first(out: Path, document: Any) -> None:
    page = (out / "report" / "report.html").read_text("utf-8")

    assert ["Larkspur", "Alder"] == [one["customer"] for one in document["summary"]]
    assert page.index('id="summary"') < page.index('href="#c1">Larkspur') < page.index('href="#c2">Alder')
    assert page.index('href="#c2">Alder') < page.index('id="answers"')


def test_the_key_is_in_no_file_of_the_demo(out: Path) -> None:
    files = [path for path in out.rglob("*") if path.is_file()]
    secrets = [text.encode() for key in (HUNTER, DEPLOYER) for text in (key.secret, key.encoded)]
    tenants = (out / "tenants.yml").read_text("utf-8")

    assert [] == [path.name for path in files if any(secret in path.read_bytes() for secret in secrets)]
    assert f"env:{KEY}" in tenants
    assert f"env:{DEPLOY_KEY}" in tenants


def test_the_rules_were_deployed_once_and_then_what_was_changed(out: Path) -> None:
    """Two rollouts, each under its ticket; the second writes the rules of one detection and nothing else."""
    rows = [json.loads(line) for line in huntline("audit", "--json", cwd=out).out.splitlines()]
    done = Counter((row["reference"], row["action"]) for row in rows if row["phase"] == "done")
    (changed,) = {row["key"].split("/")[1] for row in rows if row["action"] == "update"}

    assert {("CHG-4711", "create"), ("CHG-4712", "update")} == set(done)
    assert done["CHG-4711", "create"] > 100
    assert {"low"} == {row["after"]["severity"] for row in rows if row["action"] == "update" and row["after"]}
    assert [changed] == list(
        json.loads((out / "tenants.yml").read_text("utf-8"))["customers"][1]["tenants"][1]["deploy"]["severity"]
    )


def test_the_check_of_the_edits_can_fail() -> None:
    """An edit that is not told, one that nobody made, an exception that is lost, a rollout that did not come."""
    told = ("edited", "r1", "severity", "theirs", "ana")
    edits = (Edit("lowered", _rule("r1"), told), Edit("gave an exception to", _rule("r2"), None))
    drift = {"what": "edited", "id": "r1", "by": "ana", "fields": [{"path": "severity", "owner": "theirs"}]}
    stands = {"r1": _rule("r1", severity="low"), "r2": _rule("r2", severity="low", exceptions_list=[1])}
    gone = stands | {"r2": _rule("r2", severity="low")}
    old = stands | {"r2": _rule("r2", exceptions_list=[1])}

    assert ([], []) == (wrongly_told([drift], edits), lost(stands, stands, edits))
    assert ["not told: edited r1 severity theirs ana"] == wrongly_told([], edits)
    assert ["told, and not so: deleted r2   "] == wrongly_told(
        [drift, {"what": "deleted", "id": "r2", "by": "", "fields": []}], edits
    )
    assert ["did not stay: gave an exception to R"] == lost(stands, gone, edits)
    assert ["the changed severity was not written"] == lost(stands, old, edits)


def _rule(rule_id: str, **fields: object) -> Rule:
    return {
        "rule_id": rule_id,
        "name": "R",
        "severity": "high",
        "enabled": True,
        "exceptions_list": [],
        "actions": [],
        **fields,
    }


def _in_both(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Return what the files hold of the marked events that the SIEM holds, too."""
    told = tuple(sightings)
    kept = {(one.host.name, one.time) for one in told if "/" not in one.file}
    exported = [one for one in told if "/" in one.file and one.source in SHIPPED]
    return [one for one in exported if (one.host.name, one.time) in kept]
