"""`huntline verify`: prove that the rules are there as they were written, on, scheduled, and run without error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from huntline.cli.deploying import chosen, failure_code, pack_option, say_failed, tenant_options
from huntline.cli.exits import FAILED, NOTHING
from huntline.cli.loaded import loaded_pack
from huntline.cli.plan_text import LONGEST_WORDS, shortened, value_words
from huntline.deploy.verify import Proof, Verified
from huntline.fleet.deploy import verify_all
from huntline.fleet.hunt import Failed
from huntline.ledger.store import open_ledger
from huntline.ports import Finding
from huntline.report.plain import counted_words, visible

STATES = {"ok": "ok", "warn": "warning", "fail": "FAILED", "unknown": "unknown"}
NAMED = 3
"""Objects named of what holds, with a warning; what fails is named whole."""


@click.command()
@tenant_options
@pack_option
@click.option("--all", "whole", is_flag=True, help="Show all that was looked at, object by object.")
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
    for line in _by_object(end.proofs) if whole else _by_finding(end.proofs):
        click.echo(visible(line))


def _by_object(proofs: Sequence[Proof]) -> Iterator[str]:
    for proof in proofs:
        yield f"  {value_words(proof.change.name)}"
        yield from (f"    {_words(one)}" for one in proof.findings)


def _by_finding(proofs: Sequence[Proof]) -> Iterator[str]:
    """Say once what is not in order, the gravest first, and of which objects: all that fail, some of the others."""
    about: dict[Finding, list[str]] = {}
    for proof in proofs:
        for one in proof.findings:
            about.setdefault(one, []).append(value_words(proof.change.name))
    for state in ("fail", "warn", "unknown"):
        for one, names in about.items():
            if one.state == state:
                yield f"    {_words(one)}"
                shown = names if state == "fail" else names[:NAMED]
                yield from (f"      {name}" for name in shown)
                if shown != names:
                    yield f"      and {len(names) - len(shown)} more: --all names them"


def _words(one: Finding) -> str:
    words = shortened(one.words, LONGEST_WORDS)
    return f"{STATES[one.state]:<8} {one.name}{': ' if words else ''}{words}"
