"""The answer weighed over all storylines: which of them carry it, which speak against it, what of it nobody searched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from huntline.model.chain import Join
from huntline.report.dues import Due, Ground, due_of, ground_of_hosts
from huntline.report.evidence import meaning, missing_words, only_leads, timing_words
from huntline.report.gaps import Gap, listed
from huntline.report.joins import Kind, Timing
from huntline.report.plain import clipped, counted_words, moment_words
from huntline.report.rungs import Rung
from huntline.report.storylines import Storyline
from huntline.report.subject import Subject

_HOSTS_NAMED, _TOLD_IN_FULL = 8, 3
_ODD: tuple[Kind, ...] = ("sooner", "later", "no_start", "undated")


def supports(subject: Subject, worst: Rung, lines: Sequence[Storyline]) -> Iterator[str]:
    """Tell how far each host came, the delays that fit, and what came before a split."""
    if subject.case.chain.grades:
        yield f"By what ran: {_grade_words(subject, lines)}."
    for join in subject.case.chain.joins:
        if fitting := _of_kind(lines, join, "within"):
            hosts = _hosts([line for line, _ in fitting])
            yield f"{join.title} as expected on {hosts}. {join.within}{_in_full(subject, fitting)}"
    for at, split in enumerate(subject.case.chain.splits):
        early = [line for line in lines if line.splits[at].before]
        if early and worst.stage.id in split.stages:
            events = counted_words(sum(line.splits[at].before for line in early), "event")
            yield f"{events} before {moment_words(split.at)} on {_hosts(early)}. {split.before}"


def doubts(subject: Subject, worst: Rung, lines: Sequence[Storyline], ground: Ground) -> Iterator[str]:
    """Say what speaks against the answer on the hosts that carry it."""
    mine = [line for line in lines if line.reached == worst.stage]
    for join in subject.case.chain.joins:
        for kind in _ODD:
            if odd := _of_kind(mine, join, kind):
                hosts = _hosts([line for line, _ in odd])
                title = _bare(join) if kind == "no_start" else join.title
                theirs = ground_of_hosts(ground, (line.host for line, _ in odd))
                yield f"{title}, on {hosts}: {meaning(odd[0][1], theirs)}{_in_full(subject, odd)}"
        if silent := [line for line, due in _dues(mine, join, ground) if due.whole]:
            yield (
                f"{join.title}, on {_hosts(silent)}: {join.no_follow} All checks of the days it was due on were made; "
                "whether the traffic of these hosts is in those logs, no verdict says."
            )
    if bare := [line for line in mine if line.missing]:
        theirs = ground_of_hosts(ground, (line.host for line in bare))
        yield f"On {_hosts(bare)} {missing_words(bare[0].missing, theirs)}"
    if mine and all(only_leads(subject, line) for line in mine):
        yield "Only rules of a low level matched for this stage: leads, not proof."
    if unknown := [line for line in mine if line.unknown]:
        yield f"Known by an address only, which over time may be that of several machines: {_hosts(unknown)}."


def unsearched(subject: Subject, lines: Sequence[Storyline], ground: Ground) -> Iterator[Gap]:
    """Yield that the second step of a join may have come unseen, where not all of the days it was due on were searched."""
    for join in subject.case.chain.joins:
        unseen = [(line, due) for line, due in _dues(lines, join, ground) if not due.whole]
        if unseen:
            why = [f"{clipped(line.host, 80)[0]}: {due.words}." for line, due in unseen[:_TOLD_IN_FULL]]
            if left := len(unseen) - len(why):
                why.append(f"{counted_words(left, 'further host')} in report.json.")
            hosts = _hosts([line for line, _ in unseen])
            yield Gap(f"{join.title}: {join.follow.what} may have come unseen on {hosts}.", tuple(why))


def retold(lines: Sequence[Storyline]) -> Iterator[str]:
    """Say that events may be told twice: an event has an id of its own on each platform, so nobody can prove two hits one."""
    if mine := [line for line in lines if line.repeats]:
        yield (
            f"{counted_words(sum(line.repeats for line in mine), 'hit')} or more on {_sizes(mine)} may be events told twice: "
            "two tenants have a hit of the same host, detection and second, as where an event was exported and is still "
            "in the SIEM. Counts of events may be too high by as many; hosts are counted once."
        )


def _bare(join: Join) -> str:
    """Name a join of which only the second step shows: of which system the host is, nobody knows then."""
    return f"{join.follow.what[:1].upper()}{join.follow.what[1:]} without {join.start.what}"


def _dues(lines: Sequence[Storyline], join: Join, ground: Ground) -> Iterator[tuple[Storyline, Due]]:
    for line, timing in _of_kind(lines, join, "no_follow"):
        yield line, due_of(ground, timing)


def _of_kind(lines: Sequence[Storyline], join: Join, kind: Kind) -> list[tuple[Storyline, Timing]]:
    return [(line, one) for line in lines for one in line.timings if one.join == join and one.kind == kind]


def _in_full(subject: Subject, found: Sequence[tuple[Storyline, Timing]]) -> str:
    told = ((clipped(line.host, 80)[0], timing_words(subject, timing)) for line, timing in found[:_TOLD_IN_FULL])
    return "".join(f" {host}: {words}" for host, words in told)


def _grade_words(subject: Subject, lines: Sequence[Storyline]) -> str:
    grades = reversed(subject.case.chain.grades)
    graded = [(grade.title, [line for line in lines if line.grade == grade]) for grade in grades]
    return "; ".join(f"“{title}” on {_sizes(of_grade)}" for title, of_grade in graded if of_grade) or "nothing"


def _sizes(lines: Sequence[Storyline]) -> str:
    """Count hosts, and apart from them addresses nobody knows the host of: they may be hosts that were counted before."""
    unknown = sum(line.unknown for line in lines)
    hosts = [counted_words(len(lines) - unknown, "host")] if len(lines) > unknown else []
    return " and ".join(
        [*hosts, counted_words(unknown, "unknown address", plural="unknown addresses")] if unknown else hosts
    )


def _hosts(lines: Sequence[Storyline]) -> str:
    names = [clipped(line.host, 80)[0] for line in lines]
    return f"{counted_words(len(lines), 'host')} ({listed(names, _HOSTS_NAMED)})"
