"""`huntline audit`: every write on a platform, as the ledger keeps it: when, who, by which plan and ticket, what came of it."""

from __future__ import annotations

import json

import click

from huntline.cli.hunt import LEDGER
from huntline.cli.plan_text import LONGEST_WORDS, shortened, value_words
from huntline.ledger.store import open_ledger
from huntline.ledger.writes import Write, writes_of
from huntline.model.jsonable import moment_text
from huntline.report.plain import moment_words, visible


@click.command()
@click.option("--plan", default="", metavar="HASH", help="Only of this plan: the beginning of its hash.")
@click.option("--tenant", default="", help="Only of this tenant.")
@click.option("--ledger", default=LEDGER, envvar="HUNTLINE_LEDGER", show_default=True, help="Where the facts are kept.")
@click.option("--json", "as_json", is_flag=True, help="As JSON lines, with the objects before and after.")
def audit(plan: str, tenant: str, ledger: str, as_json: bool) -> None:
    """List what was written on the platforms, oldest first. Every write has a line before it is sent and one after.

    \b
    Examples:
      huntline audit --tenant acme
      huntline audit --plan 3f2a91c0 --json
    """
    store = open_ledger(ledger, create=False)
    with store.read() as connection:
        rows = writes_of(connection, plan=plan, tenant=tenant)
    for row in rows:
        click.echo(json.dumps(_document(row)) if as_json else visible(_line(row)))


def _line(row: Write) -> str:
    ticket = f", {row.order.reference}" if row.order.reference else ""
    request = f", request {row.request}" if row.request else ""
    words = f": {shortened(row.words, LONGEST_WORDS)}" if row.words else ""
    there = row.after or row.before
    name = value_words(there.name if there else row.key)
    told = f"{row.phase} {row.action} {name} [{row.remote_id}]"
    return f"{moment_words(row.at)} {row.tenant}: {told} (plan {row.order.plan[:16]}, {row.order.who}{ticket}{request}){words}"


def _document(row: Write) -> dict[str, object]:
    return {
        "at": moment_text(row.at) if row.at else None,
        "tenant": row.tenant,
        "plan": row.order.plan,
        "who": row.order.who,
        "reference": row.order.reference,
        "phase": row.phase,
        "action": row.action,
        "kind": row.kind,
        "id": row.remote_id,
        "key": row.key,
        "request": row.request,
        "words": row.words,
        "before": row.before.whole if row.before else None,
        "after": row.after.whole if row.after and row.phase != "begun" else None,
    }
