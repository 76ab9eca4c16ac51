"""Laws of the 3CX pack's events: a rule with one thing in it wrong fails one of the rule's own events."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from detections.mutants import Mutant, mutants
from huntline.detections.indicators import Indicator
from huntline.detections.lower import lower_detection
from huntline.detections.manifest import read_manifest
from huntline.detections.match import match
from huntline.model.predicate import Predicate

PACK = Path(__file__).parents[2] / "detections" / "3cx-2023"
RULES = {rule.stem: rule for rule in sorted(PACK.glob("rules/*/*.yml"))}
MANIFEST = read_manifest(PACK)
KNOWN: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("mutants_known.yml").read_text("utf-8"))
EQUIVALENT = [name for reason in KNOWN for name in reason["mutants"]]

TOY: Mapping[str, Any] = {
    "selection": {"Image|endswith": ["\\a.exe", "\\b.exe"], "User": "x"},
    "choice": [{"Text|contains|all|cased": ["/p", "q:"]}, {"Hashes|contains|expand": "%hashes%"}],
    "filter": {"Image|startswith": "C:\\"},
    "condition": "selection and (choice or not filter)",
}
HASHES = (Indicator("00", kind="md5"), Indicator("11", kind="sha1"))


@pytest.mark.parametrize("stem", RULES)
def test_every_mutant_fails_an_event_of_its_rule(stem: str) -> None:
    """Where none fails, nobody would notice that the rule has become another one; add the event that tells, or say why not."""
    assert [] == [name for name in _survivors(stem) if name not in EQUIVALENT]


def test_a_mutant_that_is_called_equivalent_is_made_and_lives() -> None:
    """An excuse that is no longer needed would cover the next mutant of that name."""
    assert [] == sorted(set(EQUIVALENT) - {name for stem in RULES for name in _survivors(stem)})


def test_every_excuse_is_given_once_and_says_why() -> None:
    """Two reasons for one mutant would be two opinions."""
    assert [] == [name for name, times in Counter(EQUIVALENT).items() if times > 1]
    assert [] == [reason["mutants"] for reason in KNOWN if not reason["why"]]


@pytest.mark.parametrize("stem", RULES)
def test_a_rule_has_mutants_each_under_its_own_name(stem: str) -> None:
    """A rule without mutants would pass unproved, and a name for two would excuse both."""
    names = [mutant.name for mutant in _mutants(stem)]

    assert names
    assert [] == [name for name, times in Counter(names).items() if times > 1]


def test_each_part_of_a_rule_is_made_wrong_in_each_way() -> None:
    """A kind of slip that is no longer made would never be missed: all would look killed."""
    made = [one.name for one in mutants(TOY, {"hashes": HASHES, "unused": HASHES}, {"Image", "User"})]

    assert EXPECTED.strip().splitlines() == made


EXPECTED = r"""
condition: (selection and (choice or not filter)) by or
condition: without selection
condition: without (choice or not filter)
condition: (choice or not filter) by and
condition: without choice
condition: without not filter
condition: not filter without its not
selection: any of its items
selection: without Image|endswith
selection: without User
selection: Image|endswith without \a.exe
selection: Image|endswith without \b.exe
selection: Image|endswith all of its values
selection: Image|endswith of User
selection: Image|endswith of NoSuchField
selection: Image|endswith endswith -> contains
selection: Image|endswith endswith -> exact
selection: Image|endswith cased
selection: Image|endswith without what stands before
selection: User of Image
selection: User of NoSuchField
selection: User exact -> contains
selection: User exact -> startswith
selection: User exact -> endswith
selection: User cased
choice: without [Text|contains|all|cased: ['/p', 'q:']]
choice: [Text|contains|all|cased: ['/p', 'q:']] Text|contains|all|cased without /p
choice: [Text|contains|all|cased: ['/p', 'q:']] Text|contains|all|cased without q:
choice: [Text|contains|all|cased: ['/p', 'q:']] Text|contains|all|cased any of its values
choice: [Text|contains|all|cased: ['/p', 'q:']] Text|contains|all|cased of Image
choice: [Text|contains|all|cased: ['/p', 'q:']] Text|contains|all|cased of User
choice: [Text|contains|all|cased: ['/p', 'q:']] Text|contains|all|cased of NoSuchField
choice: [Text|contains|all|cased: ['/p', 'q:']] Text|contains|all|cased contains -> startswith
choice: [Text|contains|all|cased: ['/p', 'q:']] Text|contains|all|cased contains -> endswith
choice: [Text|contains|all|cased: ['/p', 'q:']] Text|contains|all|cased contains -> exact
choice: [Text|contains|all|cased: ['/p', 'q:']] Text|contains|all|cased without cased
choice: [Text|contains|all|cased: ['/p', 'q:']] Text|contains|all|cased without what stands before
choice: [Text|contains|all|cased: ['/p', 'q:']] Text|contains|all|cased without what stands behind
choice: without [Hashes|contains|expand: %hashes%]
choice: [Hashes|contains|expand: %hashes%] Hashes|contains|expand of Image
choice: [Hashes|contains|expand: %hashes%] Hashes|contains|expand of User
choice: [Hashes|contains|expand: %hashes%] Hashes|contains|expand of NoSuchField
choice: [Hashes|contains|expand: %hashes%] Hashes|contains|expand contains -> startswith
choice: [Hashes|contains|expand: %hashes%] Hashes|contains|expand contains -> endswith
choice: [Hashes|contains|expand: %hashes%] Hashes|contains|expand contains -> exact
choice: [Hashes|contains|expand: %hashes%] Hashes|contains|expand cased
filter: Image|startswith of User
filter: Image|startswith of NoSuchField
filter: Image|startswith startswith -> contains
filter: Image|startswith startswith -> exact
filter: Image|startswith cased
filter: Image|startswith without what stands behind
%hashes%: empty
%hashes%: without kind md5
%hashes%: without kind sha1
"""


def test_a_mutant_is_the_rule_but_for_what_its_name_says() -> None:
    """Else it might be killed for something else."""
    made = {one.name: one for one in mutants(TOY, {"hashes": HASHES}, ())}

    wider = made["selection: Image|endswith endswith -> contains"]
    plain = made["condition: not filter without its not"]
    short = made["%hashes%: without kind md5"]

    assert {**TOY, "selection": {"Image|contains": ["\\a.exe", "\\b.exe"], "User": "x"}} == wider.detection
    assert {**TOY, "condition": "(selection and (choice or filter))"} == plain.detection
    assert (TOY, {"hashes": ("11",)}) == (short.detection, short.lists)


@cache
def _survivors(stem: str) -> tuple[str, ...]:
    """Return the mutants that decide every event of a rule as the rule does; one that lowers to the rule is none."""
    own = lower_detection(_detection(stem), MANIFEST.lists, place=())
    lowered = {m.name: lower_detection(m.detection, m.lists, place=()) for m in _mutants(stem)}
    return tuple(f"{stem} | {name}" for name, one in lowered.items() if one != own and not _killed(stem, one))


def _killed(stem: str, mutant: Predicate) -> bool:
    lost = any(match(mutant, event) is None for event in _events(stem, "match"))
    return lost or any(match(mutant, event) is not None for event in _events(stem, "miss"))


@cache
def _mutants(stem: str) -> tuple[Mutant, ...]:
    fields = {field for event in _events(stem, "match") for field in event}
    return tuple(mutants(_detection(stem), MANIFEST.selections, fields))


@cache
def _detection(stem: str) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.load(RULES[stem].read_text("utf-8"), yaml.CSafeLoader)["detection"]
    return loaded


@cache
def _events(stem: str, kind: str) -> tuple[dict[str, tuple[str, ...]], ...]:
    """Present the events as a platform does: text values, absent = no key; times and notes of the author left out."""
    lines = (PACK / "events" / stem / f"{kind}.ndjson").read_text("utf-8").splitlines()
    return tuple(_fields(json.loads(line)) for line in lines)


def _fields(event: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(one if isinstance(one, str) else json.dumps(one) for one in _values(value))
        for name, value in event.items()
        if name not in ("note", "@timestamp", "UtcTime", "ts") and value not in (None, [])
    }


def _values(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
