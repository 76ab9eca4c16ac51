"""Laws of the 3CX indicators: their grades are those of the facts, and the rules use them, both ways."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from huntline.detections.indicators import HEX, Indicator
from huntline.detections.manifest import read_manifest

ROOT = Path(__file__).parents[2]
PACK = ROOT / "detections" / "3cx-2023"
FACTS = ROOT.parent / "shared" / "facts" / "3cx-incident.yaml"
RULES = tuple(sorted(PACK.glob("rules/*/*.yml")))
MANIFEST = read_manifest(PACK)
INDICATORS = tuple(one for one in MANIFEST.indicators if one.role != "exercise")
"""What the facts speak of; a file of a public exercise, which one rule leaves alone, is not of the incident."""
needs_facts = pytest.mark.skipif(not FACTS.exists(), reason="the fact base is not beside the project")

UNUSED = {
    "memory": "never a file: no log source of a rule carries the hash of a code in memory",
    "icon": "read by the implant into memory and never written; rules go by address and host",
    "related": "Linux malware of the actor against job seekers, not of this compromise",
}
"""Why an indicator fit for alerts is in no rule: by its role, or by its stage."""


@cache
def _document(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


def _detections() -> str:
    return "\n".join(yaml.safe_dump(_document(rule)["detection"], width=10_000) for rule in RULES)


def _lists(text: str) -> set[str]:
    return {name for name in MANIFEST.lists if f"%{name}%" in text}


def _used() -> set[str]:
    """Return every value a rule looks for: by a list, or written out."""
    text = _detections()
    listed = {value for name in _lists(text) for value in MANIFEST.lists[name]}
    return listed | {one.value for one in INDICATORS if one.value in text.lower()}


def _graded(*kinds: str) -> list[Indicator]:
    return [one for one in INDICATORS if one.kind in kinds and one.advice in ("block", "alert")]


def _facts() -> Any:
    return _document(FACTS)


def _stage(told: str) -> str:
    return {"x_trader": "xtrader", "3cx-internal": "vendor"}.get(told, told)


def _addresses(one: Indicator) -> Counter[str]:
    """Count sources by address; those without one are alike."""
    return Counter(MANIFEST.sources[name].url for name in one.sources)


def _told(sources: list[str]) -> Counter[str]:
    return Counter(source if source.startswith("http") else "" for source in sources)


def test_an_indicator_is_there_once() -> None:
    """Two entries of one value could give two pieces of advice."""
    counted = Counter((one.kind, one.value.lower()) for one in INDICATORS)

    assert [] == [value for value, count in counted.items() if count > 1]


def test_an_indicator_says_what_it_is_and_who_published_it() -> None:
    """An analyst weighs a hit by who named the indicator, how sure they were, and what it is fit for."""
    stages = {stage.id for stage in MANIFEST.stages} | {"vendor", "related", "unknown"}
    bare = [
        one.value
        for one in INDICATORS
        if not (one.kind and one.advice and one.sources and one.note and one.updated)
        or one.confidence not in {"confirmed", "single-source"}
        or one.stage not in stages
        or one.platform not in {"windows", "macos", "linux", "any", "unknown"}
    ]

    assert [] == bare


def test_every_source_published_something() -> None:
    """A source of nothing would lend the pack an authority it has not."""
    assert set(MANIFEST.sources) == {name for one in MANIFEST.indicators for name in one.sources}


def test_hashes_and_domains_of_the_rules_are_in_the_data() -> None:
    """A value that lives in a rule only has no source, no grade and no export, and changes in two places."""
    text = _detections().lower()
    values = {one.value for one in MANIFEST.indicators}
    hashes = re.findall(r"\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b", text)
    domains = re.findall(r"(?<![\w.-])(?:[a-z0-9-]+\.)+(?:com|net|org|wiki|site|lk)\b(?!\.)", text)

    assert [] == [one for one in hashes if one not in values]
    assert [] == [one for one in domains if not any(f".{value}".endswith(f".{one}") for value in values)]


def test_what_is_fit_for_alerts_is_in_a_rule() -> None:
    """A graded indicator that nothing looks for looks hunted; each that is left out is left out for a reason."""
    used = _used()
    left = [one for one in _graded("domain", *HEX) if one.value not in used]

    assert [] == [one.value for one in left if not {one.role, one.stage} & set(UNUSED)]


def test_a_reason_for_leaving_out_is_needed() -> None:
    """A reason that no longer holds would hide the next one that is forgotten."""
    used = _used()
    left = [one for one in _graded(*HEX) if one.value not in used]

    assert set(UNUSED) == {name for one in left for name in (one.role, one.stage) if name in UNUSED}


def test_what_alerts_use_is_not_graded_lower() -> None:
    """What is fit for hunts only has rules of its own, whose level says so."""
    grades = {one.value: one.advice for one in INDICATORS}
    loud = [rule for rule in RULES if _document(rule)["level"] not in ("low", "informational")]
    named = {name for rule in loud for name in _lists(yaml.safe_dump(_document(rule)["detection"]))}

    assert {"block", "alert"} >= {grades[value] for name in named for value in MANIFEST.lists[name] if value in grades}


@needs_facts
def test_hashes_are_those_of_the_facts_with_their_grades() -> None:
    """A grade raised by us would be a claim of ours, and a digest with a slip of the pen finds nothing, for ever."""
    told = {
        (kind, digest): (file["platform"], _stage(file["stage"]), file["confidence"], file["advice"])
        for file in _facts()["files"]
        for kind, digest in file["hashes"].items()
    }
    ours = {
        (one.kind, one.value): (one.platform, one.stage, one.confidence, one.advice)
        for one in INDICATORS
        if one.kind in HEX
    }

    assert told == ours


@needs_facts
def test_domains_are_those_of_the_facts_with_their_grades() -> None:
    """The facts recommend 23 for alerts, the rest of the actor's for hunts, and genuine sites never alone."""
    told = {}
    for one in _facts()["network"]["domains"]:
        weak = "hunt-only" if one["actor_controlled"] else "context"
        advice = "alert" if one["id"] <= "D-023" else weak
        told[one["domain"]] = (_stage(one["stage"]), one["confidence"], advice)

    assert told == {one.value: (one.stage, one.confidence, one.advice) for one in INDICATORS if one.kind == "domain"}


@needs_facts
def test_addresses_are_those_of_the_facts() -> None:
    """Neither one forgotten nor one of ours; %d of the icons is 1 to 15."""
    network = _facts()["network"]
    told = {url["url"]: url["confidence"] for url in network["urls"]}
    icons = told.pop("https://raw.githubusercontent.com/IconStorages/images/main/icon%d.ico")
    told |= {f"https://raw.githubusercontent.com/IconStorages/images/main/icon{n}.ico": icons for n in range(1, 16)}
    told = {re.sub(r"^https?://", "", url): sure for url, sure in told.items()}
    ours = {re.sub(r"^https?://", "", one.value): one.confidence for one in INDICATORS if one.kind == "url"}
    packages = {url for url in ours if url.startswith("downloads-global.3cx.com/")}

    assert told == {url: sure for url, sure in ours.items() if url not in packages}
    assert {one["ip"] for one in network["ips"]} == {one.value for one in INDICATORS if one.kind == "ipv4"}


@needs_facts
def test_packages_are_those_of_the_trojanised_builds() -> None:
    """18.11.1213 is clean on Windows: its .msi must not be among them."""
    versions = _facts()["affected_versions"]
    bad = {
        (system, build["version"])
        for system in ("windows", "macos")
        for build in versions[system]
        if build["status"] == "trojanised"
    }
    for kind in ("url", "file-name"):
        named = [one for one in INDICATORS if one.kind == kind and one.stage == "install"]

        assert bad == {(one.platform, re.findall(r"18\.\d+\.\d+", one.value)[0]) for one in named}


@needs_facts
def test_agents_cookies_and_headers_are_those_of_the_facts() -> None:
    """Each of the facts is there, and each of ours is told there."""
    http = _facts()["network"]["http"]
    cookies = " ".join(one["value"] for one in http["cookies_and_headers"])
    ours = [one.value for one in INDICATORS if one.kind in ("cookie", "header")]
    telling = [one.rpartition("boundary=")[2] for one in ours]  # that the form is multipart/form-data is inferred

    assert [one["value"] for one in http["user_agents"]] == [i.value for i in INDICATORS if i.kind == "user-agent"]
    assert [] == [one for one in telling if one.removesuffix("=") not in cookies]
    assert len(http["cookies_and_headers"]) == len(ours) - 1  # one entry of the facts names two cookies


@needs_facts
def test_every_file_and_folder_of_the_facts_has_a_path() -> None:
    """The last part of the path is what an analyst greps for."""
    artefacts = [
        one["value"].replace("<browser history file>", "History")
        for group in _facts()["host_artefacts"].values()
        for one in group
        if one["kind"] in ("file", "directory", "named_pipe")
    ]
    names = {re.split(r"[\\/]", one.value.rstrip("*").rstrip("\\/"))[-1] for one in INDICATORS if "path" in one.kind}
    names |= {one.value for one in INDICATORS if one.kind == "file-name"}

    assert [] == [value for value in artefacts if not any(name.lstrip("*") in value for name in names)]


@needs_facts
def test_sources_are_those_of_the_facts() -> None:
    """Whoever doubts an indicator reads it where it was published."""
    facts = _facts()
    told = {digest: _told(file["sources"]) for file in facts["files"] for digest in file["hashes"].values()}
    told |= {one["domain"]: _told(one["sources"]) for one in facts["network"]["domains"]}
    told |= {one["ip"]: _told(one["sources"]) for one in facts["network"]["ips"]}
    told |= {one["value"]: _told(one["sources"]) for one in facts["network"]["http"]["user_agents"]}
    ours = {one.value: _addresses(one) for one in INDICATORS if one.kind in (*HEX, "domain", "ipv4", "user-agent")}

    assert told == ours


def _files(*numbers: int) -> set[str]:
    ids = {f"F-{number:03}" for number in numbers}
    return {digest for file in _facts()["files"] if file["id"] in ids for digest in file["hashes"].values()}


HASH_LISTS = {
    "client_hashes_windows": (*range(9, 21), *range(22, 28)),  # not F-021, which names no build
    "client_hashes_macos": range(90, 95),
    "package_hashes": (1, 2, 3, *range(83, 87)),
    "sideload_hashes": (4, 5, 8),  # both builds of ffmpeg.dll: public rules forget the second
    "macos_stage_hashes": (87, 88, 89, 95),
    "xtrader_hashes": range(59, 69),
    "follow_on_hashes": (*range(69, 83), 96, 97, 98),
    "hunt_hashes": (6, 7, 21, 29, *range(33, 37), *range(40, 44), *range(99, 105)),
}


@needs_facts
@pytest.mark.parametrize("name", HASH_LISTS)
def test_a_list_of_hashes_holds_the_files_it_is_named_for(name: str) -> None:
    """A missing hash is a missed build; one that names no build must not say that an affected one was present."""
    assert _files(*HASH_LISTS[name]) == set(MANIFEST.lists[name])


@needs_facts
def test_lists_of_domains_hold_the_grades_they_are_named_for() -> None:
    """The servers in the vendor's network are those of the follow-on implants."""
    named = {one["id"]: one["domain"] for one in _facts()["network"]["domains"]}
    ids = {
        "c2_domains": range(1, 24),
        "c2_domains_hunt": range(24, 29),
        "unc4736_domains": (1, 4, 8, 23),
    }

    assert {name: {named[f"D-{n:03}"] for n in numbers} for name, numbers in ids.items()} == {
        name: set(MANIFEST.lists[name]) for name in ids
    }
