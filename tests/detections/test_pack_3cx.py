"""Laws of the 3CX pack: every rule is parsed and lowered, and decides its own events as the facts say."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from sigma.rule import SigmaRule

from huntline.detections.load import load_pack
from huntline.detections.match import match

PACK = Path(__file__).parents[2] / "detections" / "3cx-2023"
RULES = tuple(sorted(PACK.glob("rules/*/*.yml")))
STEMS = tuple(rule.stem for rule in RULES)
DETECTIONS = {Path(one.file).stem: one for one in load_pack(PACK)[0].detections}
WANTED = {"match": 3, "miss": 5}


def _document(path: Path) -> dict[str, Any]:
    loaded = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    assert isinstance(loaded, dict)
    return loaded


def _events(stem: str, kind: str) -> Iterator[dict[str, Any]]:
    for line in (PACK / "events" / stem / f"{kind}.ndjson").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _fields(event: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Present an event as a platform does: text values, absent = no key, the note of its author left out."""
    return {
        name: tuple(_text(one) for one in (value if isinstance(value, list) else [value]))
        for name, value in event.items()
        if name != "note" and value not in (None, [])
    }


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def test_the_pack_loads_without_a_finding() -> None:
    """A finding would mean a rule left out, a list unused or a tag for no stage: nothing of ours may need an excuse."""
    assert () == load_pack(PACK)[1]


def test_every_rule_file_becomes_a_detection() -> None:
    """A rule that is silently not loaded would be a hunt that silently never looked."""
    assert sorted(STEMS) == sorted(DETECTIONS)


@pytest.mark.parametrize("rule", RULES, ids=STEMS)
def test_every_rule_is_sigma(rule: Path) -> None:
    """The rules are for other tools too, so pySigma must read them, as they are, without an error."""
    parsed = SigmaRule.from_dict(_document(rule), collect_errors=True)

    assert [] == parsed.errors


def test_rule_ids_are_random_and_each_its_own() -> None:
    """Platforms know a detection by its id for ever: a shared or derived one would tie it to another rule."""
    ids = [UUID(_document(rule)["id"]) for rule in RULES]

    assert len(RULES) == len(set(ids))
    assert {4} == {one.version for one in ids}


@pytest.mark.parametrize("rule", RULES, ids=STEMS)
def test_a_rule_lies_in_the_folder_of_its_one_stage(rule: Path) -> None:
    """Two stages would count one event twice in the answer; a wrong folder misleads whoever reviews the rule."""
    stages = [tag for tag in _document(rule)["tags"] if tag.startswith("stage.")]

    assert [f"stage.{rule.parent.name}"] == stages


@pytest.mark.parametrize("rule", RULES, ids=STEMS)
def test_every_rule_tells_an_analyst_what_to_do(rule: Path) -> None:
    """A hit without reasons, references or a way to rule it out is noise."""
    document = _document(rule)

    assert [] == [name for name in ("author", "description", "falsepositives", "references") if not document.get(name)]


def test_every_stage_has_a_rule() -> None:
    """A stage without rules would be told as searched."""
    carried = {rule.parent.name for rule in RULES}

    assert carried == {stage["id"] for stage in _document(PACK / "pack.yml")["stages"]}


@pytest.mark.parametrize("stem", STEMS)
@pytest.mark.parametrize("kind", ["match", "miss"])
def test_every_rule_has_events_and_each_says_why(stem: str, kind: str) -> None:
    """An event without its reason cannot be checked against the facts."""
    events = list(_events(stem, kind))

    assert len(events) >= WANTED[kind]
    assert [] == [event for event in events if not event.get("note")]


def test_events_belong_to_rules() -> None:
    """Events of a renamed rule would no longer prove anything."""
    assert sorted(STEMS) == sorted(folder.name for folder in (PACK / "events").iterdir())


@pytest.mark.parametrize("stem", STEMS)
def test_a_rule_finds_its_matches(stem: str) -> None:
    """What the facts tell of the attack is found, in every spelling a log may have it."""
    predicate = DETECTIONS[stem].predicate

    assert [] == [e["note"] for e in _events(stem, "match") if match(predicate, _fields(e)) is None]


@pytest.mark.parametrize("stem", STEMS)
def test_a_rule_leaves_its_misses_alone(stem: str) -> None:
    """What the facts name as harmless, or as another rule's business, is not found."""
    predicate = DETECTIONS[stem].predicate

    assert [] == [e["note"] for e in _events(stem, "miss") if match(predicate, _fields(e)) is not None]
