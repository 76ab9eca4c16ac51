"""What nobody can know yet, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from huntline.report.legend import SIGNS
from huntline.report.plain import clipped, counted_words
from huntline.report.reasons import Reason, silences
from huntline.report.rungs import Rung
from huntline.report.searched import Searched
from huntline.report.subject import Subject, gravity

_REASONS_NAMED = 3
_HOSTS_NAMED = 8
_PLACES_NAMED = 12


@dataclass(frozen=True, slots=True)
class Gap:
    """Something nobody can know yet, and why."""

    what: str
    why: tuple[str, ...] = ()


def gaps(subject: Subject, steps: Sequence[Rung], found: Sequence[Rung], unstored: Sequence[str]) -> Iterator[Gap]:
    """Yield every reason for which the truth may differ from the answer, the gravest stage first."""
    if found and any(r.stage.rank > found[0].stage.rank and not (r.searched and r.searched.whole) for r in steps):
        yield Gap("Graver stages were not fully searched, so the truth may be worse than this answer.")
    for detection in unstored:
        yield Gap(f"{subject.told[detection].title}: matches were reported, but none is on record.")
    for rung in steps:
        if rung.searched and not rung.searched.whole:
            yield _gap(subject, rung.searched)
        elif rung.searched is None:
            yield Gap(f"{rung.stage.title}: the pack no longer holds the detections that matched.")
    yield from _absent(steps)
    yield from _unread(subject)
    yield from _empty_beside(subject, steps)
    measured = {rung.stage for rung in steps}
    for stage in sorted(set(subject.case.stages) - measured, key=gravity, reverse=True):
        yield Gap(f"{stage.title}: no detection of this pack looks for it.")


def _absent(steps: Sequence[Rung]) -> Iterator[Gap]:
    """What is said of a stage is not said of machines whose events were not there."""
    stages: dict[tuple[str, ...], list[Rung]] = {}
    for rung in steps:
        if rung.attendance and rung.attendance.absent:
            stages.setdefault(rung.attendance.absent, []).append(rung)
    for absent, rungs in stages.items():
        of = counted_words(max(len(r.attendance.seen) for r in rungs if r.attendance), "expected host")
        names = listed([clipped(host, 80)[0] for host in absent], _HOSTS_NAMED)
        titles = listed([rung.stage.title for rung in rungs], _REASONS_NAMED)
        yield Gap(f"{titles}: {len(absent):,} of {of} left no event in their logs in the months that matter: {names}.")


def _unread(subject: Subject) -> Iterator[Gap]:
    """Rows nobody knows may be of any kind, so no verdict speaks of them."""
    unclaimed = [store for store in subject.case.stores if store.unclaimed]
    if unclaimed:
        rows = counted_words(sum(store.unclaimed for store in unclaimed), "row")
        names = listed(sorted(store.title for store in unclaimed), 4)
        yield Gap(f"{rows} of no known kind in {names}: nothing was looked for in them.")
    unreadable = [store for store in subject.case.stores if store.unreadable]
    if unreadable:
        lines = counted_words(sum(store.unreadable for store in unreadable), "line")
        yield Gap(f"{lines} could not be read in {listed(sorted(store.title for store in unreadable), 4)}.")


def _empty_beside(subject: Subject, steps: Sequence[Rung]) -> Iterator[Gap]:
    """A scope that holds nothing does not spoil what another one shows, but the reader may know it should hold more."""
    silent = [one for rung in steps if rung.searched for one in rung.searched.beside]
    if silent:
        found = silences(silent, {told.id: str(told.logsource) for told in subject.told.values()})
        yield Gap(
            "Where it was searched, another scope held no data. Should it have?",
            tuple(_silence_words(subject, one) for one in found),
        )
    filled = {(row.tenant, row.scope) for row in subject.case.coverage if row.events}
    asked = {(cell.tenant, cell.scope) for cell in subject.case.cells}
    if empty := sorted(asked - filled):
        yield Gap("No events at all. If there are such logs, hunt them, too:", tuple(_by_tenant(subject, empty)))


def _silence_words(subject: Subject, one: Reason) -> str:
    """Tell of scopes without data, and of which stages the detections are that they might have answered."""
    stages = sorted({subject.stages[detection] for detection in one.detections}, key=gravity, reverse=True)
    return f"{reason_words(subject, one, most=_PLACES_NAMED)} Stages: {', '.join(stage.title for stage in stages)}."


def _by_tenant(subject: Subject, places: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Name all scopes, a line for each tenant; the tenant only where the customer has several."""
    for tenant, mine in groupby(places, key=itemgetter(0)):
        titles = ", ".join(subject.case.scopes.get(scope, scope) for _, scope in mine)
        yield f"{tenant}: {titles}." if len(subject.case.tenants) > 1 else f"{titles}."


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


def place_words(subject: Subject, places: Sequence[tuple[str, str]], *, most: int = 4) -> str:
    """Name scopes by their titles; the tenant too where the customer has several."""
    many = len(subject.case.tenants) > 1
    titles = [f"{subject.case.scopes.get(scope, scope)}{f' of {tenant}' if many else ''}" for tenant, scope in places]
    return listed(titles, most)


def reason_words(subject: Subject, reason: Reason, *, most: int = 4) -> str:
    """Tell one cause of holes in one line: how long, where, why."""
    until = f" to {reason.last}" if reason.last != reason.first else ""
    span = f" ({reason.first}{until})" if reason.first else ""
    size = counted_words(reason.days, "day") + span if reason.days else ""
    extent = " and ".join(filter(None, (size, "undated events" if reason.undated else "")))
    where = place_words(subject, reason.places, most=most)
    sign = SIGNS[reason.verdict].title
    why = f": {reason.why.rstrip('.')}" if reason.why else ""
    alone = len(reason.detections) == 1
    whom = subject.told[reason.detections[0]].title if alone else counted_words(len(reason.detections), "detection")
    return f"{extent}, {whom}: {sign}{f' in {where}' if where else ''}{why}."


def listed(names: Sequence[str], most: int) -> str:
    """Join names by commas, at most `most` of them."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown
