"""`huntline verify`: prove that the rules are there as they were written, on, scheduled, and run without error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from huntline.cli.deploying import chosen, failure_code, pack_option, say_failed, tenant_options
from huntline.cli.exits import FAILED, NOTHING
from huntline.cli.loaded import loaded_pack
from huntline.cli.plan_text import LONGEST_WORDS, shortened, value_words
from huntline.deploy.verify import Verified
from huntline.fleet.deploy import verify_all
from huntline.fleet.hunt import Failed
from huntline.ledger.store import open_ledger
from huntline.report.plain import counted_words, visible

STATES = {"ok": "ok", "warn": "warning", "fail": "FAILED", "unknown": "unknown"}


@click.command()
@tenant_options
@pack_option
@click.option("--all", "whole", is_flag=True, help="Show also what holds.")
def verify(
    file: Path,
    names: Sequence[str],
    rings: Sequence[str],
    ledger: str,
    parallel: int,
    pack: str | None,
    whole: bool,
) -> None:
    """Look at every rule the pack wants at each tenant; nothing is changed.

    Each is there as it was written, switched on where the tenants file says so, and scheduled; its query runs without
    error over the last hour; what it reads is there; and its last run did not fail.

    \b
    Examples:
      huntline verify --tenant acme
      huntline verify --ring canary --all
    \b
    Exit codes:
      0  all of it holds (read the warnings)      2  wrong usage or configuration
      1  something does not, or could not be looked at
    """
    store = open_ledger(ledger, create=True)
    ends = list(verify_all(chosen(file, names, rings), loaded_pack(pack), store, threads=parallel))
    for end in ends:
        if isinstance(end, Failed):
            say_failed(end)
        else:
            say_verified(end, whole=whole)
    failed = [end for end in ends if isinstance(end, Failed)]
    holds = all(end.holds for end in ends if isinstance(end, Verified))
    raise click.exceptions.Exit(failure_code(failed) if failed else NOTHING if holds else FAILED)


def say_verified(end: Verified, *, whole: bool) -> None:
    """Print what was found. `whole`: also what is in order."""
    bad, objects = sum(not proof.holds for proof in end.proofs), counted_words(len(end.proofs), "object")
    told = f"verified, {objects}" if end.holds else f"{bad} of {objects} not as they should be"
    click.echo(visible(f"{end.tenant}: {told}"))
    for words in end.lacking:
        click.echo(visible(f"    {STATES['fail']:<8} not written: {shortened(words, LONGEST_WORDS)}"))
    for proof in end.proofs:
        shown = [one for one in proof.findings if whole or one.state != "ok"]
        if shown:
            click.echo(visible(f"  {value_words(proof.change.name)}"))
        for one in shown:
            words = shortened(one.words, LONGEST_WORDS)
            click.echo(visible(f"    {STATES[one.state]:<8} {one.name}{': ' if words else ''}{words}"))
