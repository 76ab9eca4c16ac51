"""The answer per customer, in plain words: what was found, what speaks against it, and what nobody can know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from huntline.model.pack import Stage
from huntline.model.window import merged
from huntline.report.grid import Track, days_between
from huntline.report.legend import SIGNS
from huntline.report.plain import clipped, counted_words, moment_words
from huntline.report.reasons import Reason
from huntline.report.searched import Searched, searched
from huntline.report.storylines import Reach, Storyline
from huntline.report.subject import Subject, gravity

Kind: TypeAlias = Literal["found", "cannot_tell", "nothing_found"]
_HOSTS_NAMED = 8
_REASONS_NAMED = 3


@dataclass(frozen=True, slots=True)
class StageFinding:
    """One rung of the answer: what was found of a stage, and how much of it was searched (None: no detection left)."""

    stage: Stage
    hits: int
    counted: int
    hosts: tuple[str, ...]
    first: datetime | None
    last: datetime | None
    searched: Searched | None


@dataclass(frozen=True, slots=True)
class Gap:
    """Something nobody can know yet, and why."""

    what: str
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    kind: Kind
    headline: str
    stage: str  # id of the gravest stage found; "" where none is
    because: tuple[str, ...]
    against: tuple[str, ...]
    unknown: tuple[Gap, ...]
    stages: tuple[StageFinding, ...]  # gravest first
    hits: int
    new: int
    hosts: int


def answer(subject: Subject, grid: Mapping[str, Track], lines: Sequence[Storyline]) -> Answer:
    """Decide what may be said. "Nothing found" needs every check of every stage to be clean."""
    rungs = _rungs(subject, grid, lines)
    found = [rung for rung in rungs if rung.hits or rung.counted]
    unstored = sorted({c.detection for c in subject.case.cells if c.verdict == "hits"} - _matched(subject))
    missing = tuple(_missing(subject, rungs, found, unstored))
    whole = bool(subject.case.detections) and all(rung.searched and rung.searched.whole for rung in rungs)
    kind: Kind
    if found:
        kind, headline = "found", found[0].stage.answer
        because = tuple(_found_words(subject, found, lines))
    elif whole and not unstored:
        kind, headline = "nothing_found", "Nothing found in what was searched."
        because = tuple(_clean_words(rungs))
    else:
        kind, headline = "cannot_tell", "Cannot tell."
        because = (_short_words(subject, rungs),)
    return Answer(
        kind=kind,
        headline=headline,
        stage=found[0].stage.id if found else "",
        because=because,
        against=tuple(_against(subject, found[0], lines)) if found else (),
        unknown=missing,
        stages=rungs,
        hits=len(subject.case.hits),
        new=sum(line.new for line in lines),
        hosts=len(lines),
    )


def place_words(subject: Subject, places: Sequence[tuple[str, str]]) -> str:
    """Name scopes by their titles; the tenant too where the customer has several."""
    many = len(subject.case.tenants) > 1
    titles = [f"{subject.case.scopes.get(scope, scope)}{f' of {tenant}' if many else ''}" for tenant, scope in places]
    return _listed(titles, 4)


def reason_words(subject: Subject, reason: Reason) -> str:
    """Tell one cause of holes in one line: how long, where, why."""
    span = f" ({reason.first} to {reason.last})" if reason.first else ""
    size = counted_words(reason.days, "day") + span if reason.days else ""
    extent = " and ".join(filter(None, (size, "undated events" if reason.undated else "")))
    where = place_words(subject, reason.places)
    sign = SIGNS[reason.verdict].title
    why = f": {reason.why.rstrip('.')}" if reason.why else ""
    alone = len(reason.detections) == 1
    whom = subject.told[reason.detections[0]].title if alone else counted_words(len(reason.detections), "detection")
    return f"{extent}, {whom}: {sign}{f' in {where}' if where else ''}{why}."


def _rungs(subject: Subject, grid: Mapping[str, Track], lines: Sequence[Storyline]) -> tuple[StageFinding, ...]:
    measured = {one.stage: one for one in searched(subject.case, grid)}
    reached = {reach.stage for line in lines for reach in line.reaches}
    counted = {subject.stages[one.detection] for one in subject.case.counted}
    stages = sorted({*measured, *reached, *counted}, key=gravity, reverse=True)
    return tuple(_rung(subject, stage, measured.get(stage), lines) for stage in stages)


def _rung(subject: Subject, stage: Stage, measured: Searched | None, lines: Sequence[Storyline]) -> StageFinding:
    reaches = [(line.host, reach) for line in lines for reach in line.reaches if reach.stage == stage]
    return StageFinding(
        stage=stage,
        hits=sum(reach.hits for _, reach in reaches),
        counted=sum(one.count for one in subject.case.counted if subject.stages[one.detection] == stage),
        hosts=tuple(host for host, _ in reaches),
        first=min((reach.first for _, reach in reaches if reach.first), default=None),
        last=max((reach.last for _, reach in reaches if reach.last), default=None),
        searched=measured,
    )


def _matched(subject: Subject) -> set[str]:
    stored = {witness.detection for hit in subject.case.hits for witness in hit.witnesses}
    return stored | {one.detection for one in subject.case.counted}


def _found_words(subject: Subject, found: Sequence[StageFinding], lines: Sequence[Storyline]) -> Iterator[str]:
    worst = found[0]
    if worst.hits:
        hosts = _listed([clipped(host, 80)[0] for host in worst.hosts], _HOSTS_NAMED)
        yield (
            f"{counted_words(worst.hits, 'event')} of the stage “{worst.stage.title}” on "
            f"{counted_words(len(worst.hosts), 'host')}: {hosts}. {_span(worst)}"
        )
    if worst.counted:
        yield f"{counted_words(worst.counted, 'further match', plural='further matches')} were counted, not collected."
    for rung in found[1:]:
        extra = f", {rung.counted:,} more counted" if rung.counted else ""
        on = f" on {counted_words(len(rung.hosts), 'host')}" if rung.hosts else ""
        yield f"Also {counted_words(rung.hits, 'event')} of “{rung.stage.title}”{on}{extra}. {_span(rung)}".strip()
    new = sum(line.new for line in lines)
    total = counted_words(len(subject.case.hits), "hit")
    yield (
        f"{new:,} of {total} were found by the latest hunt for the first time."
        if new
        else (f"None of the {total} is new: all were known before the latest hunt.")
    )


def _span(rung: StageFinding) -> str:
    if rung.first is None:
        return "None of them bears a usable time." if rung.hits else ""
    if rung.first == rung.last:
        return f"At {moment_words(rung.first)}."
    return f"From {moment_words(rung.first)} to {moment_words(rung.last)}."


def _clean_words(rungs: Sequence[StageFinding]) -> Iterator[str]:
    made = sum(rung.searched.checks for rung in rungs if rung.searched)
    yield f"All {counted_words(made, 'check')} that matter were made, and none matched. A check is one detection on one day."
    for rung in rungs:
        if rung.searched:
            yield _measure(rung.searched)


def _measure(one: Searched) -> str:
    return (
        f"{one.stage.title}: {one.days_searched:,} of {counted_words(one.days, 'day')} clean "
        f"({one.first} to {one.last}), {one.checks_searched:,} of {counted_words(one.checks, 'check')} made."
    )


def _short_words(subject: Subject, rungs: Sequence[StageFinding]) -> str:
    if not subject.case.detections:
        return "No detection was hunted, so nothing was looked for."
    wanted = sum(rung.searched.checks for rung in rungs if rung.searched)
    done = sum(rung.searched.checks_searched for rung in rungs if rung.searched)
    return (
        f"There is no hit, and that proves nothing yet: {done:,} of the {counted_words(wanted, 'check')} that matter "
        "could be made. A check is one detection on one day."
    )


def _against(subject: Subject, worst: StageFinding, lines: Sequence[Storyline]) -> Iterator[str]:
    """Say what a careful defender would answer to the headline."""
    reaches = [reach for line in lines for reach in line.reaches if reach.stage == worst.stage]
    for milestone in subject.case.milestones:
        if worst.first and worst.first >= milestone.at:
            undated = " that bears a time" if any(reach.first is None for reach in reaches) else ""
            yield f"Every event of this stage{undated} is of {moment_words(milestone.at)} or later. {milestone.note}"
    if worst.hits and worst.first is None:
        yield "No event of this stage bears a usable time, so it cannot be placed before or after anything."
    windows = worst.stage.windows
    if windows and worst.first and not any(_inside(reach, worst.stage) for reach in reaches):
        yield f"Every dated event of this stage lies outside its usual time, {_window_words(worst.stage)}."
    matched = sorted(_matched(subject))
    for doubt in sorted({d for m in matched if subject.stages[m] == worst.stage for d in _doubts(subject, m)}):
        yield f"Known innocent cause: {doubt.rstrip('.')}."


def _inside(reach: Reach, stage: Stage) -> bool:
    """Whether the reach may touch a window; between first and last nobody can say, so that counts as inside."""
    if reach.first is None or reach.last is None:
        return False
    return any(reach.first < window.end and window.start <= reach.last for window in stage.windows)


def _window_words(stage: Stage) -> str:
    spans = (days_between(window) for window in merged(stage.windows))
    return " and ".join(f"{first} to {last}" for first, last in spans)


def _doubts(subject: Subject, detection: str) -> Iterator[str]:
    for doubt in subject.told[detection].falsepositives:
        if doubt.strip().casefold() not in {"", "unknown", "none", "unlikely"}:
            yield doubt.strip()


def _missing(
    subject: Subject, rungs: Sequence[StageFinding], found: Sequence[StageFinding], unstored: Sequence[str]
) -> Iterator[Gap]:
    if found and any(r.stage.rank > found[0].stage.rank and not (r.searched and r.searched.whole) for r in rungs):
        yield Gap("Graver stages were not fully searched, so the truth may be worse than this answer.")
    for detection in unstored:
        yield Gap(f"{subject.told[detection].title}: matches were reported, but none is on record.")
    for rung in rungs:
        if rung.searched and not rung.searched.whole:
            yield _gap(subject, rung.searched)
        elif rung.searched is None:
            yield Gap(f"{rung.stage.title}: the pack no longer holds the detections that matched.")
    yield from _empty_beside(subject, rungs)
    measured = {rung.stage for rung in rungs}
    for stage in sorted(set(subject.case.stages) - measured, key=gravity, reverse=True):
        yield Gap(f"{stage.title}: no detection of this pack looks for it.")


def _empty_beside(subject: Subject, rungs: Sequence[StageFinding]) -> Iterator[Gap]:
    """A scope that holds nothing does not spoil what another one shows, but the reader may know it should hold more."""
    for rung in rungs:
        beside = rung.searched.beside if rung.searched else ()
        if beside:
            what = f"{rung.stage.title}: where it was searched, other scopes held no data. Should they have?"
            yield Gap(what, tuple(reason_words(subject, reason) for reason in beside[:_REASONS_NAMED]))


def _gap(subject: Subject, one: Searched) -> Gap:
    clauses = [f"{one.days_searched:,} of {counted_words(one.days, 'day')} fully searched"]
    if one.unasked:
        clauses.append(f"{counted_words(one.unasked, 'day')} of its time lie outside what this hunt was asked for")
    if one.undated_open:
        clauses.append(f"undated events not settled for {counted_words(one.undated_open, 'detection')}")
    told = [reason_words(subject, reason) for reason in one.holes[:_REASONS_NAMED]]
    left = len(one.holes) - len(told)
    if left:
        told.append(f"{counted_words(left, 'further cause')} in the coverage below.")
    return Gap(f"{one.stage.title}: {'; '.join(clauses)}.", tuple(told))


def _listed(names: Sequence[str], most: int) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown
