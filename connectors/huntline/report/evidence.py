"""What speaks for and against one host's storyline, in sentences that name the events they rest on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from huntline.detections.load import LEVELS
from huntline.model.case import Hit
from huntline.model.chain import Grade
from huntline.report.dues import Ground, due_of, ground_of_hosts
from huntline.report.joins import Timing
from huntline.report.plain import clipped, counted_words, moment_words
from huntline.report.storylines import Storyline
from huntline.report.subject import Subject, moment_of

_LEADS = frozenset(LEVELS[: LEVELS.index("medium")])


def line_supports(subject: Subject, line: Storyline) -> Iterator[str]:
    for timing in line.timings:
        if timing.kind == "within":
            yield f"{timing_words(subject, timing)} {timing.join.within}"
    for half in line.splits:
        if half.before:
            yield f"{counted_words(half.before, 'event')} before {moment_words(half.split.at)}. {half.split.before}"


def line_doubts(subject: Subject, line: Storyline, ground: Ground) -> Iterator[str]:
    """What was not seen counts against a storyline only as far as it was looked for."""
    ground = ground_of_hosts(ground, (line.host,))
    for timing in line.timings:
        if timing.kind != "within":
            yield f"{timing_words(subject, timing)} {meaning(timing, ground)}"
    for half in line.splits:
        if half.after:
            what = counted_words(half.after, "event")
            yield f"{what} at or after {moment_words(half.split.at)}. {half.split.after}"
    if line.missing:
        yield f"On this host {missing_words(line.missing, ground)}"
    if only_leads(subject, line):
        yield "Only rules of a low level matched for its gravest stage: a lead, not proof."
    if line.unknown:
        yield "Part of it is known by an address only, and over time an address may be that of several machines."


def timing_words(subject: Subject, timing: Timing) -> str:
    """Tell the events of a join and the days between them."""
    join = timing.join
    steps = ((join.start.what, timing.start), (join.follow.what, timing.follow))
    words = "; ".join(f"{what}, {_event(subject, hit)}" for what, hit in steps if hit is not None)
    words = f"{words[:1].upper()}{words[1:]}"
    if timing.gap is None:
        return f"{words}."
    least, most = (span.total_seconds() / 86_400 for span in (join.least, join.most))
    days = timing.gap.total_seconds() / 86_400
    return f"{words}: {days:.1f} days, where {least:g} to {most:g} days are usual."


def meaning(timing: Timing, ground: Ground) -> str:
    """Say what a join that does not fit means, and how far its missing step was looked for."""
    join = timing.join
    match timing.kind:
        case "within" | "sooner" | "later":
            return str(getattr(join, timing.kind))
        case "undated":
            return "One of them bears no usable time, so the days between them are unknown."
        case "no_start":
            whole = set(join.start.stages) <= ground.whole
            return join.no_start if whole else f"{join.no_start} Not all of the time it could show in was searched."
        case "no_follow":
            due = due_of(ground, timing)
            words = f"{join.follow.what}: {due.words}"
            opening = f"{words[:1].upper()}{words[1:]}."
            return f"{opening} {join.no_follow}" if due.whole else f"{opening} It may have come unseen."


def missing_words(missing: Sequence[Grade], ground: Ground) -> str:
    """Finish a sentence on grades of which nothing shows."""
    titles = " or ".join(f"“{grade.title}”" for grade in missing)
    if {stage for grade in missing for stage in grade.stages} <= ground.whole:
        return f"nothing of {titles} was seen, which usually shows as well."
    return f"nothing of {titles} is on record, which proves little: not all of it was searched."


def only_leads(subject: Subject, line: Storyline) -> bool:
    """Whether nothing but rules of a low level speaks for the storyline's gravest stage."""
    witnesses = (witness.detection for hit in line.hits for witness in hit.witnesses)
    return all(subject.told[d].level in _LEADS for d in witnesses if subject.stages[d] == line.reached)


def _event(subject: Subject, hit: Hit) -> str:
    title = clipped(subject.told[hit.witnesses[0].detection].title, 120)[0]
    moment = moment_of(hit)
    return f"“{title}” {'at ' + moment_words(moment) if moment else 'undated'}"
