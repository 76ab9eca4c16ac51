"""The sentences of an answer: what it rests on, what speaks against it, what stays open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from huntline.model.pack import Stage
from huntline.model.window import merged
from huntline.report.gaps import listed
from huntline.report.grid import days_between
from huntline.report.plain import clipped, counted_words, moment_words
from huntline.report.rungs import Rung
from huntline.report.searched import Searched
from huntline.report.storylines import Reach, Storyline
from huntline.report.subject import Subject

_HOSTS_NAMED = 8


def found_words(subject: Subject, found: Sequence[Rung], lines: Sequence[Storyline]) -> Iterator[str]:
    """Tell the gravest stage first, `found` being ordered so."""
    worst = found[0]
    hosts = _named(worst.hosts)
    yield (
        f"{counted_words(worst.hits, 'event')} of the stage “{worst.stage.title}” on "
        f"{counted_words(len(worst.hosts), 'host')}: {hosts}. {_span(worst)}"
    )
    for rung in found[1:]:
        where = counted_words(len(rung.hosts), "host")
        yield f"Also {counted_words(rung.hits, 'event')} of “{rung.stage.title}” on {where}. {_span(rung)}"
    new = sum(line.new for line in lines)
    total = counted_words(len(subject.case.hits), "hit")
    yield f"New since the hunt before: {f'{new:,}' if new else 'none'} of {total}."


def _named(hosts: Sequence[str]) -> str:
    return listed([clipped(host, 80)[0] for host in hosts], _HOSTS_NAMED)


def _span(rung: Rung) -> str:
    if rung.first is None:
        return "None of them bears a usable time."
    if rung.first == rung.last:
        return f"At {moment_words(rung.first)}."
    return f"From {moment_words(rung.first)} to {moment_words(rung.last)}."


def clean_words(steps: Sequence[Rung]) -> Iterator[str]:
    """Say exactly how much was searched: nobody may read "nothing found" without it."""
    made = sum(rung.searched.checks for rung in steps if rung.searched)
    yield f"All {counted_words(made, 'check')} that matter were made, and none matched. A check is one detection on one day."
    for rung in steps:
        if rung.searched:
            yield _measure(rung.searched)


def _measure(one: Searched) -> str:
    return (
        f"{one.stage.title}: {one.days_searched:,} of {counted_words(one.days, 'day')} clean "
        f"({one.first} to {one.last}), {one.checks_searched:,} of {counted_words(one.checks, 'check')} made."
    )


def on_hosts(here: Sequence[str], absent: Sequence[str]) -> str:
    """Finish "nothing found" by the machines it is said of; nothing where nobody said which to expect."""
    whole = len(here) + len(absent)
    return f", on {len(here):,} of {counted_words(whole, 'expected host')}" if whole else ""


def clean_hosts(here: Sequence[str], absent: Sequence[str]) -> Iterator[str]:
    """Say which expected hosts the answer is about."""
    if here or absent:
        whole = counted_words(len(here) + len(absent), "expected host")
        left = f"; not seen: {_named(absent)}" if absent else ""
        yield f"Clean on {len(here):,} of {whole}{left}. Seen means: in logs of every stage, in a month or more of its time."


def short_words(subject: Subject, steps: Sequence[Rung]) -> Iterator[str]:
    """Say why no hit does not mean no breach."""
    wanted = sum(rung.searched.checks for rung in steps if rung.searched)
    done = sum(rung.searched.checks_searched for rung in steps if rung.searched)
    if subject.case.detections:
        yield (
            f"There is no hit, and that proves nothing yet: {done:,} of the {counted_words(wanted, 'check')} that matter "
            "could be made. A check is one detection on one day."
        )
    else:
        yield "No detection was hunted, so nothing was looked for."


def counted_only(steps: Sequence[Rung]) -> Iterator[str]:
    """Tell of events that may match, which are neither hits nor their absence."""
    for rung in steps:
        if rung.counted:
            yield (
                f"{counted_words(rung.counted, 'event')} may be of the stage “{rung.stage.title}”: too many to be read "
                "one by one, they were only counted. Narrow the time or look at some of them."
            )


def against(subject: Subject, worst: Rung, lines: Sequence[Storyline]) -> Iterator[str]:
    """Say what a careful defender would answer to the headline."""
    reaches = [reach for line in lines for reach in line.reaches if reach.stage == worst.stage]
    splits = {split.at: split for split in subject.case.chain.splits}
    for milestone in subject.case.milestones:
        split = splits.get(milestone.at)
        if worst.first and worst.first >= milestone.at and (split is None or worst.stage.id in split.stages):
            undated = " that bears a time" if any(reach.first is None for reach in reaches) else ""
            meaning = split.after if split else milestone.note
            yield f"Every event of this stage{undated} is of {moment_words(milestone.at)} or later. {meaning}"
    if worst.first is None:
        yield "No event of this stage bears a usable time, so it cannot be placed before or after anything."
    windows = worst.stage.windows
    if windows and worst.first and not any(_inside(reach, worst.stage) for reach in reaches):
        yield f"Every dated event of this stage lies outside its usual time, {_window_words(worst.stage)}."
    matched = {witness.detection for hit in subject.case.hits for witness in hit.witnesses}
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
