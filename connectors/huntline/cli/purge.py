"""`huntline purge`: delete retired rules for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from huntline.cli.deploying import chosen, failure_code, pack_option, say_failed, tenant_options, word_options
from huntline.cli.exits import FAILED, NOTHING
from huntline.cli.loaded import loaded_pack
from huntline.cli.plan_text import value_words
from huntline.deploy.purge import Purged
from huntline.fleet.deploy import purge_all, retired_all
from huntline.fleet.hunt import Failed
from huntline.ledger.store import open_ledger
from huntline.ledger.writes import Order
from huntline.model.deployed import Deployed
from huntline.report.plain import counted_words, visible


@click.command()
@tenant_options
@pack_option
@word_options
def purge(
    file: Path,
    names: Sequence[str],
    rings: Sequence[str],
    ledger: str,
    parallel: int,
    pack: str | None,
    who: str,
    reference: str,
    yes: bool,
) -> None:
    """Delete what was retired of a pack. This cannot be rolled back.

    Only objects with our retired mark at our own ids are deleted. The audit keeps a copy of each.

    \b
    Example:
      huntline purge --tenant acme
    \b
    Exit codes:
      0  nothing retired is left, or you said no    2  wrong usage or configuration
      1  something failed
    """
    tenants = chosen(file, names, rings)
    loaded = loaded_pack(pack)
    store = open_ledger(ledger, create=True)
    ends = list(retired_all(tenants, loaded.id, store, threads=parallel))
    failed = [end for end in ends if isinstance(end, Failed)]
    for one in failed:
        say_failed(one)
    found: dict[str, tuple[Deployed, ...]] = dict(end for end in ends if not isinstance(end, Failed) and end[1])
    count = sum(map(len, found.values()))
    for name, some in sorted(found.items()):
        for there in some:
            click.echo(visible(f"{name}: {value_words(there.name)} [{there.remote_id}]"))
    if not count:
        click.echo("Nothing is retired.")
    elif yes or click.confirm(
        f"Delete {counted_words(count, 'object')} for ever? It cannot be rolled back", default=False
    ):
        order = Order(hashlib.sha256(f"purge at {datetime.now(UTC).isoformat()}".encode()).hexdigest(), who, reference)
        some_of = [one for one in tenants if one.name in found]
        purged = list(purge_all(some_of, found, order, store, threads=parallel))
        failed += [end for end in purged if isinstance(end, Failed)]
        for end in purged:
            _say(end)
        if any(isinstance(end, Purged) and end.failed for end in purged):
            raise click.exceptions.Exit(FAILED)
    raise click.exceptions.Exit(failure_code(failed) if failed else NOTHING)


def _say(end: Purged | Failed) -> None:
    if isinstance(end, Failed):
        say_failed(end)
        return
    click.echo(visible(f"{end.tenant}: deleted {counted_words(len(end.removed), 'object')}"))
    for (_, remote_id), words in end.failed.items():
        click.echo(visible(f"{end.tenant}: failed: {remote_id}: {words}"), err=True)
