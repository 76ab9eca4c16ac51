"""Sigma's meaning, case by case: we are held to the specification, foreign engines vote, dissent is settled in the data."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
import yaml

from detections import voters
from huntline.detections.load import load_pack
from huntline.detections.lower import lower
from huntline.detections.match import match
from huntline.detections.refusal import NotLowered
from huntline.model.pack import Detection

TRUTH: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "meaning.yml").read_text(encoding="utf-8"))
EVENTS: dict[str, dict[str, Any]] = TRUTH["events"]
CASES: dict[str, dict[str, Any]] = TRUTH["cases"]
DISSENT: dict[str, dict[str, dict[str, Any]]] = TRUTH["dissent"]
LOGSOURCE = {"product": "windows"}


@pytest.fixture(scope="module")
def lowered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Detection]:
    """Every case as a rule of one pack, by its title."""
    folder = tmp_path_factory.mktemp("pack")
    # Packs keep their lists in a folder that is not searched for rules.
    (folder / "indicators").mkdir()
    for name, values in TRUTH["lists"].items():
        _write(folder / "indicators" / f"{name}.yml", {"values": values})
    indicators = {name: f"indicators/{name}.yml" for name in TRUTH["lists"]}
    stage = {"id": "s", "title": "S", "answer": "S"}
    _write(folder / "pack.yml", {"id": "truth", "title": "T", "stages": [stage], "indicators": indicators})
    for name in CASES:
        rule = _rule(name)
        extra = rule.pop("filter", None)
        _write(folder / f"{name}.yml", rule)
        if extra:
            told = {"rules": [rule["id"]], **extra}
            _write(folder / f"{name}.filter.yml", {"title": "f", "logsource": LOGSOURCE, "filter": told})
    pack, findings = load_pack(folder)

    assert () == findings
    return {detection.title: detection for detection in pack.detections}


def test_there_is_a_case_for_every_feature() -> None:
    """A feature without a case is a feature nobody has checked."""
    assert len(CASES) >= 60


@pytest.mark.parametrize("name", CASES)
def test_a_rule_matches_what_the_specification_says(name: str, lowered: dict[str, Detection]) -> None:
    """The expected ids were written from the specification, not from an engine."""
    found = [event for event in EVENTS if match(lowered[name].predicate, _fields(event)) is not None]

    assert CASES[name]["expect"] == found


@pytest.mark.parametrize("name", CASES)
def test_a_match_shows_only_what_the_event_holds(name: str, lowered: dict[str, Detection]) -> None:
    """Evidence is quoted in a report: it must stand in the event as it is."""
    for event in CASES[name]["expect"]:
        fields = _fields(event)
        found = match(lowered[name].predicate, fields) or ()

        assert [] == [pair for pair in found if pair[1] not in fields[pair[0]]]


@pytest.mark.parametrize("name", CASES)
def test_a_match_rests_on_a_branch_whose_fields_are_all_there(name: str, lowered: dict[str, Detection]) -> None:
    """Without a filled branch a day is blind; were this untrue, a day with a hit could be."""
    for event in CASES[name]["expect"]:
        held = {"", *_fields(event)}

        assert [] != [branch for branch in lowered[name].branches if held.issuperset(branch.fields)]


@pytest.mark.parametrize("name", CASES)
def test_every_dissent_of_a_voter_is_known_and_settled(name: str) -> None:
    """Strict both ways: a new dissent fails, and so does a listed one that has vanished."""
    votes = {
        "azuma": voters.azuma(_rule(name), EVENTS),
        "sqlite": voters.sqlite(_rule(name), EVENTS, TRUTH["lists"]),
    }
    dissent = {voter: vote for voter, vote in votes.items() if vote != CASES[name]["expect"]}

    assert {voter: told["vote"] for voter, told in DISSENT.get(name, {}).items()} == dissent


@pytest.mark.parametrize("name", TRUTH["refused"])
def test_what_has_no_meaning_here_is_refused_by_name(name: str) -> None:
    """A modifier that is guessed or dropped is a hit that is missed."""
    case = TRUTH["refused"][name]
    rule = {"title": name, "logsource": LOGSOURCE, "detection": case["detection"]}

    with pytest.raises(NotLowered) as refusal:
        lower(rule, {})

    assert case["code"] == refusal.value.code


def test_every_dissent_names_a_case_and_the_point_that_settles_it() -> None:
    """A dissent without a reason is a defect of ours until proven otherwise."""
    settled = {point for told in DISSENT.values() for point in (one["settled"] for one in told.values())}

    assert set() == set(DISSENT) - set(CASES)
    assert set(TRUTH["points"]) == settled


def _rule(name: str) -> dict[str, Any]:
    case = CASES[name]
    told = {"filter": case["filter"]} if "filter" in case else {}
    return {
        "title": name,
        "id": str(uuid5(NAMESPACE_URL, name)),
        "logsource": LOGSOURCE,
        "detection": case["detection"],
        **told,
    }


def _fields(event: str) -> dict[str, tuple[str, ...]]:
    return {name: (str(value),) for name, value in EVENTS[event].items() if value is not None}


def _write(path: Path, data: Any) -> None:
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
