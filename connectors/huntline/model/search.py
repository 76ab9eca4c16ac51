"""One search: the part it reads, the order that asks for it, the pages and the outcome that come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeAlias

from huntline.model.facts import Fact
from huntline.model.query import Fused
from huntline.model.row import Row
from huntline.model.window import Window

PartState: TypeAlias = Literal["searchable", "not_searchable", "gone", "denied", "unreadable"]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a path costs, e.g. scanned GB; the engine only adds and compares."""

    unit: str
    amount: float | None  # for the part's whole window; None: nobody knows


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a store reached in one way: a retention tier, a cluster, one file.

    `scopes` names what it may hold: one for a table, all that fit for a file of mixed events, which is read once.
    `widest` and `narrowest` None: searched as a whole, whatever `window` says.
    """

    key: str
    title: str  # what a person calls it, e.g. a path relative to the folder given
    scopes: tuple[str, ...]
    window: Window
    state: PartState
    place: str  # where it lies: a later part of the same place supersedes it
    path: str  # opaque: how start() reaches it
    fingerprint: str  # "" for live stores; content identity of a file (changes when it grows)
    size: int  # bytes, for progress; 0 where unknown
    widest: timedelta | None
    narrowest: timedelta | None
    cost: Cost | None  # None: nothing is paid
    words: str  # the platform's own, where state is not "searchable" or something is paid

    @property
    def store(self) -> str:
        """Name what facts are kept under: what is searched as a whole by itself, a live store by its place.

        Events of a live store move from one path to another as they age; what was searched by one stays searched.
        """
        return self.key if self.widest is None else self.place


@dataclass(frozen=True, slots=True)
class Order:
    """One search: all a worker needs beside the tenant's connection."""

    tenant: str
    part: Part
    window: Window
    fused: Fused
    rows: int  # most rows to give back; rows + 1 are asked, more = capped
    want: Literal["rows", "count"]  # count: by day, for a query that floods
    ticket: str  # [a-z0-9]{1,40}: hash of all above + attempt


@dataclass(frozen=True, slots=True)
class Waiting:
    """The search is not ready; ask again after `again`. `progress` 0 to 1 where the platform tells.

    `spent`: what it has cost so far, in the unit of its part.
    """

    again: timedelta
    progress: float | None
    spent: float = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a search ended. Only "whole" and a settled "partial" finish it; "split" asks for less at a time.

    `tainted`: the windows in which something may be missing (partial only); empty means anywhere in the order.
    """

    end: Literal["whole", "split", "partial"]
    settled: bool  # asking again would answer the same
    reason: str  # a stable word: "", "capped", "timeout", "size", "truncated", "unreadable_lines", ...
    words: str  # the platform's own
    facts: tuple[Fact, ...] = ()
    tainted: tuple[Window, ...] = ()
    rows: int = 0  # rows read
    unreadable: int = 0  # lines nobody could read
    unclaimed: int = 0  # rows no scope recognises
    strange: tuple[str, ...] = ()  # fields no source knows, from a sample; sorted
    spent: float = 0  # in the unit of the part's cost
    stands: Literal["partial", "not_searchable", "denied"] = "partial"  # how a report calls what is missing

    @property
    def finishes(self) -> bool:
        """Whether the search need not be made again."""
        return self.end == "whole" or (self.end == "partial" and self.settled)


@dataclass(frozen=True, slots=True)
class Page:
    """Exactly one of `cursor` and `outcome` is set: the last page carries the outcome."""

    rows: tuple[Row, ...]
    cursor: str | None
    outcome: Outcome | None
