"""`huntline rollback`: take back what a plan wrote, where nobody changed it since."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from huntline.cli.deploying import failure_code, say_failed, tenant_options, word_options
from huntline.cli.exits import FAILED, INCOMPLETE, NOTHING
from huntline.cli.plan_text import LONGEST_WORDS, shortened, value_words
from huntline.deploy.file import plan_hash, read_plan
from huntline.deploy.rollback import RolledBack, touched_by
from huntline.errors import UserError
from huntline.fleet.deploy import rollback_all
from huntline.fleet.hunt import Failed
from huntline.ledger.store import Ledger, open_ledger
from huntline.ledger.writes import Order, Write, writes_of
from huntline.report.plain import counted_words, visible
from huntline.tenants.load import load_tenants


@click.command()
@click.argument("plan")
@tenant_options
@word_options
def rollback(
    plan: str,
    file: Path,
    names: Sequence[str],
    rings: Sequence[str],
    ledger: str,
    parallel: int,
    who: str,
    reference: str,
    yes: bool,
) -> None:
    """Bring back the state of every object that PLAN touched and nobody changed since; the rest is named.

    PLAN is a saved plan, or the beginning of a plan's hash as `huntline apply` printed it. What the plan created is
    switched off and marked retired: only `huntline purge` deletes.

    \b
    Examples:
      huntline rollback canary.json
      huntline rollback 3f2a91c0 --tenant acme --reference CHG-4712
    \b
    Exit codes:
      0  all of it is as before    2  wrong usage or configuration
      1  something failed          5  something was changed since, and is left
    """
    store = open_ledger(ledger, create=False)
    whole, writes = _writes(plan, store)
    touched = sorted({one.tenant for one in writes})
    tenants = [one for one in load_tenants(file, names=touched) if not names or one.name in names]
    tenants = [one for one in tenants if not rings or one.deploying.ring in rings]
    if not tenants:
        raise UserError("the plan wrote to none of these tenants", advice=f"it wrote to: {', '.join(touched)}")
    count = sum(len(touched_by([row for row in writes if row.tenant == one.name])) for one in tenants)
    told = f"Take back {counted_words(count, 'object')} at {counted_words(len(tenants), 'tenant')}?"
    if not yes and not click.confirm(told, default=False):
        raise click.exceptions.Exit(NOTHING)
    again = hashlib.sha256(f"rollback of {whole} at {datetime.now(UTC).isoformat()}".encode()).hexdigest()
    ends = list(rollback_all(whole, tenants, Order(again, who, reference), store, threads=parallel))
    for end in ends:
        _say(end)
    raise click.exceptions.Exit(_code(ends))


def _writes(plan: str, store: Ledger) -> tuple[str, Sequence[Write]]:
    """Return the hash meant, and its rows of the audit. Raises UserError for none or several."""
    start = plan_hash(read_plan(Path(plan))) if Path(plan).is_file() else plan
    with store.read() as connection:
        writes = writes_of(connection, plan=start) if start else ()
    found = sorted({one.order.plan for one in writes})
    if len(found) == 1:
        return found[0], writes
    problem = "the ledger knows no such plan" if not found else f"{len(found)} plans begin so"
    raise UserError(f"{plan}: {problem}", advice="name a saved plan, or more of the hash that huntline apply printed")


def _say(end: RolledBack | Failed) -> None:
    if isinstance(end, Failed):
        say_failed(end)
        return
    for one in end.undone:
        words = f": {shortened(one.words, LONGEST_WORDS)}" if one.words else ""
        stamped = f" (written by the platform itself: {', '.join(one.stamped)})" if one.stamped else ""
        click.echo(visible(f"{end.tenant}: {one.end}: {value_words(one.touched.name)}{words}{stamped}"))


def _code(ends: Sequence[RolledBack | Failed]) -> int:
    failed = [end for end in ends if isinstance(end, Failed)]
    if failed:
        return failure_code(failed)
    undone = [one for end in ends if isinstance(end, RolledBack) for one in end.undone]
    if any(one.end == "failed" for one in undone):
        return FAILED
    return NOTHING if all(end.whole for end in ends if isinstance(end, RolledBack)) else INCOMPLETE
