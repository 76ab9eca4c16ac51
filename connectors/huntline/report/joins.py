"""Delays no single rule can state: whether one step came as long after another as the pack says it does."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeAlias

from huntline.detections.load import LEVELS
from huntline.model.case import Hit
from huntline.model.chain import Join, Pick
from huntline.report.subject import Subject, moment_of

Kind: TypeAlias = Literal["within", "sooner", "later", "no_follow", "no_start", "undated"]


@dataclass(frozen=True, slots=True)
class Timing:
    """How the first hits of a join stand to each other on one host. `undated`: a hit it needs bears no usable time."""

    join: Join
    kind: Kind
    start: Hit | None
    follow: Hit | None

    @property
    def gap(self) -> timedelta | None:
        start, follow = self.start and moment_of(self.start), self.follow and moment_of(self.follow)
        return follow - start if start and follow else None


@dataclass(frozen=True, slots=True)
class Asked:
    """A join with the ids of the detections its two steps go by."""

    join: Join
    start: frozenset[str]
    follow: frozenset[str]


def asked(subject: Subject) -> tuple[Asked, ...]:
    """Resolve the joins of the pack, once for all hosts."""
    return tuple(
        Asked(join, picked(subject, join.start), picked(subject, join.follow)) for join in subject.case.chain.joins
    )


def timings(joins: Sequence[Asked], hits: Sequence[Hit]) -> tuple[Timing, ...]:
    """Judge the joins of the pack over one host's hits, which are in order.

    Where the first step was seen for some join, the joins without it are left out: they are of another system. Where it
    was seen for none, one of them is enough to say so.
    """
    found = [timing for join in joins if (timing := _timing(join, hits))]
    return tuple([timing for timing in found if timing.start] or found[:1])


def picked(subject: Subject, pick: Pick) -> frozenset[str]:
    """Return the ids of the detections a pick goes by."""
    return frozenset(name for name in subject.told if _fits(subject, pick, name))


def _timing(one: Asked, hits: Sequence[Hit]) -> Timing | None:
    join, start, follow = one.join, _first(one.start, hits), _first(one.follow, hits)
    if start and follow:
        return Timing(join, _kind(join, start, follow), start, follow)
    if start or follow:
        return Timing(join, "no_follow" if start else "no_start", start, follow)
    return None


def _kind(join: Join, start: Hit, follow: Hit) -> Kind:
    began, came = moment_of(start), moment_of(follow)
    if began is None or came is None:
        return "undated"
    if came - began < join.least:
        return "sooner"
    return "within" if came - began <= join.most else "later"


def _first(wanted: AbstractSet[str], hits: Sequence[Hit]) -> Hit | None:
    return next((hit for hit in hits if any(witness.detection in wanted for witness in hit.witnesses)), None)


def _fits(subject: Subject, pick: Pick, detection: str) -> bool:
    told, stage = subject.told[detection], subject.stages[detection]
    return (
        stage.id in pick.stages
        and _named(pick.products, told.logsource.product)
        and _named(pick.categories, told.logsource.category)
        and _rank(told.level) >= _rank(pick.level)
    )


def _named(wanted: Sequence[str], given: str) -> bool:
    return not wanted or (given or "*") in wanted


def _rank(level: str) -> int:
    """A level that is none of Sigma's counts as the lowest: nothing is known of it."""
    return LEVELS.index(level) if level in LEVELS else 0
