"""`huntline report`: from the ledger to report.html, report.json and hits.csv."""

from __future__ import annotations

from pathlib import Path

import click

from huntline.cli.hunt import LEDGER
from huntline.ledger.store import open_ledger
from huntline.report.case import cases
from huntline.report.plain import visible
from huntline.report.runlog import run_log
from huntline.report.write import write_report


@click.command()
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write to.")
@click.option("--customer", help="Only this customer.")
@click.option("--ledger", default=LEDGER, envvar="HUNTLINE_LEDGER", show_default=True, help="Where the facts are kept.")
def report(out: Path, customer: str | None, ledger: str) -> None:
    """Write the report of the latest hunts: one HTML file that works as an attachment, JSON and CSV with every hit.

    \b
    Examples:
      huntline report --out report/
      huntline report --customer Acme --out acme/
    """
    store = open_ledger(ledger, create=False)
    told = cases(store, customer=customer)
    page = write_report(told, out, run_log=run_log(store, {tenant for case in told for tenant in case.tenants}))
    click.echo(visible(str(page)))
