"""A made-up campaign with grades, a delay and a split, over the small company of the report's tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.report.estate import AGENT, BEACON, BUILD, LOOKUP, PRESENT, TAKEDOWN, case, told
from huntline.model.case import Case, Hit
from huntline.model.chain import Chain, Grade, Join, Pick, Split
from huntline.model.pack import LogSource
from huntline.report.findings import Answer, answer
from huntline.report.grid import tracks
from huntline.report.storylines import Storyline, storylines
from huntline.report.subject import subject_of

DAY = timedelta(days=1)
START = datetime(2023, 3, 5, 8, tzinfo=UTC)
WEB = told("controller-asked-by-proxy", BEACON, LogSource("", "proxy"))
HUNCH = told("name-looked-up-perhaps", BEACON, LogSource("windows", "dns_query"), level="low")
MAC_BUILD = told("affected-mac-build-runs", PRESENT, LogSource("macos", "process_creation"))

DELAY = Join(
    id="delay",
    title="Delay of the implant",
    start=Pick("a build", ("present",), ("windows",), ("process_creation",), "informational"),
    follow=Pick("the first call", ("beacon",), ("windows", "*"), ("dns_query", "proxy"), "medium"),
    least=7 * DAY,
    most=28 * DAY,
    within="It sleeps that long.",
    sooner="It would still have slept.",
    later="It would have called before.",
    no_follow="No call was seen on the days it was due.",
    no_start="No build was seen to run.",
)
SPLIT = Split(TAKEDOWN.at, ("beacon",), "Nobody knew of it yet.", "Often a researcher looked.")
GRADES = (
    Grade("here", "Build here", ("present",), ()),
    Grade("tried", "Call tried", ("beacon",), ("here",)),
    Grade("ran", "Second stage", ("payload",), ("here", "tried")),
)
CHAIN = Chain(GRADES, (DELAY,), (SPLIT,))


def campaign(*hits: Hit, **changes: Any) -> Case:
    """The company under that campaign, all searched by the three rules it had."""
    return replace(case(hits=hits, chain=CHAIN, detections=(BUILD, LOOKUP, AGENT)), **changes)


def lines_of(subject: Case) -> tuple[Storyline, ...]:
    return storylines(subject_of(subject))


def answered(subject: Case) -> Answer:
    about = subject_of(subject)
    return answer(about, tracks(subject), storylines(about))
