"""A pack says its grades, joins and splits in a file of its own; what cannot be meant is refused in its place."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.report.campaign import CHAIN
from engine.report.estate import case
from huntline.detections.load import lint_pack, load_pack
from huntline.detections.locate import find_pack
from huntline.errors import PackError
from huntline.model.chain import NO_CHAIN
from huntline.model.jsonable import chain_json, chain_of, pack_json, told_of
from huntline.report.joins import picked
from huntline.report.subject import subject_of

PACK = """\
id: sample
title: Sample
stages:
  - {id: here, title: Here, answer: It was here.}
  - {id: tried, title: Tried, answer: It tried.}
milestones:
  - {at: 2023-03-29T00:00:00Z, note: Public by then.}
storylines: storylines.yml
"""
GOOD = """\
grades:
  - {id: here, title: Here, stages: [here]}
  - {id: tried, title: Tried, stages: [tried], expects: [here]}
joins:
  - id: delay
    title: Delay
    start: {what: a build, stages: [here], products: [windows]}
    follow: {what: a call, stages: [tried], level: medium}
    days: {least: 7, most: 28}
    within: Fits.
    sooner: Too soon.
    later: Too late.
    no_follow: No call.
    no_start: No build.
splits:
  - {milestone: 2023-03-29T02:00:00+02:00, stages: [tried], before: Early., after: Late.}
"""
RULE = """\
title: A rule
logsource: {product: windows, category: process_creation}
detection: {s: {Image: x}, condition: s}
tags: [stage.here]
"""


def written(folder: Path, said: str, *, pack: str = PACK) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "pack.yml").write_text(pack, encoding="utf-8")
    (folder / "storylines.yml").write_text(said, encoding="utf-8")
    (folder / "rule.yml").write_text(RULE, encoding="utf-8")
    return folder


def test_what_the_file_says_is_what_the_pack_holds_and_the_file_is_no_rule(tmp_path: Path) -> None:
    """It lies among rules, so the loader must not take it for one."""
    pack, findings = load_pack(written(tmp_path / "p", GOOD))
    join, split = pack.chain.joins[0], pack.chain.splits[0]

    assert () == findings
    assert [("here", ()), ("tried", ("here",))] == [(grade.id, grade.expects) for grade in pack.chain.grades]
    assert (timedelta(days=7), timedelta(days=28)) == (join.least, join.most)
    assert (("windows",), (), "informational", "medium") == (
        join.start.products,
        join.follow.products,
        join.start.level,
        join.follow.level,
    )
    assert datetime(2023, 3, 29, tzinfo=UTC) == split.at


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "problem"),
    [
        ("stages: [tried], expects", "stages: [gone], expects", 3, "grades.1.stages.0", "'gone' is not in pack.yml"),
        ("stages: [tried], expects", "stages: [here, tried], expects", 1, "grades", "each stage of pack.yml once"),
        ("{id: here, title: Here", "{id: tried, title: Here", 3, "grades.1.id", "is there twice"),
        ("expects: [here]", "expects: [tried]", 3, "grades.1.expects.0", "no grade before this one"),
        ("least: 7, most: 28", "least: 29, most: 28", 9, "joins.0.days", "at least as many days"),
        ("least: 7", "least: -1", 9, "joins.0.days.least", "greater than or equal"),
        ("level: medium", "level: middling", 8, "joins.0.follow.level", "Input should be"),
        ("stages: [here], products", "stages: [gone], products", 7, "joins.0.start.stages.0", "is not in pack.yml"),
        ("2023-03-29T02", "2023-03-30T02", 16, "splits.0.milestone", "is no milestone of pack.yml"),
        ("    sooner: Too soon.\n", "", 5, "joins.0.sooner", "Field required"),
        ("splits:", "splitz:", 15, "splitz", "not permitted"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_file_line_and_key(
    tmp_path: Path, old: str, new: str, line: int, key: str, problem: str
) -> None:
    """A typo must not become a silence in the report."""
    assert old in GOOD
    with pytest.raises(PackError, match=problem) as caught:
        load_pack(written(tmp_path / "p", GOOD.replace(old, new, 1)))

    assert ("storylines.yml", line, key) == (caught.value.file, caught.value.line, caught.value.key)


@pytest.mark.parametrize("file", ["../storylines.yml", "/etc/storylines.yml", "gone.yml"])
def test_a_file_outside_the_pack_or_missing_is_refused(tmp_path: Path, file: str) -> None:
    """A pack comes from anywhere and must not read its reader's files."""
    with pytest.raises(PackError):
        load_pack(written(tmp_path / "p", GOOD, pack=PACK.replace("storylines.yml", file)))


def test_lint_tells_a_broken_storylines_file_as_a_finding(tmp_path: Path) -> None:
    found = lint_pack(written(tmp_path / "p", "grades: nothing\n"))

    assert [("error", "storylines.yml", "grades")] == [(one.severity, one.file, one.key) for one in found]


def test_what_a_pack_says_comes_back_from_json_whole() -> None:
    """The report reads the ledger, not the pack."""
    assert CHAIN == chain_of(json.loads(json.dumps(chain_json(CHAIN))))


def test_a_ledger_of_before_has_packs_that_say_nothing() -> None:
    assert NO_CHAIN == chain_of({})


def test_another_word_in_the_file_is_another_pack(tmp_path: Path) -> None:
    """The hash is of all that changes what is said."""
    one, _ = load_pack(written(tmp_path / "a", GOOD))
    two, _ = load_pack(written(tmp_path / "b", GOOD.replace("Too soon.", "Far too soon.")))

    assert one.hash != two.hash


def test_our_own_pack_says_the_delays_split_and_grades_of_the_incident() -> None:
    """Windows 7 to 28 days, macOS 7 to 20; the news came on 29 March; payload < hands-on < follow-on."""
    chain = load_pack(find_pack(None))[0].chain
    spans = {join.id: (join.least.days, join.most.days) for join in chain.joins}
    order = [grade.id for grade in chain.grades]

    assert {"delay-windows": (7, 28), "delay-macos": (7, 20)} == spans
    assert [datetime(2023, 3, 29, tzinfo=UTC)] == [split.at for split in chain.splits]
    assert ["build-present", "beacon-tried", "payload", "hands-on", "follow-on"] == order[-5:]


def test_every_second_step_of_our_own_joins_has_rules_and_no_file_event_is_one() -> None:
    """A join whose pick fits no rule never speaks; what lies on a disk was no call."""
    pack = load_pack(find_pack(None))[0]
    told = tuple(map(told_of, pack_json(pack)["detections"]))
    subject = subject_of(case(stages=pack.stages, detections=told, cells=()))
    kinds = {
        join.id: {subject.told[name].logsource.category for name in picked(subject, join.follow)}
        for join in pack.chain.joins
    }

    assert {"dns", "dns_query", "network_connection", "proxy"} == kinds["delay-windows"]
    assert {"dns", "proxy"} <= kinds["delay-macos"] <= {"dns", "dns_query", "network_connection", "proxy"}
