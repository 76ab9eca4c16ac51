"""What can happen in the company, and how an entry of the catalogue makes it happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from typing import TypeAlias

from lab.benign.company import MACS, WINDOWS
from lab.events import (
    Connection,
    DnsQuery,
    Event,
    FileCreate,
    FileDelete,
    Host,
    ImageLoad,
    Process,
    ProcessStart,
    Program,
    WebRequest,
)
from lab.menu import address_of
from lab.noise import run

FIRST, LAST = date(2022, 12, 1), date(2026, 5, 31)  # inclusive


@dataclass(frozen=True, slots=True)
class Logged:
    """An event that only a log of its own kind tells of, in the field names of a Sigma log source."""

    time: datetime
    host: str
    logsource: str
    fields: Mapping[str, str]


Happening: TypeAlias = Event | Logged


@dataclass(frozen=True, slots=True)
class Moment:
    """When an event happens, and the dice of its entry."""

    time: datetime
    dice: Random

    @property
    def pc(self) -> Host:
        """Draw a Windows computer, another one each time."""
        return self.dice.choice(WINDOWS)

    @property
    def mac(self) -> Host:
        """Draw a Mac, another one each time."""
        return self.dice.choice(MACS)

    @property
    def pid(self) -> int:
        """Draw a process id."""
        return 4 * self.dice.randrange(300, 5000)


@dataclass(frozen=True, slots=True)
class Entry:
    """One way to be harmless. `facts` is a section of the fact base and words that stand in it, or "" for ordinary life."""

    id: str
    facts: str
    make: Callable[[Moment], Happening]
    since: date = FIRST


@dataclass(frozen=True, slots=True)
class Seen:
    entry: Entry
    number: int  # from 1, in the entry
    event: Happening

    @property
    def id(self) -> str:
        return f"{self.entry.id} {self.number}"


def started(at: Moment, host: Host, program: Program, command: str, parent: Program) -> ProcessStart:
    return ProcessStart(at.time, host, run(host, program, command, pid=at.pid), _acting(at, host, parent))


def loaded(at: Moment, host: Host, program: Program, module: Program) -> ImageLoad:
    return ImageLoad(at.time, host, _acting(at, host, program), module)


def created(at: Moment, host: Host, program: Program, path: str) -> FileCreate:
    return FileCreate(at.time, host, _acting(at, host, program), path)


def deleted(at: Moment, host: Host, program: Program, path: str) -> FileDelete:
    return FileDelete(at.time, host, _acting(at, host, program), path)


def asked(at: Moment, host: Host, program: Program, name: str, *, answer: str = "") -> DnsQuery:
    return DnsQuery(at.time, host, _acting(at, host, program), name, answer or address_of(name))


def connected(at: Moment, host: Host, program: Program, name: str, *, address: str = "", port: int = 443) -> Connection:
    """Connect to a named server; looked up backwards, its address bears that name or none."""
    reverse = at.dice.choice((name, name, ""))
    return Connection(at.time, host, _acting(at, host, program), address or address_of(name), port, name, reverse)


def visited(at: Moment, host: Host, server: str, uri: str, agent: str) -> WebRequest:
    """Visit a page with ordinary cookies; the proxy writes the path alone, or the whole address."""
    cookie = at.dice.choice(("", "", f"session={at.dice.getrandbits(32):08x}", "__utma=1.2.3; __utmc=1"))
    whole = at.dice.choice(("", "", f"https://{server}"))
    status = at.dice.choice((200, 200, 200, 304, 404))
    return WebRequest(at.time, host, server, whole + uri, "GET", agent, cookie, status)


def logged(at: Moment, host: str, logsource: str, fields: Mapping[str, str]) -> Logged:
    return Logged(at.time, host, logsource, fields)


def _acting(at: Moment, host: Host, program: Program) -> Process:
    return run(host, program, f'"{program.path}"', pid=at.pid)
