"""The demo, in little: the real commands over two customers' files and SIEMs, held to what was planted and edited."""

from __future__ import annotations

import html
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from huntline.report.plain import counted_words
from journeys.cli import Warm, huntline
from lab.alder import EXPECTED, SILENT
from lab.demo import main
from lab.deployed import lost, wrongly_told
from lab.edits import Edit, Rule
from lab.elastic.settings import HUNTER
from lab.estate import estate
from lab.events import Scene
from lab.hosts import IT, SAL
from lab.kibana.settings import DEPLOYER
from lab.larkspur import SECRETS, export, place
from lab.split import ARCHIVED_SINCE, KEPT_SINCE
from lab.splunk.settings import TOKEN
from lab.truth import Sighting, differences, hits

# A detection of the plan is a rule for endpoints, and others for what the network saw.
NETWORK = {"zeek": "zeek", "splunk_zeek": "zeek", "proxy": "proxy", "sentinel_csl": "proxy"}
TENANTS = ("larkspur-elastic", "larkspur-files", "larkspur-sentinel", "larkspur-splunk")


@pytest.fixture(scope="module")
def scenes() -> tuple[Scene, ...]:
    """All that is marked and a tenth of the noise."""
    return tuple(scene for step, scene in enumerate(estate()) if scene.mark is not None or step % 10 == 0)


@pytest.fixture(scope="module")
def out(scenes: tuple[Scene, ...], tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "out"
    assert 0 == main(folder, scenes, warm.command)
    return folder


@pytest.fixture(scope="module")
def document(out: Path) -> Any:
    return json.loads((out / "report" / "report.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def truth(scenes: tuple[Scene, ...], tmp_path_factory: pytest.TempPathFactory) -> tuple[Sighting, ...]:
    return tuple(export(scenes, tmp_path_factory.mktemp("truth")))


@pytest.fixture(scope="module")
def larkspur(document: Any) -> Any:
    (case,) = (one for one in document["cases"] if one["customer"] == "Larkspur")
    return case


def test_every_planted_event_is_found_once_in_files_and_in_each_siem(
    document: Any, truth: tuple[Sighting, ...]
) -> None:
    siems = {"elastic_defend", "splunk_windows", "splunk_zeek", "sentinel_xdr", "sentinel_csl"}

    assert [] == differences(document, truth, place)
    assert {"sysmon-evtx", *siems} <= {one.source for one in hits(truth)}


@pytest.mark.parametrize("tenant", TENANTS)
def test_the_check_of_the_truth_can_fail(larkspur: Any, truth: tuple[Sighting, ...], tenant: str) -> None:
    """A demo that always says "checked" would be an advertisement."""
    needed = {(one.file, f"{one.time:%Y-%m-%dT%H:%M:%S}") for one in hits(truth)}
    lost = next(hit for hit in larkspur["hits"] if hit["tenant"] == tenant and (place(hit), hit["at"][:19]) in needed)
    fewer = {"cases": [{"hits": [hit for hit in larkspur["hits"] if hit is not lost]}]}
    twice = {"cases": [{"hits": [*larkspur["hits"], lost]}]}
    innocent = {"cases": [{"hits": [*larkspur["hits"], lost | {"at": "2023-01-01T00:00:00"}]}]}

    assert ["missed", "innocent, or found twice", "innocent, or found twice"] == [
        differences(one, truth, place)[0].split(":")[0] for one in (fewer, twice, innocent)
    ]


def test_the_clean_customer_is_never_called_clean(document: Any) -> None:
    """Half of its machines and most kinds of logs were never seen."""
    (alder,) = (one for one in document["cases"] if one["customer"] == "Alder")
    absent = {host.split(".")[0] for stage in alder["answer"]["stages"] for host in stage["expected"]["absent"]}

    assert ("cannot_tell", []) == (alder["answer"]["kind"], alder["hits"])
    assert ({*SILENT}, len(EXPECTED)) == (absent, len(alder["expected"]))
    assert {"clean", "no_data"} <= {one["verdict"] for one in alder["verdicts"]}


def test_one_intrusion_is_one_storyline_whoever_saw_it(larkspur: Any) -> None:
    """A full name, a short one, an address that the leases know: Splunk and Elastic saw one machine, and so did Sentinel."""
    labels = Counter(one["host"].split(".")[0] for one in larkspur["storylines"])
    witnesses: dict[str, set[str]] = defaultdict(set)
    for hit in larkspur["hits"]:
        witnesses[hit["storyline"].split(".")[0]].add(hit["tenant"])

    assert {1} == {*labels.values()}
    assert {*TENANTS} == witnesses[SAL.name]  # its agent, the resolver, the proxy, the export
    assert {*TENANTS} - {"larkspur-elastic"} == witnesses[IT.name]  # two sensors of its own


def test_the_page_says_of_each_step_who_saw_it(out: Path, larkspur: Any) -> None:
    """An analyst weighs one intrusion by its witnesses; JSON has them hit by hit."""
    page = html.unescape((out / "report" / "report.html").read_text("utf-8"))
    (story,) = re.findall(
        r'<article class="storyline">\s*<header>\s*<h3>' + SAL.name + r".*?</article>", page, re.DOTALL
    )
    steps = re.findall(r'<li><span class="at">.*?</li>', page, re.DOTALL)
    told = Counter(hit["tenant"] for hit in larkspur["hits"] if hit["storyline"].startswith(SAL.name))
    platforms = {one["id"]: one["platform"] for one in larkspur["tenants"]}
    words = ", ".join(
        f"{tenant} ({platforms[tenant]}, {counted_words(told[tenant], 'hit')})" for tenant in sorted(TENANTS)
    )

    assert [] == [step for step in steps if "seen by larkspur-" not in step]
    assert f"Seen by 4 tenants: {words}" in story


def test_what_sentinel_has_archived_is_never_clean(larkspur: Any) -> None:
    """A plain query gives nothing of it and no error; the files have it."""
    told = [one for one in larkspur["verdicts"] if one["tenant"] == "larkspur-sentinel" and one["first"]]
    archived = [one for one in told if one["verdict"] == "not_searchable"]
    found = [
        one
        for one in larkspur["hits"]
        if place(one).startswith("network/proxy/") and one["at"] < f"{KEPT_SINCE:%Y-%m-%d}"
    ]

    assert {"common-security-log", "defender-xdr-process"} <= {one["scope"] for one in archived}
    assert {(f"{ARCHIVED_SINCE:%Y-%m-%d}", "2023-02-28")} == {(one["first"], one["last"]) for one in archived}
    assert [] == [
        one for one in told if one["verdict"] == "clean" and date.fromisoformat(one["first"]) < KEPT_SINCE.date()
    ]
    assert found


def test_an_event_told_by_several_is_told_as_what_it_is(larkspur: Any, truth: tuple[Sighting, ...]) -> None:
    """As many as were exported and kept, or seen by sensors of two SIEMs: no more is claimed, and none is hidden.

    But for the events that are found beyond those that must be.
    """
    twice = sum(one["repeats"] for one in larkspur["storylines"])
    again, more = _told_again(hits(truth)), len(larkspur["hits"]) - len(hits(truth))

    assert 0 < again <= twice <= again + more
    assert any(f"{twice} hits or more on " in words for words in larkspur["answer"]["because"])


def test_the_page_begins_with_both_customers_the_gravest_first(out: Path, document: Any) -> None:
    page = (out / "report" / "report.html").read_text("utf-8")

    assert ["Larkspur", "Alder"] == [one["customer"] for one in document["summary"]]
    assert page.index('id="summary"') < page.index('href="#c1">Larkspur') < page.index('href="#c2">Alder')
    assert page.index('href="#c2">Alder') < page.index('id="answers"')


def test_no_secret_is_in_a_file_of_the_demo(out: Path) -> None:
    files = [path for path in out.rglob("*") if path.is_file()]
    secrets = [text.encode() for text in (*SECRETS.values(), HUNTER.secret, DEPLOYER.secret, TOKEN.secret)]
    tenants = (out / "tenants.yml").read_text("utf-8")

    assert [] == [path.name for path in files if any(secret in path.read_bytes() for secret in secrets)]
    assert [] == [name for name in SECRETS if f"env:{name}" not in tenants]


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


def _told_again(sightings: Iterable[Sighting]) -> int:
    """Count what is shown to a detection beyond what its best witness shows, per machine and second."""
    shown: dict[tuple[str, datetime], dict[tuple[str, int], Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for one in sightings:
        for number in one.detections:
            shown[one.host.name, one.time.replace(microsecond=0)][NETWORK.get(one.source, ""), number][
                _holder(one)
            ] += 1
    return sum(max(one.total() - max(one.values()) for one in told.values()) for told in shown.values())


def _holder(one: Sighting) -> str:
    """Name who holds it: the files, or the SIEM that its source there begins with."""
    return "files" if "/" in one.file else one.source.partition("_")[0]
