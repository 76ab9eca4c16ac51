"""Rollback: the state before a plan, for every object it touched and nobody changed since; the rest is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from huntline.crew import Course, Piece
from huntline.deploy.means import Target
from huntline.errors import HuntlineError, LedgerError, Unauthenticated
from huntline.ledger.lease import leased
from huntline.ledger.store import Ledger
from huntline.ledger.writes import Object, Order, Phase, Write, bases_of, needed, record, writes_of
from huntline.model.deployed import Deployed, Written
from huntline.model.paths import flat
from huntline.remote import patient

BACK = frozenset({"restored", "retired", "as before"})
"""How an object ends that is as it was before the plan."""


@dataclass(frozen=True, slots=True)
class Touched:
    """An object that was written: what was there before the first write, and what the last one left. None: nothing.

    `after` without a revision is what a write was to leave there, whose answer never came.
    """

    kind: str
    remote_id: str
    key: str
    before: Deployed | None
    after: Deployed | None

    @property
    def name(self) -> str:
        there = self.after or self.before
        return there.name if there else self.key


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of one object.

    `end`: restored, retired (there was none before), as before, changed since, still needed, gone, failed.

    `stamped`: fields that differ from before, because the platform writes them itself.
    """

    touched: Touched
    end: str
    words: str = ""
    stamped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RolledBack:
    tenant: str
    undone: tuple[Undone, ...]

    @property
    def whole(self) -> bool:
        return all(one.end in BACK for one in self.undone)


@dataclass(slots=True)
class _Run:
    target: Target
    order: Order
    ledger: Ledger
    bases: Mapping[Object, Write]  # how we last knew every object for ours, by whatever plan
    left: Mapping[Object, Deployed | None]  # how our last write left every object, by whatever plan
    held: dict[Object, Deployed] = field(default_factory=dict)
    ends: dict[Object, Undone] = field(default_factory=dict)


def touched_by(writes: Sequence[Write]) -> tuple[Touched, ...]:
    """Return the objects that these rows of one tenant wrote, the last written first.

    A later run that finds an object as wanted left nothing there: what came in between is not ours.
    """
    found: dict[Object, Touched] = {}
    unanswered: set[Object] = set()
    for one in writes:
        key = (one.kind, one.remote_id)
        if one.phase == "begun":
            unanswered.add(key)
            before = found[key].before if key in found else one.before
            found[key] = Touched(one.kind, one.remote_id, one.key, before, one.after)
        elif one.phase == "done" and key in unanswered:
            unanswered.discard(key)
            found[key] = Touched(one.kind, one.remote_id, one.key, found[key].before, one.after)
    return tuple(reversed(found.values()))


def rolling_back(plan: str, target: Target, order: Order, ledger: Ledger) -> Course[RolledBack]:
    """Undo what a plan (its hash) wrote to a tenant. Raises Busy, LedgerError and what listing raises."""
    tenant = target.tenant.name
    with ledger.read() as connection:
        writes, bases = writes_of(connection, tenant=tenant), bases_of(connection, tenant)
    touched = touched_by([one for one in writes if one.order.plan.startswith(plan)])
    left = {(one.kind, one.remote_id): one.after for one in touched_by(writes)}
    run = _Run(target, order, ledger, bases, left)
    with leased(ledger, tenant, "written to"):
        kinds = tuple(dict.fromkeys(one.kind for one in touched))
        for kind in kinds:
            run.held |= {(one.kind, one.remote_id): one for one in patient(target.patience, target.deployer.held, kind)}
        for kind in kinds:  # the last written first: nothing is taken away under what still needs it
            yield [_piece(one, run) for one in touched if one.kind == kind]
    return RolledBack(tenant, tuple(run.ends[(one.kind, one.remote_id)] for one in touched))


def _piece(touched: Touched, run: _Run) -> Piece:
    try:
        end = _undo(touched, run)
    except (Unauthenticated, LedgerError):
        raise
    except HuntlineError as error:
        end = Undone(touched, "failed", str(error))
        _note(touched, run, "failed", None, words=str(error))
    run.ends[(touched.kind, touched.remote_id)] = end
    yield from ()


def _undo(touched: Touched, run: _Run) -> Undone:
    key = (touched.kind, touched.remote_id)
    there = run.held.get(key)
    if settled := _settled(touched, there, run.left.get(key)):
        return settled
    if there is None:
        return Undone(touched, "gone", "was deleted since")
    if touched.before is None and touched.key in _still_needed(run):
        return Undone(touched, "still needed", "what needs it stays")
    _note(touched, run, "begun", there)
    if touched.before is None:
        _note(touched, run, "done", there, patient(run.target.patience, run.target.deployer.retire, there))
        return Undone(touched, "retired")
    written = patient(run.target.patience, run.target.deployer.restore, touched.before, there)
    _note(touched, run, "done", there, written)
    if not _same(written.after, touched.before):
        return Undone(
            touched, "failed", f"differs in {', '.join(_unlike(written.after.managed, touched.before.managed))}"
        )
    return Undone(touched, "restored", stamped=tuple(_unlike(written.after.whole, touched.before.whole)))


def _still_needed(run: _Run) -> frozenset[str]:
    """Return the keys of what objects need that are not taken back: what needs others is undone before them."""
    back = {one for one, end in run.ends.items() if end.end in BACK}
    return needed({one: write for one, write in run.bases.items() if one not in back})


def _settled(touched: Touched, there: Deployed | None, last: Deployed | None) -> Undone | None:
    """Return how it ends where nothing is to be written."""
    before, after = touched.before, touched.after
    if before is None and (there is None or _is_retired(there)):
        return Undone(touched, "as before", "nothing runs there, as before")
    if before is not None and there is not None and _same(there, before):
        return Undone(touched, "as before")
    if there is not None and not _is_left(there, after) and not _is_back(there, after, last):
        return Undone(
            touched, "changed since", f"changed by {there.changed_by or 'somebody'} since the plan was applied"
        )
    return None


def _is_left(there: Deployed, after: Deployed | None) -> bool:
    """Say whether an object is as the plan's last write of it left it, or was to leave it."""
    if after is None:
        return False
    return there.revision == after.revision if after.revision else _same(there, after)


def _is_back(there: Deployed, after: Deployed | None, last: Deployed | None) -> bool:
    """Say whether a later plan was taken back, so that an object is again as this plan left it, and nobody's since."""
    return bool(after and last and there.revision == last.revision and _same(last, after))


def _is_retired(there: Deployed) -> bool:
    return bool(there.mark and there.mark.retired)


def _same(one: Deployed, other: Deployed) -> bool:
    return (one.managed, one.mark, one.state == "on") == (other.managed, other.mark, other.state == "on")


def _unlike(one: object, other: object) -> list[str]:
    left, right = (flat(side) if isinstance(side, dict) else {} for side in (one, other))
    return sorted(path for path in left.keys() | right.keys() if left.get(path) != right.get(path))


def _note(
    touched: Touched,
    run: _Run,
    phase: Phase,
    before: Deployed | None,
    written: Written | None = None,
    *,
    words: str = "",
) -> None:
    write = Write(
        tenant=run.target.tenant.name,
        order=run.order,
        kind=touched.kind,
        remote_id=touched.remote_id,
        key=touched.key,
        action="restore" if touched.before else "retire",
        phase=phase,
        before=before,
        after=written.after if written else None,
        request=written.request if written else "",
        words=words,
    )
    with run.ledger.write() as connection:
        record(connection, write)
