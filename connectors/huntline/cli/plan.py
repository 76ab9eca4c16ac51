"""`huntline plan`: what deploying would change at each tenant, as text, Markdown or JSON; the saved plan is the approval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from huntline.cli.deploying import chosen, failure_code, pack_option, say_failed, tenant_options
from huntline.cli.exits import CHANGES, NOTHING
from huntline.cli.loaded import loaded_pack
from huntline.cli.plan_markdown import plan_markdown
from huntline.cli.plan_text import plan_lines, totals
from huntline.cli.progress import showing
from huntline.crew import Course
from huntline.deploy.file import plan_hash, plan_text
from huntline.fleet.deploy import Counts, plan_all
from huntline.fleet.expected import counting
from huntline.fleet.hunt import Failed, Shelf
from huntline.ledger.store import open_ledger
from huntline.model.pack import Pack
from huntline.model.plan import Expected, Plan, TenantPlan
from huntline.model.tenant import Tenant
from huntline.ports import Platform
from huntline.report.plain import counted_words


@click.command()
@tenant_options
@pack_option
@click.option("--adopt", is_flag=True, help="Take over objects that lie at our ids without our mark.")
@click.option("--no-counts", is_flag=True, help="Do not count what the rules would have matched in the last 30 days.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Save the plan, for `huntline apply`.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="For a terminal, for a change ticket, or whole, as it is saved.",
)
@click.option("--all", "whole", is_flag=True, help="Show also what is unchanged or not applicable.")
def plan(
    file: Path,
    names: Sequence[str],
    rings: Sequence[str],
    ledger: str,
    parallel: int,
    pack: str | None,
    adopt: bool,
    no_counts: bool,
    out: Path | None,
    form: str,
    whole: bool,
) -> None:
    """Compile the pack's rules for each tenant, look at what the platform holds, and show what would change.

    Nothing is written there. What people changed on the platform is told, and kept. A saved plan holds whole objects
    and the revisions it saw; `huntline apply PLAN` does that and nothing else.

    \b
    Examples:
      huntline plan --tenant acme
      huntline plan --ring canary --out canary.json
      huntline plan --format markdown > ticket.md
    \b
    Exit codes:
      0  nothing to write     2  wrong usage or configuration
      1  a tenant failed      3  there is something to write
    """
    tenants = chosen(file, names, rings)
    loaded = loaded_pack(pack)
    made, failed = made_plan(tenants, loaded, ledger, adopt=adopt, count=not no_counts, threads=parallel)
    if out:
        out.write_text(plan_text(made), encoding="utf-8")
    _show(made, form, whole=whole)
    for one in failed:
        say_failed(one)
    if out:
        click.echo(f"Saved as {out}: huntline apply {out}", err=True)
    writes, _ = totals(made.tenants)
    raise click.exceptions.Exit(failure_code(failed) if failed else CHANGES if writes else NOTHING)


def made_plan(
    tenants: Sequence[Tenant], pack: Pack, ledger: str, *, adopt: bool, count: bool, threads: int
) -> tuple[Plan, tuple[Failed, ...]]:
    """Plan for the tenants in their order, and return those that could not be planned for."""
    made = datetime.now(UTC)
    shelf = Shelf()
    store = open_ledger(ledger, create=True)
    with showing() as tell:

        def counted(tenant: Tenant, platform: Platform) -> Course[Mapping[str, Expected]]:
            return counting(tenant, platform, pack, shelf=shelf, today=made.date(), tell=tell)

        counts: Counts = counted if count else no_counting
        ends = list(plan_all(tenants, pack, store, adopt=adopt, counts=counts, threads=threads))
    order = {tenant.name: number for number, tenant in enumerate(tenants)}
    plans = sorted((end for end in ends if isinstance(end, TenantPlan)), key=lambda end: order[end.tenant])
    failed = tuple(end for end in ends if isinstance(end, Failed))
    return Plan(made, tuple(plans), tuple(sorted(one.tenant for one in failed))), failed


def no_counting(_tenant: Tenant, _platform: Platform) -> Course[Mapping[str, Expected]]:
    """Count nothing."""
    yield from ()
    return {}


def _show(made: Plan, form: str, *, whole: bool) -> None:
    if form == "markdown":
        click.echo(plan_markdown(made), nl=False)
    elif form == "json":
        click.echo(plan_text(made), nl=False)
    else:
        for one in made.tenants:
            for line in plan_lines(one, whole=whole):
                click.echo(line)
        writes, tenants = totals(made.tenants)
        told = (
            f"{counted_words(writes, 'object')} to write at {counted_words(tenants, 'tenant')}"
            if writes
            else "nothing to write"
        )
        click.echo(f"Plan {plan_hash(made)[:16]}: {told}")
