"""Laws of the comparison with every public detection: each is covered, proved by events, or left out for a reason."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from detections.public.compare import PACK, firing, holds, match_events, rules, standing, theirs
from detections.public.load import FILES, HERE, Example, Part, Public, Row, load_public, load_rows, short_names
from detections.public.page import page
from huntline.detections.manifest import read_manifest
from huntline.model.pack import Detection

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "public-coverage.md"
FACTS = ROOT.parent / "shared" / "facts" / "3cx-incident.yaml"
UNPUBLISHED = "8d8bd9e1259c681bb843f571bf35ab70c94aeb75946b13d95d64857179fb476f"
"""Made up: the client of a build whose hash nobody published."""

PUBLIC = load_public()
RULES = tuple(rules().values())
needs_facts = pytest.mark.skipif(not FACTS.exists(), reason="the fact base is not beside the project")
each_public = pytest.mark.parametrize("one", PUBLIC, ids=lambda one: one.id)
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: Path(rule.file).stem)
each_row = pytest.mark.parametrize("row", load_rows(), ids=lambda row: f"{row.number}-{row.what}")


@cache
def _facts() -> Any:
    return yaml.load(FACTS.read_text(encoding="utf-8"), yaml.CSafeLoader)


def _examples(one: Public, kind: str) -> list[tuple[Part, Example]]:
    return [(part, example) for part in one.parts for example in getattr(part, kind)]


def _names(ids: frozenset[str]) -> list[str]:
    return sorted(rules()[one].title for one in ids)


def test_every_id_is_there_once() -> None:
    """62 were found; a detection told twice or forgotten would make the counts a claim."""
    assert [f"P-{number:02}" for number in range(1, 63)] == [one.id for one in PUBLIC]


@needs_facts
def test_publisher_sets_and_names_are_those_of_the_facts() -> None:
    """A detection under another name could not be looked up."""
    told = [(one["ref"], one["set"], one["name"]) for one in _facts()["public_detections"]]

    assert told == [(one.id, one.set, one.name) for one in PUBLIC]


@needs_facts
@each_public
def test_a_link_leads_to_the_address_of_the_facts(one: Public) -> None:
    """Whoever doubts our description reads the original."""
    address = {told["ref"]: told["address"] for told in _facts()["public_detections"]}[one.id]
    repository, _, path = address.partition(": ")
    if address.startswith("https://"):
        assert address == one.link
    elif re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        kind = "tree" if path.endswith("/") else "blob"
        assert f"https://github.com/{repository}{path and f'/{kind}/HEAD/{quote(path)}'}" == one.link
    else:
        assert one.link in FACTS.read_text(encoding="utf-8")


@needs_facts
@pytest.mark.parametrize("file", [*FILES, "lists"])
def test_hashes_and_names_are_in_the_facts(file: str) -> None:
    """A slip of the pen would describe a detection that nobody published."""
    known = FACTS.read_text(encoding="utf-8").lower()

    assert [] == [one for one in _values(file) if one not in known]


@pytest.mark.parametrize("file", [*FILES, "lists"])
def test_every_value_they_look_for_is_looked_for_by_ours(file: str) -> None:
    """One event proves one value of a list; what ours leaves is code in memory, or a genuine site that means nothing alone."""
    manifest = read_manifest(PACK)
    ours = {value for values in manifest.lists.values() for value in values}
    left = {one.value for one in manifest.indicators if one.role == "memory" or one.advice == "context"}

    assert [] == [one for one in _values(file) if one not in ours | left]


def _values(file: str) -> list[str]:
    """Return the hashes of a file, and the names it lists."""
    text = (HERE / f"{file}.yml").read_text(encoding="utf-8").lower()
    hashes = re.findall(r"(?<![/0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b", text)
    names = re.findall(r"^  - '?([a-z0-9.-]+\.(?:com|net|org|wiki|site))'?$", text, re.MULTILINE)
    return [one for one in hashes + names if one != UNPUBLISHED]


@needs_facts
@each_public
def test_a_weakness_of_the_facts_is_shown(one: Public) -> None:
    """It is why an analyst would take ours; fairness asks that it be an event and not a word of ours, where it can be."""
    told = {told["ref"]: told.get("weakness") for told in _facts()["public_detections"]}[one.id]

    assert not told or one.limits or _examples(one, "wider") or _examples(one, "narrower")


@each_public
def test_what_is_not_covered_has_a_reason(one: Public) -> None:
    """An open gap looks like a covered one."""
    assert one.covered or len(one.reason) > 40


@pytest.mark.parametrize("one", [one for one in PUBLIC if one.scan], ids=lambda one: one.id)
def test_a_scan_is_covered_in_part_at_best(one: Public) -> None:
    """It knows bytes that no log holds; who would drop it for ours must be told."""
    assert one.reason
    assert one.better


@each_public
def test_events_satisfy_theirs_in_a_log_that_it_reads(one: Public) -> None:
    """Else it would be our own rule that is proved, and not that it covers theirs."""
    kinds = ("events", "wider", "gaps")

    assert [] == [e.note for k in kinds for p, e in _examples(one, k) if not holds(p, e.logsource, e.fields)]


@each_public
def test_exactly_the_named_rules_of_ours_fire(one: Public) -> None:
    """A rule named in vain would be a false claim; one that fires unnamed is noise that nobody weighed."""
    examples = [example for kind in ("events", "narrower") for _, example in _examples(one, kind)]

    assert [] == [example.note for example in examples if not example.ours]
    assert [(e.note, _names(e.ours)) for e in examples] == [
        (e.note, _names(firing(e.logsource, e.fields))) for e in examples
    ]


@each_public
def test_what_is_wider_than_the_facts_fires_none_of_ours(one: Public) -> None:
    """A clean build, a backup, somebody else's name: the noise that ours spares."""
    examples = [example for kind in ("wider", "gaps") for _, example in _examples(one, kind)]

    assert [] == [(e.note, names) for e in examples if (names := _names(firing(e.logsource, e.fields)))]


@each_public
def test_what_theirs_misses_satisfies_no_part_of_it(one: Public) -> None:
    """A claim against somebody else's work has to stand."""
    missed = [example for _, example in _examples(one, "narrower")]

    assert [] == [e.note for e in missed if one in theirs(e.logsource, e.fields)]


@each_rule
def test_a_rule_of_ours_is_shared_or_ours_alone_and_either_is_proved(rule: Detection) -> None:
    """A rule that only seems to be ours alone lacks an event of the public detection that sees the same."""
    assert standing(rule) is not None


@each_row
def test_what_the_facts_say_nobody_reads_nobody_reads(row: Row) -> None:
    """The best reason to take our rules must be the best proved."""
    for rule in (rules()[one] for one in row.ours):
        if row.without:
            assert [] == [dict(fields) for fields in match_events(rule) if not _ours_tells(rule, fields, row)]
        else:
            assert "none" == standing(rule)


def _ours_tells(rule: Detection, fields: Mapping[str, tuple[str, ...]], row: Row) -> bool:
    """Tell whether a change silences ours and leaves every public rule over logs as it was."""
    changed = {**fields, **row.without}
    seen, still = ([one.id for one in theirs(rule.logsource, event) if not one.scan] for event in (fields, changed))
    return seen == still and rule.id not in firing(rule.logsource, changed)


@needs_facts
def test_claims_are_rows_that_the_facts_mark() -> None:
    """The table of the facts decides which claims are made, not we."""
    table = (FACTS.parent / "README.md").read_text(encoding="utf-8")
    marked = re.findall(r"^\| (\d+) \|.*\*\*none", table, re.MULTILINE)

    assert sorted(map(int, marked)) == sorted({row.number for row in load_rows()})


def test_short_names_are_used_and_name_rules() -> None:
    """A name of a rule that is gone would prove nothing."""
    used = {
        rule for one in PUBLIC for kind in ("events", "narrower") for _, e in _examples(one, kind) for rule in e.ours
    }
    used |= {rule for row in load_rows() for rule in row.ours}

    assert used == set(short_names().values())
    assert used <= set(rules())


def test_the_page_is_what_data_and_pack_say() -> None:
    """HUNTLINE_REWRITE=1 writes it anew; an engineer decides by it what to deploy beside ours."""
    wanted = page()
    if os.environ.get("HUNTLINE_REWRITE"):
        PAGE.write_text(wanted, encoding="utf-8")

    assert wanted == PAGE.read_text(encoding="utf-8")
