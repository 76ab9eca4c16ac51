"""`huntline hunt`: load the pack, hunt the tenants, say what was found and what was not searched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import click

from huntline.cli.exits import FAILED, HITS, INCOMPLETE, NEW_HITS, NOTHING, USAGE
from huntline.cli.loaded import loaded_pack
from huntline.cli.progress import showing
from huntline.cli.when import Moment, last_full_hour
from huntline.errors import UserError
from huntline.fleet.hunt import Failed, hunt_all
from huntline.hunt.budget import Allowance
from huntline.hunt.run import Result
from huntline.ledger.store import open_ledger
from huntline.model.tenant import Tenant
from huntline.model.window import Window
from huntline.registry import logs_platform
from huntline.report.plain import counted_words, visible
from huntline.tenants.load import load_tenants

LEDGER = "huntline-ledger.sqlite"
TENANTS = Path("tenants.yml")
SHOWN = 10
"""Most reasons told per tenant on a terminal; the report has all."""


@click.command()
@click.option("--logs", multiple=True, metavar="PATH", help="Exported logs: a file, folder or glob. May be repeated.")
@click.option(
    "--tenants",
    "tenants_file",
    type=click.Path(path_type=Path),
    envvar="HUNTLINE_TENANTS",
    help="Tenants file, instead of --logs.  [default: tenants.yml, where there is one]",
)
@click.option("--tenant", "names", multiple=True, help="Only this tenant of the tenants file. May be repeated.")
@click.option("--since", type=Moment(), default="2022-12-01", show_default=True, help="Start, UTC, inclusive.")
@click.option("--until", type=Moment(), help="End, UTC, exclusive.  [default: now, floored to the hour]")
@click.option("--pack", help="Pack of Sigma rules: a folder, or a name.  [default: the pack that comes with Huntline]")
@click.option(
    "--parallel",
    type=click.IntRange(1, 200),
    default=24,
    show_default=True,
    help="Most searches at once, over all tenants.",
)
@click.option("--allow-search-jobs", is_flag=True, help="Search also what costs money, such as archived data.")
@click.option(
    "--budget-gb",
    type=click.FloatRange(min=0, min_open=True),
    help="Most gigabytes that searches which cost may scan in this run, for each tenant.",
)
@click.option(
    "--wait-minutes",
    type=click.FloatRange(min=0),
    default=60,
    show_default=True,
    help="How long to wait for searches that cost. What still runs then is taken up by the next run.",
)
@click.option("--ledger", default=LEDGER, envvar="HUNTLINE_LEDGER", show_default=True, help="Where the facts are kept.")
def hunt(
    logs: Sequence[str],
    tenants_file: Path | None,
    names: Sequence[str],
    since: datetime,
    until: datetime | None,
    pack: str | None,
    parallel: int,
    allow_search_jobs: bool,
    budget_gb: float | None,
    wait_minutes: float,
    ledger: str,
) -> None:
    """Hunt through logs and keep what was found, and what was searched, in the ledger.

    Running it again is resuming: finished files are not read again, and after a kill nothing is lost or doubled. New
    files, changed rules and new indicators hunt only what is missing.

    \b
    Examples:
      huntline hunt --logs exports/
      huntline hunt --logs 'exports/*.ndjson.zst' --since 2023-03-01 --until 2023-05-01
      huntline hunt --tenant acme-exports
      huntline hunt --tenant acme-siem --allow-search-jobs --budget-gb 500
    \b
    Exit codes:
      0  searched as asked, nothing found      4  hits, none of them new
      1  failed                                5  no hits, but something could not be searched
      2  wrong usage or configuration        130  interrupted; run again to go on
      3  new hits
    """
    window = _window(since, until or last_full_hour())
    chosen = _tenants(logs, tenants_file, names)
    allowance = _allowance(allow_search_jobs, budget_gb, timedelta(minutes=wait_minutes))
    loaded = loaded_pack(pack)
    store = open_ledger(ledger, create=True)
    with showing() as tell:
        ends = list(
            hunt_all(chosen, loaded, wanted=window, ledger=store, tell=tell, threads=parallel, allowance=allowance)
        )
    for end in ends:
        _say(end)
    if any(isinstance(end, Result) for end in ends):
        click.echo(f"Report: huntline report --ledger {ledger} --out report")
    raise click.exceptions.Exit(_exit_code(ends))


def _window(since: datetime, until: datetime) -> Window:
    if since >= until:
        raise click.BadParameter(f"--since {since:%Y-%m-%dT%H:%MZ} is not before --until {until:%Y-%m-%dT%H:%MZ}")
    return Window(since, until)


def _allowance(allowed: bool, most: float | None, wait: timedelta) -> Allowance | None:
    if allowed and most is None:
        raise click.UsageError("--allow-search-jobs needs --budget-gb: the most that may be scanned")
    if most is not None and not allowed:
        raise click.UsageError("--budget-gb pays for nothing without --allow-search-jobs")
    return None if most is None else Allowance(most, wait)


def _tenants(logs: Sequence[str], tenants_file: Path | None, names: Sequence[str]) -> tuple[Tenant, ...]:
    if logs and not tenants_file and not names:
        return (Tenant("local", "local", logs_platform(), {"logs": list(logs)}),)
    if not logs and (tenants_file or TENANTS.exists()):
        return load_tenants(tenants_file or TENANTS, names=names)
    raise click.UsageError("name the data: either --logs PATH, or --tenants FILE with or without --tenant NAME")


def _say(end: Result | Failed) -> None:
    if isinstance(end, Failed):
        click.echo(visible(f"{end.tenant}: failed: {end.error}"), err=True)
        if end.error.advice:
            click.echo(f"  next: {visible(end.error.advice)}", err=True)
        return
    done = "" if end.searched else " (nothing new to search)"
    click.echo(visible(f"{end.tenant}: {counted_words(end.known, 'event')} known, {end.new} new{done}"))
    for why in end.incomplete[:SHOWN]:
        click.echo(visible(f"  not complete: {why}"))
    if len(end.incomplete) > SHOWN:
        click.echo(f"  and {len(end.incomplete) - SHOWN} more: see the report")


def _exit_code(ends: Sequence[Result | Failed]) -> int:
    results = [end for end in ends if isinstance(end, Result)]
    if any(result.new for result in results):
        return NEW_HITS
    failed = [end.error for end in ends if isinstance(end, Failed)]
    if failed:
        return USAGE if all(isinstance(error, UserError) for error in failed) else FAILED
    if any(result.known for result in results):
        return HITS
    return INCOMPLETE if any(result.incomplete for result in results) else NOTHING
