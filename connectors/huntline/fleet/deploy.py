"""Plan, apply, verify, watch and take back over many tenants: side by side, and ring after ring where something is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias, TypeVar

from huntline.crew import Course, Line, work
from huntline.deploy.apply import Applied, Tell, applying
from huntline.deploy.drift import Drift, drifts
from huntline.deploy.means import Means, Target
from huntline.deploy.plan import Look, look, tenant_plan
from huntline.deploy.purge import Purged, purging, retired
from huntline.deploy.rollback import RolledBack, rolling_back
from huntline.deploy.verify import Verified, verifying
from huntline.detections.narrow import narrowed
from huntline.errors import HuntlineError, UserError
from huntline.fleet.hunt import Failed
from huntline.ledger.store import Ledger
from huntline.ledger.writes import Order, bases_of
from huntline.model.deployed import Deployed
from huntline.model.pack import Pack
from huntline.model.plan import Expected, TenantPlan
from huntline.model.tenant import Tenant
from huntline.ports import Deployer, Platform
from huntline.registry import load_platform
from huntline.remote import Pace, Patience
from huntline.tenants.located import located
from huntline.tenants.secrets import secrets_of

T = TypeVar("T")
Counts: TypeAlias = Callable[[Tenant, Platform], Course[Mapping[str, Expected]]]
"""Counts what a tenant's rules would have matched, by key (fleet.expected); raises what hunting raises."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What drifted at a tenant, and the look that shows it."""

    tenant: str
    drifts: tuple[Drift, ...]
    seen: Look


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A tenant that was not written to, because an earlier ring did not hold."""

    tenant: str
    ring: str
    why: str


def plan_all(
    tenants: Sequence[Tenant], pack: Pack, ledger: Ledger, *, adopt: bool, counts: Counts, threads: int
) -> Iterator[TenantPlan | Failed]:
    """Plan for each tenant, as each is done."""

    def course(tenant: Tenant, platform: Platform) -> Course[TenantPlan]:
        seen = look(_means(tenant, platform, pack), ledger)
        return tenant_plan(seen, (yield from counts(tenant, platform)), adopt=adopt)

    return _each(tenants, course, threads)


def watch_all(tenants: Sequence[Tenant], pack: Pack, ledger: Ledger, *, threads: int) -> Iterator[Watched | Failed]:
    """Look for drift at each tenant, as each is done."""

    def course(tenant: Tenant, platform: Platform) -> Course[Watched]:
        seen = look(_means(tenant, platform, pack), ledger)
        yield from ()
        return Watched(tenant.name, drifts(seen), seen)

    return _each(tenants, course, threads)


def verify_all(tenants: Sequence[Tenant], pack: Pack, ledger: Ledger, *, threads: int) -> Iterator[Verified | Failed]:
    """Prove for each tenant that what is wanted now is there and runs, as each is done."""

    def course(tenant: Tenant, platform: Platform) -> Course[Verified]:
        means = _means(tenant, platform, pack)
        plan = tenant_plan(look(means, ledger), {}, adopt=False)
        return (yield from verifying(plan, means.target))

    return _each(tenants, course, threads)


def apply_all(
    plans: Sequence[TenantPlan],
    tenants: Mapping[str, Tenant],
    order: Order,
    ledger: Ledger,
    *,
    lost: Sequence[Tenant],
    tell: Tell,
    threads: int,
) -> Iterator[Applied | Verified | HeldBack | Failed]:
    """Apply ring after ring, in the order the plans come; the next one only if all of a ring is written and verified.

    `lost`: tenants that should be in the plan and could not be looked at: their ring is not whole.
    """
    by_ring: dict[str, list[TenantPlan]] = {}
    for plan in plans:
        by_ring.setdefault(plan.ring, []).append(plan)
    why = ""
    for number, (ring, members) in enumerate(by_ring.items(), 1):
        before = [one for one in lost if one.deploying.rank < tenants[members[0].tenant].deploying.rank]
        why = why or (_not_whole(before[0].deploying.ring) if before else "")
        if why:
            yield from (HeldBack(plan.tenant, ring, why) for plan in members)
            continue
        ends = list(_applied(members, tenants, order, ledger, tell, threads))
        yield from ends
        good = all(isinstance(end, Applied) and end.whole for end in ends)
        if number < len(by_ring) and good:
            proofs = list(_verified(members, tenants, threads))
            yield from proofs
            good = all(isinstance(proof, Verified) and proof.holds for proof in proofs)
        why = "" if good else _not_whole(ring)


def _not_whole(ring: str) -> str:
    return f"ring {ring or 'without a name'} is not written and verified whole"


def rollback_all(
    plan: str, tenants: Sequence[Tenant], order: Order, ledger: Ledger, *, threads: int
) -> Iterator[RolledBack | Failed]:
    """Take back what a plan (its hash) wrote, at each of these tenants."""

    def course(tenant: Tenant, platform: Platform) -> Course[RolledBack]:
        return (yield from rolling_back(plan, target_of(tenant, platform), order, ledger))

    return _each(tenants, course, threads)


def retired_all(
    tenants: Sequence[Tenant], pack: str, ledger: Ledger, *, threads: int
) -> Iterator[tuple[str, tuple[Deployed, ...]] | Failed]:
    """Return what is retired of a pack (its id) at each tenant, with the tenant's name."""

    def course(tenant: Tenant, platform: Platform) -> Course[tuple[str, tuple[Deployed, ...]]]:
        with ledger.read() as connection:
            bases = bases_of(connection, tenant.name)
        yield from ()
        return tenant.name, retired(target_of(tenant, platform), pack, bases)

    return _each(tenants, course, threads)


def purge_all(
    tenants: Sequence[Tenant],
    chosen: Mapping[str, Sequence[Deployed]],
    order: Order,
    ledger: Ledger,
    *,
    threads: int,
) -> Iterator[Purged | Failed]:
    """Delete what was chosen at each tenant, for ever."""

    def course(tenant: Tenant, platform: Platform) -> Course[Purged]:
        return (yield from purging(chosen[tenant.name], target_of(tenant, platform), order, ledger))

    return _each(tenants, course, threads)


def target_of(tenant: Tenant, platform: Platform) -> Target:
    """Connect to a tenant's platform for writing. Raises UserError, Denied or Transient."""
    pace = Pace(tenant.limits.per_minute) if tenant.limits.per_minute else None
    return Target(tenant, _deployer(tenant, platform), Patience(pace=pace))


def _applied(
    plans: Sequence[TenantPlan], tenants: Mapping[str, Tenant], order: Order, ledger: Ledger, tell: Tell, threads: int
) -> Iterator[Applied | Failed]:
    by_name = {plan.tenant: plan for plan in plans}

    def course(tenant: Tenant, platform: Platform) -> Course[Applied]:
        return (yield from applying(by_name[tenant.name], target_of(tenant, platform), order, ledger, tell))

    return _each([tenants[plan.tenant] for plan in plans], course, threads)


def _verified(plans: Sequence[TenantPlan], tenants: Mapping[str, Tenant], threads: int) -> Iterator[Verified | Failed]:
    by_name = {plan.tenant: plan for plan in plans}

    def course(tenant: Tenant, platform: Platform) -> Course[Verified]:
        return (yield from verifying(by_name[tenant.name], target_of(tenant, platform)))

    return _each([tenants[plan.tenant] for plan in plans], course, threads)


def _means(tenant: Tenant, platform: Platform, pack: Pack) -> Means:
    if platform.renderer is None:
        raise UserError(f"{tenant.platform} runs no rules of its own", advice="it can be hunted")
    found = narrowed(pack.detections, tenant.filters)
    return Means(
        target=target_of(tenant, platform),
        pack=pack,
        detections=found.detections,
        blocked=found.blocked,
        scopes=tuple(platform.scopes(tenant.settings)),
        renderer=platform.renderer(tenant.settings),
        warnings=tuple(platform.warnings(tenant.settings)) if platform.warnings else (),
        limits=partial(platform.limits, tenant.settings) if platform.limits else None,
    )


def _deployer(tenant: Tenant, platform: Platform) -> Deployer:
    if platform.deployer is None:
        advice = "huntline compile writes what is imported by hand"
        raise UserError(f"{tenant.platform} cannot be deployed to yet", advice=advice)
    return platform.deployer(tenant.settings, secrets_of(tenant))


def _each(
    tenants: Sequence[Tenant], course: Callable[[Tenant, Platform], Course[T]], threads: int
) -> Iterator[T | Failed]:
    """Run a course for each tenant, as many pieces at once as its platform has slots, and so many overall."""
    lines: list[Line[T]] = []
    for tenant in tenants:
        try:
            platform = load_platform(tenant.platform)
        except HuntlineError as error:
            yield Failed(tenant.name, error)
            continue
        lines.append(Line(tenant.name, _at(tenant, platform, course), tenant.limits.parallel or platform.slots))
    for line, end in work(lines, threads=threads):
        yield Failed(line.name, end) if isinstance(end, HuntlineError) else end


def _at(tenant: Tenant, platform: Platform, course: Callable[[Tenant, Platform], Course[T]]) -> Course[T]:
    with located(tenant):
        return (yield from course(tenant, platform))
