"""`huntline apply`: do what a plan says, ring after ring, and say of each object what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from huntline.cli.deploying import chosen, failure_code, pack_option, say_failed, tenant_options, word_options
from huntline.cli.exits import FAILED, INCOMPLETE, NOTHING, USAGE
from huntline.cli.loaded import loaded_pack
from huntline.cli.plan import made_plan
from huntline.cli.plan_text import LONGEST_WORDS, plan_lines, shortened, totals, value_words
from huntline.cli.verify import say_verified
from huntline.deploy.allowances import lacking
from huntline.deploy.apply import Applied, Done
from huntline.deploy.file import plan_hash, read_plan
from huntline.deploy.left_out import left_out
from huntline.deploy.verify import Verified
from huntline.errors import UserError
from huntline.fleet.deploy import HeldBack, apply_all
from huntline.fleet.hunt import Failed
from huntline.ledger.store import open_ledger
from huntline.ledger.writes import Order
from huntline.model.plan import Plan
from huntline.model.tenant import Tenant
from huntline.report.plain import counted_words, visible
from huntline.tenants.load import load_tenants

SHOWN = 10
"""Most objects listed of an allowance that is lacking."""


@click.command()
@click.argument("saved", required=False, metavar="[PLAN]", type=click.Path(path_type=Path))
@tenant_options
@pack_option
@word_options
@click.option(
    "--allow",
    "allowed",
    multiple=True,
    type=click.Choice(["removals", "disables", "takeovers"]),
    help="Allow what the plan would switch off for good, switch off, or take from somebody else. May be repeated.",
)
@click.option("--adopt", is_flag=True, help="Without PLAN: take over objects at our ids without our mark.")
def apply(
    saved: Path | None,
    file: Path,
    names: Sequence[str],
    rings: Sequence[str],
    ledger: str,
    parallel: int,
    pack: str | None,
    who: str,
    reference: str,
    yes: bool,
    allowed: Sequence[str],
    adopt: bool,
) -> None:
    """Do what a saved plan says: it is the approval. Without PLAN make one, show it, and ask.

    What somebody changed since the plan was made is not written, and named. A run that was cut off is finished by the
    same command. Rings are written one after the other, each only if the one before it holds and verifies.

    \b
    Examples:
      huntline apply canary.json --reference CHG-4711
      huntline apply --tenant acme
      huntline apply --yes --allow removals
    \b
    Exit codes:
      0  all of it is done    2    wrong usage or configuration, or something must be allowed first
      1  something failed     5    something was not written: it moved, is blocked, has no place there, or an earlier
                                   ring does not hold
                              130  interrupted; run it again to go on
    """
    if saved:
        plan = _narrowed(read_plan(saved), names, rings)
        known = load_tenants(file, names=[*(one.tenant for one in plan.tenants), *plan.lost])
        failed: tuple[Failed, ...] = ()
    else:
        known = chosen(file, names, rings)
        plan, failed = made_plan(known, loaded_pack(pack), ledger, adopt=adopt, count=True, threads=parallel)
    _expect_allowed(plan, allowed)
    for one in failed:
        say_failed(one)
    code = NOTHING
    if saved or _agreed(plan, yes=yes):
        code = _apply(plan, {one.name: one for one in known}, Order(plan_hash(plan), who, reference), ledger, parallel)
    lacks = _say_left_out(plan)
    raise click.exceptions.Exit(_gravest(code, failure_code(failed) if failed else NOTHING, lacks))


def _narrowed(plan: Plan, names: Sequence[str], rings: Sequence[str]) -> Plan:
    """A plan is approved whole, so that it is done whole: parts of it would bear another hash."""
    if names or rings:
        raise click.UsageError("a saved plan says itself which tenants it is for: leave out --tenant and --ring")
    return plan


def _expect_allowed(plan: Plan, allowed: Sequence[str]) -> None:
    for needed, some in lacking(plan.tenants, allowed).items():
        named = [f"{one.tenant}: {change.action} {change.name}" for one, change in some]
        more = f", and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
        raise UserError(
            f"nothing was written: the plan holds {counted_words(len(named), needed.removesuffix('s'))}"
            f" ({'; '.join(named[:SHOWN])}{more})",
            advice=f"if that is meant: --allow {needed}",
        )


def _agreed(plan: Plan, *, yes: bool) -> bool:
    for one in plan.tenants:
        for line in plan_lines(one, whole=False):
            click.echo(line)
    writes, tenants = totals(plan.tenants)
    if not writes:
        click.echo("Nothing to write.")
        return False
    told = f"Write {counted_words(writes, 'object')} at {counted_words(tenants, 'tenant')}?"
    return yes or click.confirm(told, default=False)


def _say_left_out(plan: Plan) -> int:
    """Name the tenants that hold less than the pack, and not because they want less."""
    told = [(one.tenant, words) for one in plan.tenants for words in left_out(one)]
    told += [(name, "could not be looked at when the plan was made") for name in plan.lost]
    for tenant, words in told:
        click.echo(visible(f"{tenant}: not written: {shortened(words, LONGEST_WORDS)}"), err=True)
    return INCOMPLETE if told else NOTHING


def _gravest(*codes: int) -> int:
    return next((code for code in (FAILED, USAGE, INCOMPLETE) if code in codes), NOTHING)


def _apply(plan: Plan, tenants: dict[str, Tenant], order: Order, ledger: str, threads: int) -> int:
    store = open_ledger(ledger, create=True)
    click.echo(f"Plan {order.plan[:16]}", err=True)
    ends = []
    lost = [tenants[name] for name in plan.lost]
    for end in apply_all(plan.tenants, tenants, order, store, lost=lost, tell=_say_done, threads=threads):
        ends.append(end)
        _say(end)
    click.echo(f"To take it back: huntline rollback {order.plan[:16]}", err=True)
    broken = [end for end in ends if isinstance(end, Failed)]
    if broken:
        return failure_code(broken)
    done = [one for end in ends if isinstance(end, Applied) for one in end.done]
    if any(one.end in ("failed", "skipped") for one in done):
        return FAILED
    moved = any(one.end == "moved" for one in done) or any(isinstance(end, HeldBack) for end in ends)
    return INCOMPLETE if moved else NOTHING


def _say_done(done: Done) -> None:
    request = f" (request {done.request})" if done.request and done.end != "done" else ""  # the audit has all
    words = f": {shortened(done.words, LONGEST_WORDS)}" if done.words else ""
    told = f"{done.tenant}: {done.end}: {done.change.action} {value_words(done.change.name)}{words}{request}"
    click.echo(visible(told), err=done.end != "done")


def _say(end: Applied | Verified | HeldBack | Failed) -> None:
    match end:
        case Failed():
            say_failed(end)
        case HeldBack():
            ring = f" of ring {end.ring}" if end.ring else ""
            click.echo(visible(f"{end.tenant}{ring}: not written: {end.why}"), err=True)
        case Verified():
            say_verified(end, whole=False)
        case Applied():
            counts = Counter(one.end for one in end.done)
            told = ", ".join(f"{count} {word}" for word, count in sorted(counts.items())) or "nothing to write"
            click.echo(visible(f"{end.tenant}: {told}"))
