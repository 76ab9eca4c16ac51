"""Purge: delete for ever what was retired. The one verb that cannot be rolled back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huntline.crew import Course, Piece
from huntline.deploy.means import Target
from huntline.errors import HuntlineError, LedgerError, Unauthenticated
from huntline.ledger.lease import leased
from huntline.ledger.store import Ledger
from huntline.ledger.writes import Object, Order, Phase, Write, needed, record
from huntline.model.deployed import Deployed
from huntline.remote import patient


@dataclass(frozen=True, slots=True)
class Purged:
    """`failed`: by kind and remote id, the platform's words."""

    tenant: str
    removed: tuple[Deployed, ...]
    failed: Mapping[Object, str]


def retired(target: Target, pack: str, bases: Mapping[Object, Write]) -> tuple[Deployed, ...]:
    """Return what bears a retired mark of a pack (its id) at its own id, by kind and id; but for what is still needed.

    `bases`: the last that we wrote of every object.
    """
    kinds, kept = sorted({kind for kind, _ in bases}), needed(bases)
    found = [one for kind in kinds for one in patient(target.patience, target.deployer.held, kind)]
    ours = [one for one in found if one.home and one.mark and one.mark.retired and one.mark.key.startswith(f"{pack}/")]
    ours = [one for one in ours if one.mark and one.mark.key not in kept]
    return tuple(sorted(ours, key=lambda one: (one.kind, one.remote_id)))


def purging(chosen: Sequence[Deployed], target: Target, order: Order, ledger: Ledger) -> Course[Purged]:
    """Delete what `retired` returned. Raises Busy, LedgerError, Unauthenticated."""
    failed: dict[Object, str] = {}
    with leased(ledger, target.tenant.name, "written to"):
        for kind in dict.fromkeys(one.kind for one in chosen):
            yield [_piece(one, target, order, ledger, failed) for one in chosen if one.kind == kind]
    removed = tuple(one for one in chosen if (one.kind, one.remote_id) not in failed)
    return Purged(target.tenant.name, removed, failed)


def _piece(one: Deployed, target: Target, order: Order, ledger: Ledger, failed: dict[Object, str]) -> Piece:
    _note(one, target, order, ledger, "begun")
    try:
        request = patient(target.patience, target.deployer.remove, one)
    except (Unauthenticated, LedgerError):
        raise
    except HuntlineError as error:
        failed[(one.kind, one.remote_id)] = str(error)
        _note(one, target, order, ledger, "failed", words=str(error))
    else:
        _note(one, target, order, ledger, "done", request=request)
    yield from ()


def _note(
    one: Deployed, target: Target, order: Order, ledger: Ledger, phase: Phase, *, request: str = "", words: str = ""
) -> None:
    write = Write(
        tenant=target.tenant.name,
        order=order,
        kind=one.kind,
        remote_id=one.remote_id,
        key=one.mark.key if one.mark else "",
        action="remove",
        phase=phase,
        before=one,
        request=request,
        words=words,
    )
    with ledger.write() as connection:
        record(connection, write)
