"""Which expected hosts were seen where a stage is looked for: "clean" speaks only of machines whose events were there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from huntline.model.case import Case, Expected
from huntline.model.pack import Stage
from huntline.report.hosts import host_names
from huntline.report.searched import spans_of


@dataclass(frozen=True, slots=True)
class Attendance:
    """The months are those that the days of the stage touch, as far as the hunt was asked for them.

    A host of no month was never seen there, by any of its names, in any scope a detection of the stage was hunted in.
    """

    stage: Stage
    months: tuple[date, ...]
    seen: Mapping[str, tuple[date, ...]]  # expected host -> months it was seen in

    @property
    def absent(self) -> tuple[str, ...]:
        return tuple(sorted(host for host, months in self.seen.items() if not months))


def expected_hosts(names: Iterable[str], seen: Iterable[tuple[str, date, Sequence[str]]]) -> tuple[Expected, ...]:
    """Join expected names with the (scope, month, names) seen; spellings of one host are one, by the full name's spelling.

    A short name that several full names share is nobody's: it was not seen.
    """
    named = set(names) - {""}
    labels = {_label(name) for name in named}  # all spellings of a host share it, so that no other name matters
    where: dict[str, dict[str, list[date]]] = {}
    for scope, month, hosts in seen:
        for host in hosts:
            if host and _label(host) in labels:
                where.setdefault(host, {}).setdefault(scope, []).append(month)
    one_name = host_names(named | where.keys())
    spellings: dict[str, list[str]] = {one_name[name]: [] for name in named}
    for host in where:
        if one_name[host] in spellings:
            spellings[one_name[host]].append(host)
    return tuple(Expected(host, _merged([where.pop(one) for one in spellings[host]])) for host in sorted(spellings))


def _merged(found: Iterable[Mapping[str, Sequence[date]]]) -> Mapping[str, tuple[date, ...]]:
    months: dict[str, set[date]] = defaultdict(set)
    for scopes in found:
        for scope, seen in scopes.items():
            months[scope].update(seen)
    return {scope: tuple(sorted(months[scope])) for scope in sorted(months)}


def _label(name: str) -> str:
    return name.strip().casefold().split(".", 1)[0]


def everywhere(met: Iterable[Attendance]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the expected hosts seen for every stage, and those missing for one or more."""
    told = tuple(met)
    absent = {host for one in told for host in one.absent}
    every = {host for one in told for host in one.seen}
    return tuple(sorted(every - absent)), tuple(sorted(absent))


def attendance(case: Case, detections: Mapping[Stage, AbstractSet[str]]) -> Mapping[Stage, Attendance]:
    """Tell for each stage, given with its detections, which expected hosts were seen in which months of its windows."""
    if not case.expected:
        return {}
    scopes: dict[str, set[str]] = defaultdict(set)
    for cell in case.cells:
        scopes[cell.detection].add(cell.scope)
    return {
        stage: _attendance(case, stage, {scope for one in mine for scope in scopes[one]})
        for stage, mine in detections.items()
    }


def _attendance(case: Case, stage: Stage, scopes: AbstractSet[str]) -> Attendance:
    months = {month for first, last in spans_of(case, stage) for month in _months(first, last)}
    wanted = months & set(_months(case.wanted.start.date(), case.wanted.end.date()))
    seen = {
        one.host: tuple(sorted({m for scope in scopes for m in one.seen.get(scope, ()) if m in wanted}))
        for one in case.expected
    }
    return Attendance(stage, tuple(sorted(wanted)), seen)


def _months(first: date, last: date) -> Iterable[date]:
    for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield date(month // 12, month % 12 + 1, 1)
