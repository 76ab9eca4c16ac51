"""Verify: what a plan wants is there as it was written, switched on, scheduled, and running without error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from huntline.crew import Course, Piece
from huntline.deploy.apply import as_wanted
from huntline.deploy.left_out import left_out
from huntline.deploy.means import Target
from huntline.errors import HuntlineError, Unauthenticated
from huntline.ledger.writes import Object
from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed
from huntline.model.plan import Change, TenantPlan
from huntline.ports import Finding
from huntline.remote import patient


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found of one object."""

    change: Change
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        return all(one.state != "fail" for one in self.findings)


@dataclass(frozen=True, slots=True)
class Verified:
    """`proofs`: one for each object that is wanted, in the plan's order. `lacking`: what should stand there, and has no plan."""

    tenant: str
    proofs: tuple[Proof, ...]
    lacking: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.lacking and all(one.holds for one in self.proofs)


def verifying(plan: TenantPlan, target: Target) -> Course[Verified]:
    """Look at every object that a plan wants, be it applied or made just now; nothing is changed.

    Raises Unauthenticated, and what listing raises.
    """
    aims = [change for change in plan.changes if change.artifact]
    held: dict[Object, Deployed] = {}
    for kind in dict.fromkeys(change.kind for change in aims):
        held |= {(one.kind, one.remote_id): one for one in patient(target.patience, target.deployer.held, kind)}
    proofs: dict[str, Proof] = {}
    yield [_piece(change, held.get((change.kind, change.remote_id)), target, proofs) for change in aims]
    return Verified(plan.tenant, tuple(proofs[change.key] for change in aims), tuple(left_out(plan)))


def _piece(change: Change, there: Deployed | None, target: Target, proofs: dict[str, Proof]) -> Piece:
    if not as_wanted(there, change, target):  # a listing may lag behind
        there = patient(target.patience, target.deployer.read, change.kind, change.remote_id)
    proofs[change.key] = Proof(change, tuple(_findings(change, there, target)))
    yield from ()


def _findings(change: Change, there: Deployed | None, target: Target) -> Iterator[Finding]:
    if there is None:
        yield Finding("there", "fail", change.reason or "is not there")
        return
    if not as_wanted(there, change, target):
        paths = ", ".join(one.path for one in change.differences if not one.kept)
        yield Finding("as written", "fail", change.reason or f"is not as the plan wants it{paths and f': {paths}'}")
        return
    yield from _kept(change)
    yield from _state(there)
    if change.artifact:
        yield from _inspected(change.artifact, there, target)


def _kept(change: Change) -> Iterator[Finding]:
    """What somebody changed there and nobody decided on is not what was written."""
    for one in change.differences:
        if one.kept and one.owner != "given":
            yield Finding(one.path, "fail", f"{change.reason}; huntline drift shows it, and takes a decision")


def _state(there: Deployed) -> Iterator[Finding]:
    if there.state == "on":
        yield Finding("enabled", "ok", "")
        if there.words:
            yield Finding("runs", "fail", there.words)
    elif there.state == "off_by_platform":
        yield Finding("enabled", "fail", f"switched off by the platform: {there.words}")
    else:
        yield Finding("enabled", "warn", "nobody has switched it on, and the tenants file does not ask for it")


def _inspected(artifact: Artifact, there: Deployed, target: Target) -> Iterator[Finding]:
    try:
        yield from patient(target.patience, target.deployer.inspect, artifact, there)
    except Unauthenticated:
        raise
    except HuntlineError as error:
        yield Finding("inspection", "fail", str(error))
