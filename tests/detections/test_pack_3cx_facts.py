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
RULES = tuple(sorted(PACK.glob("rules/*/*.yml")))
needs_facts = pytest.mark.skipif(not FACTS.exists(), reason="the fact base is not beside the project")


@cache
def _document(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


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
