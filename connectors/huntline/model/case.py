"""Everything a report tells about one customer, read from the ledger and, for its leases, an asset file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias

from huntline.model.chain import NO_CHAIN, Chain
from huntline.model.lease import Lease
from huntline.model.pack import LogSource, Milestone, Stage
from huntline.model.window import Window

Verdict: TypeAlias = Literal[
    "hits", "error", "denied", "partial", "not_searchable", "blind", "no_data", "waiting", "not_run", "clean"
]
"""In the order in which one of them hides the others when days become a month: worst first."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A value that made a detection match: the row's field, the rule's name for it, the value."""

    field: str
    sigma: str
    value: str


@dataclass(frozen=True, slots=True)
class Witness:
    """One detection's claim on an event."""

    detection: str
    evidence: tuple[Evidence, ...]
    new: bool  # first found by the latest hunt


@dataclass(frozen=True, slots=True)
class Hit:
    """One event that one or more detections matched. Times are aware UTC; None: the event bears no usable time."""

    tenant: str
    scope: str
    event: str
    time: datetime | None
    happened: datetime | None
    host: str  # "" where the event names none
    entities: Mapping[str, str]
    fields: Mapping[str, tuple[str, ...]]
    raw: str
    parts: tuple[str, ...]  # titles of the parts it was read in; sorted
    witnesses: tuple[Witness, ...]  # by detection id


@dataclass(frozen=True, slots=True)
class Cell:
    """A verdict for every day of `[first, last]` (inclusive), runs of equal days joined.

    `first` None: the cell of undated and implausibly dated events.
    """

    tenant: str
    detection: str
    scope: str
    first: date | None
    last: date | None
    verdict: Verdict
    why: str  # a plain sentence without times of the run; "" for clean and hits


@dataclass(frozen=True, slots=True)
class Coverage:
    """Rows of a population on one UTC day, over all parts; `day` None: undated."""

    tenant: str
    scope: str
    logsource: LogSource
    day: date | None
    events: int


@dataclass(frozen=True, slots=True)
class Store:
    """One part as it was found: what a person should know of a file, tier or cluster."""

    tenant: str
    title: str
    state: str  # PartState, or "partial" when something of it could not be read, or "waiting", "not_run"
    words: str
    rows: int
    unreadable: int
    unclaimed: int
    strange: tuple[str, ...]
    first: date | None  # first and last day with events
    last: date | None


@dataclass(frozen=True, slots=True)
class Counted:
    """A detection whose matches in a part were counted, not collected."""

    tenant: str
    detection: str
    part: str
    day: date | None
    count: int


@dataclass(frozen=True, slots=True)
class Unserved:
    """A detection that has no query for a scope, and why (code as in Refused)."""

    detection: str
    scope: str
    code: str
    construct: str


@dataclass(frozen=True, slots=True)
class Told:
    """A detection as the report speaks of it."""

    id: str
    title: str
    description: str
    level: str
    stage: str
    tags: tuple[str, ...]
    references: tuple[str, ...]
    falsepositives: tuple[str, ...]
    logsource: LogSource


@dataclass(frozen=True, slots=True)
class Expected:
    """A machine whose events should be there, by its one name, and where any of its names was seen."""

    host: str
    seen: Mapping[str, tuple[date, ...]]  # scope -> first days of the months it was seen in


@dataclass(frozen=True, slots=True)
class Case:
    customer: str
    tenants: tuple[str, ...]
    platforms: Mapping[str, str]  # tenant -> platform
    scopes: Mapping[str, str]  # scope -> title
    wanted: Window  # what the latest hunt was asked for
    pack: str  # title
    pack_hash: str
    stages: tuple[Stage, ...]
    milestones: tuple[Milestone, ...]
    detections: tuple[Told, ...]
    hits: tuple[Hit, ...]  # by happened or time (undated last), then scope and event
    cells: tuple[Cell, ...]
    coverage: tuple[Coverage, ...]
    stores: tuple[Store, ...]
    counted: tuple[Counted, ...]
    unserved: tuple[Unserved, ...]
    hosts: Mapping[str, tuple[tuple[date, int], ...]]  # scope -> (month, hosts seen)
    warnings: tuple[str, ...]  # what every reader must know, e.g. TLS not verified
    chain: Chain = NO_CHAIN  # of the pack
    leases: tuple[Lease, ...] = ()  # of this customer, whatever tenant
    expected: tuple[Expected, ...] = ()  # of this customer, whatever tenant; by host. Empty: nobody said what to expect
