"""`huntline report`: from the ledger to report.html, report.json and hits.csv."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click

from huntline.cli.hunt import LEDGER, TENANTS
from huntline.ledger.store import open_ledger
from huntline.model.case import Case
from huntline.model.lease import Lease
from huntline.report.case import cases
from huntline.report.plain import counted_words, visible
from huntline.report.runlog import run_log
from huntline.report.summary import Line
from huntline.report.write import write_report
from huntline.tenants.assets import load_assets
from huntline.tenants.load import asset_files


@click.command()
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write to.")
@click.option("--customer", help="Only this customer.")
@click.option(
    "--assets", multiple=True, type=click.Path(path_type=Path), help="Which host had which address: CSV, NDJSON."
)
@click.option(
    "--tenants",
    type=click.Path(path_type=Path),
    envvar="HUNTLINE_TENANTS",
    help="Tenants file, for the customers' asset files.  [default: tenants.yml, where there is one]",
)
@click.option("--ledger", default=LEDGER, envvar="HUNTLINE_LEDGER", show_default=True, help="Where the facts are kept.")
def report(out: Path, customer: str | None, assets: Sequence[Path], tenants: Path | None, ledger: str) -> None:
    """Write the report of the latest hunts: one HTML file that works as an attachment, JSON and CSV with every hit.

    Prints a line per customer with its answer, the gravest first, and last the path of the page.

    \b
    Examples:
      huntline report --out report/
      huntline report --customer Acme --out acme/
      huntline report --assets leases.csv --out report/
    """
    store = open_ledger(ledger, create=False)
    told = cases(store, customer=customer)
    of_customers = asset_files(tenants or TENANTS) if tenants or TENANTS.exists() else {}
    told = tuple(
        replace(case, leases=tuple(_leases(case, told, assets, of_customers.get(case.customer)))) for case in told
    )
    written = write_report(told, out, run_log=run_log(store, {tenant for case in told for tenant in case.tenants}))
    for line in written.lines:
        click.echo(visible(f"{line.customer}: {line.headline} {_measure(line)}"))
    click.echo(visible(str(written.page)))


def _measure(line: Line) -> str:
    """Say what the answer rests on, so that nobody takes it for more."""
    hits = f"{counted_words(line.hits, 'hit')}, {line.new:,} new" if line.hits else "no hits"
    return f"({hits}; {line.checks_searched:,} of {counted_words(line.checks, 'check')} made)"


def _leases(case: Case, told: Sequence[Case], assets: Sequence[Path], own: Path | None) -> Iterator[Lease]:
    """Yield what is known of one customer's addresses; a customer's own file is about nobody else."""
    if own:
        yield from load_assets(own, customers=(case.customer,)).get(case.customer, ())
    for path in assets:
        yield from load_assets(path, customers=[one.customer for one in told]).get(case.customer, ())
