"""What happened on the estate, before any log takes note of it; times are aware UTC to the millisecond."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from lab.facts import Hashes

System: TypeAlias = Literal["windows", "macos"]
Status: TypeAlias = Literal["Valid", "Unavailable"]
Kind: TypeAlias = Literal["process", "image", "create", "delete", "dns", "connection", "web"]


@dataclass(frozen=True, slots=True)
class Host:
    """A computer: who sits at it, which logs it fills and what its sensor is told to record."""

    name: str
    system: System
    user: str
    address: str
    sensors: tuple[str, ...]  # of lab.sources
    records: frozenset[Kind]


@dataclass(frozen=True, slots=True)
class Program:
    """A file that can run or be loaded; `signing_id` and `team` exist on macOS only."""

    path: str
    version: str
    product: str
    company: str
    hashes: Hashes
    signer: str
    status: Status
    signing_id: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True)
class Process:
    program: Program
    pid: int
    command: str
    user: str


@dataclass(frozen=True, slots=True)
class ProcessStart:
    time: datetime
    host: Host
    process: Process
    parent: Process


@dataclass(frozen=True, slots=True)
class ImageLoad:
    time: datetime
    host: Host
    process: Process
    module: Program


@dataclass(frozen=True, slots=True)
class FileCreate:
    time: datetime
    host: Host
    process: Process
    path: str


@dataclass(frozen=True, slots=True)
class FileDelete:
    time: datetime
    host: Host
    process: Process
    path: str


@dataclass(frozen=True, slots=True)
class DnsQuery:
    time: datetime
    host: Host
    process: Process
    name: str
    answer: str  # "" where the name does not exist


@dataclass(frozen=True, slots=True)
class Connection:
    """`name` is what the process asked for; `reverse` what a look-up of the address says, "" for nothing."""

    time: datetime
    host: Host
    process: Process
    address: str
    port: int
    name: str
    reverse: str


@dataclass(frozen=True, slots=True)
class WebRequest:
    time: datetime
    host: Host
    server: str
    uri: str
    method: str
    agent: str
    cookie: str
    status: int


Event: TypeAlias = ProcessStart | ImageLoad | FileCreate | FileDelete | DnsQuery | Connection | WebRequest


@dataclass(frozen=True, slots=True)
class Mark:
    """Why an event is more than noise, and which detections of the plan each kind of log must show it to.

    A near miss is shown to none. Research is true by every indicator and yet no storyline: an analyst's look-ups.
    """

    kind: Literal["story", "near", "research"]
    name: str
    stage: str
    endpoint: tuple[int, ...] = ()
    security: tuple[int, ...] = ()
    zeek: tuple[int, ...] = ()
    proxy: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    event: Event
    mark: Mark | None


KIND: dict[type, Kind] = {
    ProcessStart: "process",
    ImageLoad: "image",
    FileCreate: "create",
    FileDelete: "delete",
    DnsQuery: "dns",
    Connection: "connection",
    WebRequest: "web",
}
