"""How far searches reach: what a role does not see, how far back it may look, and what lies in an archive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from huntline.model.search import Part, PartState
from huntline.model.window import Window
from huntline.translate.translator import Bound
from huntline_splunk.client import Client
from huntline_splunk.ground import Index, indexes, models, named_by, patterns_of
from huntline_splunk.limits import Limits, Provider, hidden_by, limits, lost_providers, partial_retries, unread

WIDEST = timedelta(days=31)
NARROWEST = timedelta(seconds=1)
MOVES = timedelta(hours=3)
FEDERATED = "federated:any"  # how an index at a provider is called


@dataclass(frozen=True, slots=True)
class Lay:
    """What is known of a deployment for as long as a hunt runs."""

    limits: Limits
    indexes: tuple[Index, ...]
    models: frozenset[str]  # data models; empty where nobody tells
    lost: tuple[Provider, ...]
    retries: bool  # it may leave out a peer without a word
    now: datetime  # its own time

    @property
    def longest(self) -> timedelta:
        """The longest window one search may be asked for."""
        return min(WIDEST, self.limits.longest or WIDEST)


@dataclass(frozen=True, slots=True)
class Beyond:
    """A time before `until` that searches do not reach, though something may be there."""

    until: datetime
    stands: Literal["not_searchable", "denied"]
    words: str


def lay_of(client: Client, now: datetime) -> Lay:
    """Ask for all that narrows searches without a word."""
    return Lay(limits(client), indexes(client), models(client), lost_providers(client), partial_retries(client), now)


def part_of(bound: Bound, lay: Lay, wanted: Window) -> Part:
    """Return a scope as the engine knows it: one part for all tiers and peers, divisible down to a second."""
    scope, (state, words) = bound.store.scope, _state(bound, lay)
    return Part(
        key=scope.name,
        title=scope.title,
        scopes=(scope.name,),
        window=wanted,
        state=state,
        place=scope.name,
        path="",
        fingerprint="",
        size=0,
        widest=lay.longest,
        narrowest=NARROWEST,
        cost=None,
        words=words,
    )


def _state(bound: Bound, lay: Lay) -> tuple[PartState, str]:
    """Tell a data model that is not there, which would fail each search, and indexes of which none may be read."""
    named, model = patterns_of(bound), bound.native("datamodel").partition(".")[0]
    if model and lay.models and model not in lay.models:
        return "gone", f"there is no data model {model}"
    shut = unread(lay.limits, named)
    if named and len(shut) == len(named) and "*" not in "".join(shut):
        return "denied", f"the role may not read {', '.join(shut)}"
    return "searchable", ""


def hidden(bound: Bound, lay: Lay) -> str:
    """Return why searches of a scope that succeed do not see all there is; "" where they do."""
    patterns = patterns_of(bound)
    told = [*hidden_by(lay.limits, patterns)]
    lost = [one.name for one in lay.lost if one.everywhere or named_by(patterns, FEDERATED)]
    if lost:
        told.append(f"federated providers that do not answer are left out: {', '.join(lost)}")
    if lay.retries:
        told.append("the server may leave out a peer without a word (limits.conf, search_retry)")
    return "; ".join(told)


def beyond(bound: Bound, lay: Lay, holds: Callable[[], frozenset[str]]) -> tuple[Beyond, ...]:
    """Return what searches do not reach, the worst first; `holds` tells which indexes hold any of the scope's events today."""
    return (*too_far_back(lay), *_archived(bound, lay, holds))


def too_far_back(lay: Lay) -> Iterator[Beyond]:
    """Yield the time a role may not look back to; some hours more, since that moves while a hunt runs."""
    if lay.limits.back is not None:
        floor = (lay.now - lay.limits.back).replace(minute=0, second=0, microsecond=0) + MOVES
        yield Beyond(floor, "denied", f"the role may search back to {floor:%Y-%m-%d %H:%M} only (srchTimeEarliest)")


def _archived(bound: Bound, lay: Lay, holds: Callable[[], frozenset[str]]) -> Iterator[Beyond]:
    """Yield the indexes whose older events are in an archive.

    One that a pattern merely includes counts where it holds events of the scope, or holds nothing any more.
    """
    patterns = patterns_of(bound)
    found = [one for one in lay.indexes if one.archive and named_by(patterns, one.name)]
    exact = {pattern.lower() for pattern in patterns}
    held = holds() if any(one.oldest and one.name.lower() not in exact for one in found) else frozenset()
    for one in found:
        if one.oldest is None or one.name.lower() in exact or one.name in held:
            until = one.oldest or lay.now
            yield Beyond(until, "not_searchable", f"{one.name} before {until:%Y-%m-%d} is in {one.archive}")
