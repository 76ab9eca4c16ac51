"""Plan: what is wanted minus what is there. Nothing is written, and what people changed there is left to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from huntline.deploy.compare import STATE, differences, how_left
from huntline.deploy.means import Means
from huntline.deploy.wanted import Wanted, wanted
from huntline.ledger.choices import Choice, Choices, choices_of
from huntline.ledger.store import Ledger
from huntline.ledger.writes import Object, Write, bases_of, unfinished_of
from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed
from huntline.model.plan import Change, Difference, Expected, TenantPlan
from huntline.remote import patient

TAKE_OVER = "an object without our mark lies at this id; huntline plan --adopt makes it ours"
DELETED = "was deleted there since we wrote it; huntline drift --overwrite writes it again"


@dataclass(frozen=True, slots=True)
class Look:
    """A tenant's platform as it stood at one moment, beside what is wanted there and what the ledger knows of it."""

    means: Means
    wanted: Wanted
    held: Mapping[Object, Deployed]
    bases: Mapping[Object, Write]
    choices: Choices = field(default_factory=dict)
    unfinished: Mapping[Object, Write] = field(default_factory=dict)

    def over(self, artifact: Artifact) -> Deployed | None:
        return self.held.get((artifact.kind, artifact.remote_id))

    def chosen(self, artifact: Artifact) -> Mapping[str, Choice]:
        """Return what people decided of an object, by path."""
        mine = (artifact.kind, artifact.remote_id)
        return {path: one for (kind, id_, path), one in self.choices.items() if (kind, id_) == mine}


def look(means: Means, ledger: Ledger) -> Look:
    """Compile what is wanted and list what is there: one listing per kind, of those we want and those we once wrote.

    What we left and is not listed is asked for by itself: a listing that lags would have it deleted.
    """
    absent = patient(means.target.patience, means.target.deployer.absent, means.scopes)
    found = wanted(means, absent)
    with ledger.read() as connection:
        bases, choices = (
            bases_of(connection, means.target.tenant.name),
            choices_of(connection, means.target.tenant.name),
        )
        unfinished = unfinished_of(connection, means.target.tenant.name)
    kinds = dict.fromkeys([*(one.kind for one in found.artifacts), *(kind for kind, _ in bases)])
    there = [one for kind in kinds for one in patient(means.target.patience, means.target.deployer.held, kind)]
    held = {(one.kind, one.remote_id): one for one in there}
    left = [(one.kind, one.remote_id) for one in found.artifacts if _is_left(bases.get((one.kind, one.remote_id)))]
    for kind, remote_id in (one for one in left if one not in held):
        if now := patient(means.target.patience, means.target.deployer.read, kind, remote_id):
            held[(kind, remote_id)] = now
    return Look(means, found, held, bases, choices, unfinished)


def _is_left(base: Write | None) -> bool:
    return base is not None and base.after is not None


def tenant_plan(seen: Look, expected: Mapping[str, Expected], *, adopt: bool) -> TenantPlan:
    """Return what is to be done. `expected` by key. `adopt`: take over what lies at our ids without our mark."""
    means = seen.means
    found = [_change(artifact, seen, expected.get(artifact.key), adopt) for artifact in seen.wanted.artifacts]
    changes = (*_with_needs(found), *_leavings(seen))
    limits = means.limits(tuple(seen.held.values()), changes) if means.limits else ()
    return TenantPlan(
        tenant=means.target.tenant.name,
        customer=means.target.tenant.customer,
        platform=means.target.tenant.platform,
        place=means.target.deployer.place,
        ring=means.target.tenant.deploying.ring,
        pack=means.pack.id,
        pack_hash=means.pack.hash,
        changes=changes,
        warnings=(*means.warnings, *limits),
    )


def strays(seen: Look) -> Sequence[Deployed]:
    """Return what bears a mark of the pack at its own id, and is wanted no more; what needed others comes first."""
    kept = {one.key for one in seen.wanted.artifacts}.union(*(one.keeps for one in seen.wanted.left))
    prefix = f"{seen.means.pack.id}/"
    found = [
        one
        for one in seen.held.values()
        if one.mark
        and one.home
        and not one.mark.retired
        and one.mark.key.startswith(prefix)
        and one.mark.key not in kept
    ]
    order = [one.kind for one in seen.wanted.artifacts]
    return sorted(found, key=lambda one: (-order.index(one.kind) if one.kind in order else 0, one.remote_id))


def _change(artifact: Artifact, seen: Look, expected: Expected | None, adopt: bool) -> Change:
    over = seen.over(artifact)
    plain = Change(
        action="unchanged",
        key=artifact.key,
        kind=artifact.kind,
        remote_id=artifact.remote_id,
        name=artifact.name,
        artifact=artifact,
        on=over.state == "on" if over else bool(seen.means.target.tenant.deploying.enabled),
        seen=over.revision if over else "",
        expected=expected,
    )
    chosen = seen.chosen(artifact)
    if over is None:
        return _missing(plain, seen.bases.get((artifact.kind, artifact.remote_id)), chosen)
    if over.mark is None or over.mark.key != artifact.key:
        if not adopt:
            return replace(plain, action="held", reason=TAKE_OVER)
        found = _differences(artifact, over, None, seen, chosen)
        return replace(_written(plain, found, chosen), action="adopt", reason=f"bears the name {over.name!r} there")
    base = seen.bases.get((artifact.kind, artifact.remote_id))
    return _existing(plain, over, _differences(artifact, over, base, seen, chosen), chosen)


def _with_needs(found: Sequence[Change]) -> Iterator[Change]:
    """Hold what would be written over something that is not there as ours: it may find nothing, without a word."""
    lacking = {one.key: one for one in found if one.action == "held" and one.reason in (TAKE_OVER, DELETED)}
    for one in found:
        needs = [lacking[key] for key in (one.artifact.needs if one.artifact else ()) if key in lacking]
        yield replace(one, action="held", reason=f"needs {needs[0].name}: {needs[0].reason}") if needs else one


def _missing(plain: Change, base: Write | None, chosen: Mapping[str, Choice]) -> Change:
    left = base.after if base else None
    if left and not (left.mark and left.mark.retired) and not ("" in chosen and chosen[""].word == "overwrite"):
        return replace(plain, action="held", reason=DELETED)
    return replace(_written(plain, (), chosen), action="create")


def _existing(plain: Change, over: Deployed, found: Sequence[Difference], chosen: Mapping[str, Choice]) -> Change:
    """A mark that is stale by itself is written, too; but never beside fields that others changed: it would vouch for them."""
    if over.state == "off_by_platform" and not (STATE in chosen and chosen[STATE].word == "overwrite"):
        reason = f"switched off by the platform: {over.words}"
        return replace(plain, action="held", differences=tuple(found), reason=reason)
    written = any(not one.kept for one in found)
    stale = plain.artifact is not None and over.mark != plain.artifact.mark
    change = _written(plain, found, chosen)
    if written or (stale and not found):
        return replace(change, action="disable" if over.state == "on" and not change.on else "update")
    if all(one.owner == "given" for one in found):
        return change
    return replace(change, action="held", reason=f"changed by {over.changed_by or 'somebody'} there, and kept")


def _written(plain: Change, found: Sequence[Difference], chosen: Mapping[str, Choice]) -> Change:
    """Say how it stands once it is written: with what is kept there, and with what was adopted."""
    state = next((one.wanted == "on" for one in found if one.path == STATE and not one.kept), plain.on)
    instead = {path: one.value for path, one in chosen.items() if one.word == "adopt" and path not in ("", STATE)}
    instead |= {one.path: one.now for one in found if one.kept and one.path != STATE}
    return replace(plain, on=state, instead=instead, differences=tuple(found))


def _differences(
    artifact: Artifact, over: Deployed, base: Write | None, seen: Look, chosen: Mapping[str, Choice]
) -> tuple[Difference, ...]:
    normal = seen.means.target.deployer.normal(artifact)
    left = how_left(base, seen.unfinished.get((artifact.kind, artifact.remote_id)), over, artifact, normal)
    return tuple(differences(over, normal, left, chosen, seen.means.target.tenant.deploying.enabled))


def _leavings(seen: Look) -> Iterator[Change]:
    """Yield what has no place in the plan of objects: what is retired, and what gets no object, with the reason."""
    why = {one.key: one.reason for one in seen.wanted.left}
    for one in strays(seen):
        key = one.mark.key if one.mark else ""
        reason = why.get(key, "the pack wants it no more")
        yield Change("retire", key, one.kind, one.remote_id, one.name, reason, seen=one.revision)
    for left in seen.wanted.left:
        yield Change(left.why, left.key, "", "", left.name, left.reason)
