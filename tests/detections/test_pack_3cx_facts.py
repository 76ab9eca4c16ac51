"""Laws of the 3CX pack against the fact base it is written from, where that lies beside the project."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PACK = ROOT / "detections" / "3cx-2023"
FACTS = ROOT.parent / "shared" / "facts" / "3cx-incident.yaml"
LISTS = tuple(sorted(PACK.glob("indicators/*.yml")))
RULES = tuple(sorted(PACK.glob("rules/*/*.yml")))
needs_facts = pytest.mark.skipif(not FACTS.exists(), reason="the fact base is not beside the project")


@cache
def _document(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


def _values(name: str) -> list[dict[str, Any]]:
    values = _document(PACK / "indicators" / f"{name}.yml")["values"]
    assert isinstance(values, list)
    return values


def _hashes(*ids: str) -> set[str]:
    return {digest for file in _document(FACTS)["files"] if file["id"] in ids for digest in file["hashes"].values()}


@pytest.mark.parametrize("path", LISTS, ids=lambda p: p.stem)
def test_a_list_names_a_value_once(path: Path) -> None:
    """Two entries of one value could give two pieces of advice."""
    folded = [entry["value"].lower() for entry in _document(path)["values"]]

    assert sorted(set(folded)) == sorted(folded)


@pytest.mark.parametrize("path", LISTS, ids=lambda p: p.stem)
def test_an_indicator_says_who_published_it(path: Path) -> None:
    """An analyst weighs a hit by who named the indicator and how sure they were."""
    bare = [
        entry["value"]
        for entry in _document(path)["values"]
        if not entry["sources"] or entry["confidence"] not in {"confirmed", "single-source"}
    ]

    assert [] == bare


@needs_facts
def test_the_domains_are_those_fit_for_alerts() -> None:
    """The facts recommend the 21 of all lists with msedgeupdate.net and msboxonline.com; the rest would cry wolf."""
    named = {domain["domain"] for domain in _document(FACTS)["network"]["domains"] if domain["id"] <= "D-023"}

    assert named == {entry["value"] for entry in _values("c2-domains")}


@needs_facts
def test_the_client_hashes_are_those_of_the_affected_builds() -> None:
    """A missing hash is a missed build; one that names no build must not say that an affected one was present."""
    clients = [f"F-{number:03}" for number in (*range(9, 21), *range(22, 28))]

    assert _hashes(*clients) == {entry["value"] for entry in _values("client-hashes")}


@needs_facts
def test_the_library_hashes_are_those_of_the_three_trojanised_files() -> None:
    """Two builds of ffmpeg.dll (public rules forget the second) and the carrier of the next stage."""
    assert _hashes("F-004", "F-005", "F-008") == {entry["value"] for entry in _values("sideload-hashes")}


@needs_facts
def test_an_indicator_is_as_sure_as_the_facts() -> None:
    """A confidence raised by us would be a claim of ours."""
    facts = _document(FACTS)
    sure = {domain["domain"]: domain["confidence"] for domain in facts["network"]["domains"]}
    sure |= {digest: file["confidence"] for file in facts["files"] for digest in file["hashes"].values()}
    sure |= {file["name"]: file["confidence"] for file in facts["files"]}
    # Its sibling of the other build is in the facts; the name follows from it.
    sure["3CXDesktopApp-18.12.407-full.nupkg"] = "single-source"
    ours = {entry["value"]: entry["confidence"] for path in LISTS for entry in _document(path)["values"]}

    assert {value: sure[value] for value in ours} == ours


@needs_facts
@pytest.mark.parametrize("rule", RULES, ids=lambda p: p.stem)
def test_what_a_rule_names_is_in_the_facts(rule: Path) -> None:
    """A hash, host or build number with a slip of the pen finds nothing, for ever, and nobody notices."""
    text = yaml.safe_dump(_document(rule)["detection"])
    named = re.findall(r"\b[0-9a-fA-F]{32,64}\b|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|net|org|wiki)\b", text)
    named += re.findall(r"\b18\.\d+\.\d{3,4}\b", text)
    known = FACTS.read_text(encoding="utf-8").lower()

    assert [] == [one for one in named if one.lower() not in known]


@needs_facts
def test_the_builds_are_the_trojanised_ones_of_windows() -> None:
    """Clean 18.12.422 and .425 share their prefix, and 18.11.1213 is affected on macOS only."""
    bad = {one["version"] for one in _document(FACTS)["affected_versions"]["windows"] if one["status"] == "trojanised"}
    stems = (
        "proc_creation_win_malware_3cx_affected_build_version",
        "proc_creation_win_malware_3cx_affected_build_update",
    )
    rules = {stem: yaml.safe_dump(_document(PACK / "rules" / "install" / f"{stem}.yml")["detection"]) for stem in stems}

    assert dict.fromkeys(stems, bad) == {
        stem: set(re.findall(r"18\.\d+\.\d{3,4}", text)) for stem, text in rules.items()
    }


@needs_facts
@pytest.mark.parametrize("rule", RULES, ids=lambda p: p.stem)
def test_references_are_sources_of_the_facts(rule: Path) -> None:
    """A reference nobody read for the facts would lend a rule an authority it has not."""
    known = FACTS.read_text(encoding="utf-8")

    assert [] == [url for url in _document(rule)["references"] if url not in known]
