"""`huntline tenants`: what is wrong with a tenants file, without connecting to anything, and its JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from huntline.cli.hunt import TENANTS
from huntline.cli.tenant_checks import checked_tenants
from huntline.model.pack import Remark
from huntline.report.plain import counted_words, visible
from huntline.tenants.shape import schema_text


@click.group()
def tenants() -> None:
    """Check the tenants file, or print its JSON Schema."""


@tenants.command()
@click.argument("file", type=click.Path(path_type=Path), envvar="HUNTLINE_TENANTS", default=TENANTS)
@click.option("--json", "as_json", is_flag=True, help="Findings as JSON, one list.")
@click.option("--resolve", is_flag=True, help="Look, too, whether each secret can be had here; none is shown or sent.")
@click.option("--pack", help="Pack the filters are about: a folder, or a name.  [default: that of `huntline hunt`]")
def lint(file: Path, as_json: bool, resolve: bool, pack: str | None) -> None:
    """Check FILE (tenants.yml, or HUNTLINE_TENANTS) and the files it names as far as that goes without connecting.

    Every finding names file, line and key: keys nobody knows, settings the platform refuses, secrets that stand in the
    file, filters that would block detections, host and asset files that cannot be read.

    \b
    Examples:
      huntline tenants lint
      huntline tenants lint customers.yml --resolve
    \b
    Exit codes:
      0  no errors (there may be warnings)
      1  errors
      2  FILE is not there
    """
    if not file.exists():
        raise click.UsageError(f"there is no file {file}")
    names, findings = checked_tenants(file, pack=pack, resolve=resolve)
    errors = sum(finding.severity == "error" for finding in findings)
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _tell(file, names, findings, errors)
    raise click.exceptions.Exit(1 if errors else 0)


def _tell(file: Path, names: Sequence[str], findings: Sequence[Remark], errors: int) -> None:
    for finding in findings:
        place = f"{finding.file}:{finding.line}" if finding.line else finding.file
        key = f" {finding.key}:" if finding.key else ""
        advice = f" ({finding.advice})" if finding.advice else ""
        click.echo(visible(f"{place}: {finding.severity}:{key} {finding.problem}{advice}"))
    warnings = sum(finding.severity == "warning" for finding in findings)
    click.echo(visible(f"{file}: {counted_words(len(names), 'tenant')}, {errors} errors, {warnings} warnings"))


@tenants.command()
def schema() -> None:
    """Print the JSON Schema of a tenants file, for editors and other tools.

    \b
    Example:
      huntline tenants schema > tenants.schema.json
    """
    click.echo(schema_text(), nl=False)
