"""What a platform fills: protocols without inherited behaviour, and its declaration. A missing port is a missing capability."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from huntline.errors import HuntlineError, Stale
from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed, Written
from huntline.model.doubt import Doubt
from huntline.model.facts import Fact
from huntline.model.pack import Detection, Json, Pack
from huntline.model.plan import Change
from huntline.model.query import Fused, Query, Refused, Rule
from huntline.model.scope import Binding, Scope
from huntline.model.search import Order, Page, Part, Waiting
from huntline.model.window import Window

Secrets: TypeAlias = Callable[[str], str]
"""Resolves a reference (`env:`, `file:`, `keyring:`) to the secret itself; raises ConfigError that never shows it."""


class Compiler(Protocol):
    """Offline, pure, no clock."""

    def compile(self, detection: Detection, scope: Scope, binding: Binding) -> Query | Refused: ...

    def fuse(self, queries: Sequence[Query], binding: Mapping[str, Binding], path: str) -> Sequence[Fused]:
        """Join queries into texts within the language's limits; no window: start() adds it."""
        ...


class Renderer(Protocol):
    """Offline, pure, no clock: detections as objects that the platform runs by itself."""

    def rule(self, detection: Detection, scope: Scope, binding: Binding) -> Rule | Refused:
        """Return a whole search, exact, or the reason why there is none."""
        ...

    def text(self, rule: Rule | Query, heading: Sequence[str]) -> tuple[str, str]:
        """Return a file name's ending and a query as a person reviews it, under a comment of these lines."""
        ...

    def artifacts(
        self, detection: Detection, rule: Rule, *, pack: str, every: timedelta | None = None
    ) -> Sequence[Artifact]:
        """Return the native objects of a rule, those others need first, under ids and marks of ours.

        `every`: how often it runs; None: as its source's cadence says.
        """
        ...

    def package(self, artifacts: Sequence[Artifact], *, pack: Pack) -> Mapping[str, str]:
        """Return what the platform imports by hand: file -> text, byte-stable, sorted."""
        ...

    def check(self, folder: Path) -> Checked:
        """Hold a rendered folder against the checkers that are installed."""
        ...


class Search(Protocol):
    """Alive in one thread; what must outlive it is in ticket and reference."""

    @property
    def reference(self) -> str | None:
        """Opaque, stored right after start; None: nothing remote to adopt."""
        ...

    def poll(self) -> Waiting | None:
        """Return None when pages can be read (a synchronous query: at once)."""
        ...

    def page(self, cursor: str | None) -> Page:
        """Read one page: one remote call, repeatable after a Transient. QueryRejected: the engine bisects."""
        ...


class Hunter(Protocol):
    """Sends a call once, the engine retries; as many threads call it at once as the platform has slots.

    Any call raises Transient, Denied, Unauthenticated or Unreadable.
    """

    def clock(self) -> datetime | None:
        """Return the platform's own time; None: it keeps no time of arrival."""
        ...

    def reach(self, scopes: Sequence[Scope], binding: Mapping[str, Binding], wanted: Window) -> Sequence[Part]: ...

    def coverage(self, scope: Scope, part: Part, window: Window, reads: Sequence[str]) -> Sequence[Fact] | None:
        """Return facts, or None where they come in Outcome.facts (a file is read once).

        Without `reads` days alone: of each log source that is counted then every day in reach, 0 where it holds nothing.
        """
        ...

    def late(self, scope: Scope, part: Part, since: datetime) -> Sequence[Window] | None:
        """Return where events arrived at or after `since`, a time of `clock`; None: the engine compares Day.events."""
        ...

    def start(self, order: Order, queries: Sequence[Query]) -> Search:
        """Start a search; idempotent by ticket where the platform lets us choose an id. `queries` are those of order.fused."""
        ...

    def adopt(self, order: Order, queries: Sequence[Query], reference: str | None) -> Search | None:
        """Take over what a killed run left; None: start anew. Without a reference only a search that is paid is asked for."""
        ...

    def release(self, ticket: str, reference: str | None) -> None:
        """Cancel and remove; absent is success."""
        ...


class Deployer(Protocol):
    """Sends a call once, the engine retries; as many threads call it at once as the platform has slots.

    Any call raises Transient, Denied, Unauthenticated, or QueryRejected for an object that the platform does not take.
    """

    @property
    def place(self) -> str:
        """Say where it writes, without a secret: a plan made for one place is not applied to another."""
        ...

    def ready(self) -> Sequence[Finding]:
        """Look whether writing can succeed: identity, permissions, licence. A "fail" stops the tenant before any write."""
        ...

    def absent(self, scopes: Sequence[Scope]) -> Mapping[str, str]:
        """Return the scopes whose data this place does not have, each with why: rules over them would only fail."""
        ...

    def held(self, kind: str) -> Sequence[Deployed]:
        """List all of a kind that people can make there, ours or not: one listing, in pages where it must be."""
        ...

    def read(self, kind: str, remote_id: str) -> Deployed | None:
        """Read one object as it is now, however far a listing lags behind; None: it is not there."""
        ...

    def normal(self, artifact: Artifact) -> Mapping[str, Json]:
        """Return the managed fields as the platform gives them back: what Deployed.managed is compared with."""
        ...

    def put(self, artifact: Artifact, over: Deployed | None, *, on: bool, instead: Mapping[str, Json]) -> Written:
        """Create it, or replace what we manage of `over` and keep the rest; under the artifact's mark.

        `instead`: managed values by dotted path (model.paths) that are written in place of the body's. Raises Stale where
        `over` is not there any more, or, without `over`, where something is there.
        """
        ...

    def retire(self, over: Deployed) -> Written:
        """Switch it off and mark it retired. Raises Stale where `over` is not there any more."""
        ...

    def restore(self, before: Deployed, over: Deployed) -> Written:
        """Write every field of `before.whole` that can be written. Raises Stale where `over` is not there any more."""
        ...

    def remove(self, over: Deployed) -> str:
        """Delete it for ever, and return the platform's id of the request; absent is success. Raises Stale where it changed."""
        ...

    def inspect(self, artifact: Artifact, over: Deployed) -> Sequence[Finding]:
        """Prove that it works: scheduled, its query runs over the last hour, what it reads is there, it did not fail last."""
        ...


def expect_same(now: Deployed | None, over: Deployed) -> Deployed:
    """Return what is there now, before it is written over. Raises Stale where it is not what was seen."""
    if now is None:
        raise Stale(f"{over.name}: is not there any more")
    if now.revision != over.revision:
        raise Stale(f"{over.name}: was changed by {now.changed_by or 'somebody'} since it was looked at")
    return now


@dataclass(frozen=True, slots=True)
class Checked:
    """What checkers had to say. `missing`: those that are not installed here, each with how to get it."""

    ran: tuple[str, ...]
    findings: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What looking at a connection showed: one fact, and how it stands."""

    name: str
    state: Literal["ok", "warn", "fail", "unknown"]
    words: str


APART = timedelta(minutes=1)
"""A platform's clock may stand so far from ours."""


def clock_found(ask: Callable[[], datetime | None]) -> Finding:
    """Say how a platform's clock stands; `ask` gives its time, aware, or None where it does not tell."""
    try:
        told = ask()
    except HuntlineError as error:
        return Finding("clock", "unknown", error.problem)
    if told is None:
        return Finding("clock", "unknown", "the server does not tell its time: late events are told by counting days")
    apart = told - datetime.now(UTC)
    return Finding("clock", "ok" if abs(apart) <= APART else "warn", f"{apart.total_seconds():+.1f} s from ours")


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform's declaration, found by entry point `huntline.platforms`."""

    name: str
    rows: int  # most rows one search should give back
    scopes: Callable[[Mapping[str, object]], Sequence[Scope]]  # from a tenant's settings; raises ConfigError
    compiler: Callable[[Mapping[str, object]], Compiler]
    hunter: Callable[[Mapping[str, object], Secrets], Hunter] | None = None  # raises ConfigError, Denied, Transient
    probe: Callable[[Mapping[str, object], Secrets], Iterable[Finding]] | None = None  # changes nothing
    # What every report must say of a connection:
    warnings: Callable[[Mapping[str, object]], Sequence[str]] | None = None
    renderer: Callable[[Mapping[str, object]], Renderer] | None = None  # None: it runs no rules of its own
    # None: what is compiled for it is imported by hand:
    deployer: Callable[[Mapping[str, object], Secrets], Deployer] | None = None  # raises ConfigError, Denied, Transient
    # What a plan must say of the platform's limits, from a tenant's settings, what is there and what would be changed:
    limits: Callable[[Mapping[str, object], Sequence[Deployed], Sequence[Change]], Sequence[str]] | None = None
    slots: int = 1  # searches of one tenant at once, where its settings say nothing
    tools: tuple[str, ...] = ()  # distributions that shape what is rendered
    # Facts it relies on unproved; a Finding of a doubt's id settles it:
    doubts: Callable[[], Sequence[Doubt]] | None = None
    secrets: tuple[str, ...] = ()  # dotted keys of settings that hold references; `*` is any one step
