"""`huntline packs`: what is wrong with a pack, its rules and indicators for other tools, its pages for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from huntline.compile.content import with_manifest
from huntline.compile.write import write_content
from huntline.detections.load import lint_pack, load_pack
from huntline.detections.locate import find_pack
from huntline.detections.manifest import read_manifest
from huntline.errors import PackError
from huntline.model.pack import Remark
from huntline.publish.export import USABLE, chosen_indicators, csv_of, text_of
from huntline.publish.inline import inlined_pack
from huntline.publish.pages import pages_of, write_pages
from huntline.publish.stix import bundle_of
from huntline.report.plain import counted_words, visible


@click.group()
def packs() -> None:
    """Check packs of Sigma rules, and write them for other tools and for people."""


@packs.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Findings as JSON, one list.")
def lint(path: Path, as_json: bool) -> None:
    """Check the pack in PATH: pack.yml, indicator lists and every Sigma rule.

    Every finding names file, line and what to do. A rule with an error is left out of a hunt; the others are not hurt.

    \b
    Examples:
      huntline packs lint detections/my-pack
      huntline packs lint my-rules --json
    \b
    Exit codes:
      0  no errors (there may be warnings)
      1  errors
      2  PATH is no folder
    """
    findings = lint_pack(path)
    errors = sum(finding.severity == "error" for finding in findings)
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _tell(path, findings, errors)
    raise click.exceptions.Exit(1 if errors else 0)


def _tell(path: Path, findings: Sequence[Remark], errors: int) -> None:
    for finding in findings:
        place = f"{finding.file}:{finding.line}" if finding.line else finding.file
        key = f" {finding.key}:" if finding.key else ""
        click.echo(visible(f"{place}: {finding.severity}:{key} {finding.problem} ({finding.advice})"))
    try:
        count = len(load_pack(path)[0].detections)
    except PackError:
        count = 0
    click.echo(visible(f"{path}: {count} detections, {errors} errors, {len(findings) - errors} warnings"))


@packs.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write to.")
def sigma(path: Path, out: Path) -> None:
    """Write the rules of PATH as plain Sigma, indicator lists inlined, for any other Sigma tool.

    The folder holds these rules and manifest.json, which names them; those of an earlier run that are no longer in the
    pack are removed.

    \b
    Example:
      huntline packs sigma detections/my-pack --out build/sigma
    \b
    Exit codes:
      0  written
      2  there is no such pack, or the folder to write to holds files of others
    """
    files = inlined_pack(path)
    write_content(with_manifest(files, {"pack": {"id": read_manifest(path).id}}), out)
    click.echo(visible(f"{out}: {counted_words(len(files), 'rule')}"))


@packs.command()
@click.argument("pack", required=False)
@click.option(
    "--format",
    "shape",
    type=click.Choice(["csv", "stix", "text"]),
    default="csv",
    show_default=True,
    help="What to write.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write to; else it is printed.")
@click.option("--list", "named", help="Only this list of pack.yml.")
@click.option(
    "--advice",
    multiple=True,
    type=click.Choice(["block", "alert", "hunt-only", "context"]),
    help="Only this grade; may be repeated. Without it: all but context, which means nothing by itself.",
)
def indicators(pack: str | None, shape: str, out: Path | None, named: str | None, advice: tuple[str, ...]) -> None:
    """Write the indicators of PACK (a folder or a name; without it the one that comes with Huntline) for other tools.

    csv has their grades and sources, stix is a bundle of STIX 2.1, text has one value a line. Values are live, not
    defanged. The same pack gives the same bytes.

    \b
    Examples:
      huntline packs indicators --format stix --out indicators.json
      huntline packs indicators --list c2_domains --format text
      huntline packs indicators detections/my-pack --advice block --advice alert --out block.csv
    \b
    Exit codes:
      0  written
      2  there is no such pack or list, a file of it is broken, or nothing has these grades
    """
    manifest = read_manifest(find_pack(pack))
    chosen = chosen_indicators(manifest, named=named, advice=advice or USABLE)
    left: Sequence[object] = ()
    if shape == "stix":
        text, left = bundle_of(chosen, manifest)
    else:
        text = csv_of(chosen) if shape == "csv" else text_of(chosen)
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8", newline="")
        click.echo(visible(f"{out}: {counted_words(len(chosen) - len(left), 'indicator')}"))
    if left:
        click.echo(f"warning: {counted_words(len(left), 'indicator')} of no kind STIX can say left out", err=True)


@packs.command()
@click.argument("pack", required=False)
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write to.")
def pages(pack: str | None, out: Path) -> None:
    """Write a page for each guide of PACK (a folder or a name; without it the one that comes with Huntline).

    Each says what its detection sees, why that is evidence, what else could cause it, what to collect and what to do
    next; README.md lists them by stage. The same pack gives the same bytes. Pages of an earlier run that are no longer
    wanted are removed; what others wrote stays.

    \b
    Example:
      huntline packs pages detections/my-pack --out docs/detections
    \b
    Exit codes:
      0  written
      2  there is no such pack, it has errors or no guides, or a file of others bears the name of a page
    """
    made = pages_of(find_pack(pack))
    write_pages(made, out)
    click.echo(visible(f"{out}: {counted_words(len(made.files), 'page')}"))
