"""Hunt many tenants side by side; one failing tenant never stops the rest."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from huntline.compile.once import Once
from huntline.compile.queries import compile_pack
from huntline.crew import Course, Line, work
from huntline.detections.narrow import Blocked, narrowed
from huntline.errors import HuntlineError, UserError
from huntline.hunt.budget import Allowance
from huntline.hunt.means import Means
from huntline.hunt.progress import Tell
from huntline.hunt.run import Result, hunting
from huntline.ledger.store import Ledger
from huntline.model.pack import Detection, Pack, Remark
from huntline.model.query import Query, Refused
from huntline.model.scope import Binding, Scope
from huntline.model.tenant import Tenant
from huntline.model.window import Window
from huntline.ports import Compiler, Platform, Secrets
from huntline.registry import load_platform
from huntline.remote import Pace, Patience
from huntline.tenants.located import located
from huntline.tenants.secrets import secrets_of


@dataclass(frozen=True, slots=True)
class Failed:
    """A tenant that could not be hunted, and why."""

    tenant: str
    error: HuntlineError


@dataclass(frozen=True, slots=True)
class Compiled:
    """A pack as one compiler makes it; tenants whose compilers are equal share it."""

    compiler: Once
    scopes: tuple[Scope, ...]
    detections: tuple[Detection, ...]
    queries: tuple[Query, ...]
    refused: tuple[Refused, ...]


class Shelf:
    """Packs compiled so far. One is compiled at a time: all at once would be no faster, and need the memory of all."""

    def __init__(self) -> None:
        self._held: list[Compiled] = []
        self._turn = threading.Lock()

    def compiled(self, detections: tuple[Detection, ...], scopes: tuple[Scope, ...], compiler: Compiler) -> Compiled:
        """Return what an equal compiler made of the same detections, or make it."""
        with self._turn:
            for one in self._held:
                if one.detections == detections and one.scopes == scopes and one.compiler.compiler == compiler:
                    return one
            binding = {scope.name: Binding(scope.name, {}, {}) for scope in scopes}
            queries, refused = compile_pack(detections, scopes, compiler=compiler, binding=binding)
            made = Compiled(Once(compiler), scopes, detections, queries, refused)
            self._held.append(made)
            return made


@dataclass(frozen=True, slots=True)
class _Together:
    """What the tenants of one run share."""

    pack: Pack
    wanted: Window
    ledger: Ledger
    tell: Tell
    gate: threading.Semaphore
    shelf: Shelf
    allowance: Allowance | None


def hunt_all(
    tenants: Sequence[Tenant],
    pack: Pack,
    *,
    wanted: Window,
    ledger: Ledger,
    tell: Tell,
    threads: int,
    allowance: Allowance | None = None,
) -> Iterator[Result | Failed]:
    """Hunt the tenants side by side, with at most so many calls at once overall; yield each one's end as it comes.

    `allowance` is each tenant's own.
    """
    together = _Together(pack, wanted, ledger, tell, threading.BoundedSemaphore(threads), Shelf(), allowance)
    lines: list[Line[Result]] = []
    for tenant in tenants:
        try:
            platform = load_platform(tenant.platform)
        except HuntlineError as error:
            yield Failed(tenant.name, error)
            continue
        slots = tenant.limits.parallel or platform.slots
        lines.append(Line(tenant.name, _course(tenant, platform, together), slots))
    # More hands than calls: while some read an answer or write to the ledger, the calls of others are under way.
    for line, end in work(lines, threads=threads + (threads + 1) // 2):
        yield Failed(line.name, end) if isinstance(end, HuntlineError) else end


def _course(tenant: Tenant, platform: Platform, together: _Together) -> Course[Result]:
    with located(tenant):
        means = means_of(tenant, platform, together.pack, secrets_of(tenant), together.shelf)
    gated = replace(means, patience=replace(means.patience, gate=together.gate), allowance=together.allowance)
    return (yield from hunting(gated, together.wanted, together.ledger, together.tell))


def means_of(tenant: Tenant, platform: Platform, pack: Pack, secrets: Secrets, shelf: Shelf) -> Means:
    """Compile the pack for a tenant and connect to its platform. Raises UserError, Denied or Transient."""
    scopes = tuple(platform.scopes(tenant.settings))
    if platform.hunter is None:
        raise UserError(f"{tenant.platform} cannot be hunted yet", advice="huntline compile writes its queries")
    compiler = platform.compiler(tenant.settings)
    binding = {scope.name: Binding(scope.name, {}, {}) for scope in scopes}
    found = narrowed(pack.detections, tenant.filters)
    shared = shelf.compiled(tuple(found.detections), scopes, compiler)
    queries, refused = _unblocked(shared.queries, shared.refused, found.blocked)
    pace = Pace(tenant.limits.per_minute) if tenant.limits.per_minute else None
    return Means(
        tenant=tenant,
        pack=pack,
        scopes=scopes,
        queries=queries,
        refused=refused,
        binding=binding,
        compiler=shared.compiler,
        hunter=platform.hunter(tenant.settings, secrets),
        rows=platform.rows,
        warnings=(*_connection_words(tenant, platform), *_idle_words(tenant, found.findings)),
        patience=Patience(pace=pace),
    )


def _unblocked(
    queries: Sequence[Query], refused: Sequence[Refused], blocked: Sequence[Blocked]
) -> tuple[tuple[Query, ...], tuple[Refused, ...]]:
    """Refuse the queries of detections that must not be hunted unfiltered."""
    why = {one.detection: one for one in blocked}
    held = [query for query in queries if query.detection in why]
    stopped = (_refused(query, why[query.detection]) for query in held)
    both = sorted((*refused, *stopped), key=lambda one: (one.detection, one.scope))
    return tuple(query for query in queries if query.detection not in why), tuple(both)


def _refused(query: Query, why: Blocked) -> Refused:
    return Refused(query.detection, query.scope, "filter", why.file, why.line, f"{why.file}: {why.problem}")


def _connection_words(tenant: Tenant, platform: Platform) -> Sequence[str]:
    return platform.warnings(tenant.settings) if platform.warnings else ()


def _idle_words(tenant: Tenant, findings: Sequence[Remark]) -> Iterator[str]:
    for one in findings:
        if one.severity == "warning":
            yield f"Filters of tenant {tenant.name}: {Path(one.file).name}: {one.problem}."
