"""`huntline drift`: what stands on the platforms otherwise than we left it, whose doing it is, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from huntline.cli.deploying import chosen, failure_code, pack_option, say_failed, tenant_options, whoami
from huntline.cli.exits import CHANGES, NOTHING
from huntline.cli.loaded import loaded_pack
from huntline.cli.plan_text import LONGEST_WORDS, difference_words, shortened, value_words
from huntline.deploy.decide import decisions
from huntline.deploy.drift import Drift
from huntline.errors import UserError
from huntline.fleet.deploy import Watched, watch_all
from huntline.fleet.hunt import Failed
from huntline.ledger.choices import Word, choose
from huntline.ledger.store import open_ledger
from huntline.model.jsonable import moment_text
from huntline.report.plain import moment_words, visible

WORDS = {
    "edited": "edited there",
    "outdated": "as we left it, but the pack or the tenants file wants it otherwise",
    "missing": "never written",
    "deleted": "deleted there",
    "switched_off": "switched off there",
    "switched_on": "switched on there",
    "off_by_platform": "switched off by the platform",
    "failing": "its runs fail",
    "unmarked": "at our id, without our mark",
    "copy": "a copy of ours",
    "orphan": "ours, and wanted no more",
    "namesake": "foreign, with the name of one of ours",
}


@click.command()
@tenant_options
@pack_option
@click.option("--adopt", multiple=True, metavar="ID:FIELD", help="Take what stands there for what we want there.")
@click.option(
    "--overwrite", multiple=True, metavar="ID[:FIELD]", help="Let the next plan write over it, or make it again."
)
@click.option("--ignore", multiple=True, metavar="ID:FIELD", help="Leave the field to them for good.")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def drift(
    file: Path,
    names: Sequence[str],
    rings: Sequence[str],
    ledger: str,
    parallel: int,
    pack: str | None,
    adopt: Sequence[str],
    overwrite: Sequence[str],
    ignore: Sequence[str],
    as_json: bool,
) -> None:
    """Compare every field we manage with what stands there, and tell what is ours, theirs, and neither.

    Nothing is written on a platform. A decision is kept in the ledger and counts from the next plan on; ID is the
    object's own, as it is listed, FIELD as it is listed, or `state` for whether it is switched on.

    \b
    Examples:
      huntline drift
      huntline drift --tenant acme --ignore 0b7c...:severity
      huntline drift --tenant acme --overwrite 0b7c...
    \b
    Exit codes:
      0  no drift           2  wrong usage or configuration
      1  a tenant failed    3  drift
    """
    tenants = chosen(file, names, rings)
    asked: list[tuple[Word, str]] = [
        *(("adopt", one) for one in adopt),
        *(("overwrite", one) for one in overwrite),
        *(("ignore", one) for one in ignore),
    ]
    if asked and len(tenants) != 1:
        raise UserError("a decision is about one tenant", advice="name it with --tenant")
    store = open_ledger(ledger, create=True)
    ends = list(watch_all(tenants, loaded_pack(pack), store, threads=parallel))
    failed = [end for end in ends if isinstance(end, Failed)]
    watched = [end for end in ends if isinstance(end, Watched)]
    for one in failed:
        say_failed(one)
    if asked and watched:
        made = decisions(asked, watched[0].seen, watched[0].drifts, whoami())
        with store.write() as connection:
            choose(connection, watched[0].tenant, made)
        for choice in made:
            click.echo(
                visible(f"{watched[0].tenant}: {choice.word} {choice.path or 'the object'} of {choice.remote_id}")
            )
        raise click.exceptions.Exit(NOTHING)
    if as_json:
        click.echo(json.dumps([_document(one) for one in watched], indent=2))
    else:
        for end in watched:
            for line in _lines(end):
                click.echo(line)
    found = any(end.drifts for end in watched)
    raise click.exceptions.Exit(failure_code(failed) if failed else CHANGES if found else NOTHING)


def _lines(end: Watched) -> Iterator[str]:
    yield visible(f"{end.tenant}: {'no drift' if not end.drifts else f'{len(end.drifts)} found'}")
    for one in end.drifts:
        by = f" by {value_words(one.by)}" if one.by else ""
        at = f", {moment_words(one.at)}" if one.at else ""
        words = f": {shortened(one.words, LONGEST_WORDS)}" if one.words else ""
        yield visible(f"  {WORDS[one.what]}{by}{at}: {value_words(one.name)} [{value_words(one.remote_id)}]{words}")
        for field in one.fields:
            yield visible(f"      {difference_words(field)}")


def _document(end: Watched) -> dict[str, object]:
    return {"tenant": end.tenant, "drifts": [_one(one) for one in end.drifts]}


def _one(one: Drift) -> dict[str, object]:
    return {
        "what": one.what,
        "kind": one.kind,
        "id": one.remote_id,
        "key": one.key,
        "name": one.name,
        "by": one.by,
        "at": moment_text(one.at) if one.at else None,
        "words": one.words,
        "fields": [
            {"path": field.path, "now": field.now, "wanted": field.wanted, "owner": field.owner} for field in one.fields
        ],
    }
