"""A case with what every page asks of it: detections and stages by id, hosts by their one name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from huntline.model.case import Case, Hit, Told
from huntline.model.pack import LogSource, Stage
from huntline.report.addresses import AddressBook, By, address_book, canonical
from huntline.report.hosts import address_of, host_names

UNSTAGED = Stage("", "No stage given", -1, "Detections matched. The pack names no stage for them.", ())


@dataclass(frozen=True, slots=True)
class Place:
    """The host a hit is told under, and how that is known.

    `address`: all the event itself knew of it, "" where it knew a name; `by`: what gave the address a name.
    """

    host: str
    known: bool
    address: str = ""
    by: tuple[By, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    case: Case
    told: Mapping[str, Told]  # every detection spoken of, also those the pack no longer has
    stages: Mapping[str, Stage]  # detection -> its stage
    names: Mapping[str, str]  # host as logged, or as an asset file writes it -> host as told
    book: AddressBook

    @property
    def split_moments(self) -> frozenset[datetime]:
        """Milestones whose meaning the pack tells by stage."""
        return frozenset(split.at for split in self.case.chain.splits)

    def host(self, hit: Hit) -> str:
        """Name the host a hit belongs to; where nobody knows its name, its address."""
        return self.place(hit).host

    def place(self, hit: Hit) -> Place:
        """Say which host a hit belongs to. An address joins a host only if nobody else can have had it at that time.

        The address of a hit without any host may be that of the far side, so it is only shown, never looked up.
        """
        logged = logged_host(hit)
        address = canonical(logged)
        if logged and not address:
            return Place(self.names[logged], known=True)
        owners = self.book.owners(address, moment_of(hit)) if address else ()
        if len({self.names[host] for host, _ in owners}) == 1:
            return Place(self.names[owners[0][0]], True, address, tuple(sorted({by for _, by in owners})))
        address = address or address_of(hit)
        return Place(f"unknown host at {address}" if address else "unknown host", False, address)

    def stage(self, hit: Hit) -> Stage:
        """Return the gravest stage a hit speaks for."""
        return max((self.stages[w.detection] for w in hit.witnesses), key=gravity, default=UNSTAGED)


def subject_of(case: Case) -> Subject:
    told = {one.id: one for one in case.detections}
    spoken = {w.detection for hit in case.hits for w in hit.witnesses} | {one.detection for one in case.counted}
    for gone in sorted(spoken - told.keys()):
        told[gone] = Told(gone, gone, "", "", "", (), (), (), LogSource())
    stages = {stage.id: stage for stage in case.stages}
    written = {logged_host(hit) for hit in case.hits} | {lease.host for lease in case.leases}
    return Subject(
        case,
        told,
        {one.id: stages.get(one.stage, UNSTAGED) for one in told.values()},
        host_names(name for name in written if not canonical(name)),
        address_book(case.hits, case.leases),
    )


def moment_of(hit: Hit) -> datetime | None:
    """Return when it happened by the event's own word, else the time it is indexed by."""
    return hit.happened or hit.time


def gravity(stage: Stage) -> tuple[int, str]:
    return stage.rank, stage.id


def logged_host(hit: Hit) -> str:
    return (hit.host or hit.entities.get("host", "")).strip()
