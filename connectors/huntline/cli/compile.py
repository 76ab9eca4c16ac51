"""`huntline compile`: from a pack to a platform's queries and packages, or one detection explained."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click

from huntline.cli.loaded import loaded_pack
from huntline.compile.content import content
from huntline.compile.explain import detection_named, explained
from huntline.compile.outcomes import Outcome, outcomes, tallies
from huntline.compile.write import write_content
from huntline.detections.narrow import narrowed
from huntline.errors import UserError
from huntline.model.pack import Detection, Pack
from huntline.ports import Platform, Renderer
from huntline.registry import load_platform, platform_names
from huntline.report.plain import counted_words, visible
from huntline.tenants.load import load_tenants
from huntline.tenants.located import located

FINDINGS = 1


@click.command()
@click.argument("pack", required=False)
@click.option("--platform", "platform_name", help=f"One of: {', '.join(platform_names())}.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder to write to.")
@click.option("--explain", metavar="RULE", help="Show what becomes of one rule (id, title or file stem).")
@click.option("--check", is_flag=True, help="Hold what was written against the checkers that are installed.")
@click.option("--tenants", "tenants_file", type=click.Path(path_type=Path), help="Tenants file, with --tenant.")
@click.option("--tenant", "tenant_name", help="Compile under this tenant's own names, fields and pipelines.")
def compile(  # noqa: A001 (the command is called so)
    pack: str | None,
    platform_name: str | None,
    out: Path | None,
    explain: str | None,
    check: bool,
    tenants_file: Path | None,
    tenant_name: str | None,
) -> None:
    """Compile the Sigma rules of PACK (a folder, or a name) for a platform.

    Every rule has one of three outcomes per source: a text that is exact (for hunting it may find more, never less), not
    served by that source, or refused with a reason. SUPPORT.md in the folder has them all.

    \b
    Examples:
      huntline compile detections/my-pack --platform PLATFORM --out build/content
      huntline compile --platform PLATFORM --out build/content --check
      huntline compile --platform PLATFORM --explain "Title of a rule"
      huntline compile --tenants tenants.yml --tenant acme-siem --out build/acme
    \b
    Exit codes:
      0  done        2  wrong usage or configuration
      1  --check found something
    """
    if explain is None and out is None:
        raise click.UsageError("say --out DIR or --explain RULE")
    platform, settings, filters = _chosen(platform_name, tenants_file, tenant_name)
    loaded = _narrowed(loaded_pack(pack), filters)
    renderer = _renderer(platform, settings)
    scopes, compiler = platform.scopes(settings), platform.compiler(settings)
    if explain is not None:
        found = tuple(outcomes((detection_named(loaded, explain),), scopes, compiler, renderer))
        for line in explained(found, renderer):
            click.echo(visible(line))
    if out is None:
        return
    found = tuple(
        one for detection in _shown(loaded.detections) for one in outcomes((detection,), scopes, compiler, renderer)
    )
    write_content(content(loaded, platform.name, found, renderer, platform.tools), out)
    _tell(found, out)
    if check:
        raise click.exceptions.Exit(_check(renderer, out))


def _chosen(
    name: str | None, file: Path | None, tenant: str | None
) -> tuple[Platform, Mapping[str, object], Sequence[str]]:
    """Return the platform with a tenant's settings and filters."""
    if tenant is None and file is None:
        if name is None:
            raise click.UsageError(f"name the platform: --platform with one of {', '.join(platform_names())}")
        return load_platform(name), {}, ()
    if tenant is None or name is not None:
        raise click.UsageError("a tenant has its own platform: say --tenant NAME, without --platform")
    (chosen,) = load_tenants(file or Path("tenants.yml"), names=(tenant,))
    platform = load_platform(chosen.platform)
    with located(chosen):
        platform.scopes(chosen.settings)
    return platform, chosen.settings, chosen.filters


def _narrowed(pack: Pack, filters: Sequence[str]) -> Pack:
    """Apply a tenant's filters; a rule whose filter cannot be applied is told and left out, never made unfiltered."""
    found = narrowed(pack.detections, filters)
    for one in found.blocked:
        click.echo(visible(f"warning: {one.file}:{one.line}: {one.problem} (left out: {one.detection})"), err=True)
    blocked = {one.detection for one in found.blocked}
    return replace(pack, detections=tuple(one for one in found.detections if one.id not in blocked))


def _renderer(platform: Platform, settings: Mapping[str, object]) -> Renderer:
    if platform.renderer is None:
        advice = "exported logs are hunted as they are: huntline hunt --logs PATH"
        raise UserError(f"{platform.name} runs no rules of its own", advice=advice)
    return platform.renderer(settings)


def _shown(detections: Sequence[Detection]) -> Iterator[Detection]:
    """Yield the detections; a terminal sees how far it is."""
    with click.progressbar(detections, label="compiling", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        yield from bar


def _tell(found: Sequence[Outcome], out: Path) -> None:
    for scope, rules, hunts in tallies(found):
        told = "; ".join(
            f"{form}: {', '.join(f'{n} {word}' for word, n in words.items())}"
            for form, words in (("rules", rules), ("hunts", hunts))
            if words
        )
        click.echo(visible(f"{scope.name}: {told or 'serves none of these detections'}"))
    click.echo(
        visible(f"{counted_words(len({one.detection.id for one in found}), 'detection')}: see {out / 'SUPPORT.md'}")
    )


def _check(renderer: Renderer, out: Path) -> int:
    checked = renderer.check(out)
    for lines, head in ((checked.findings, "finding"), (checked.missing, "not checked"), (checked.ran, "checked")):
        for line in lines:
            click.echo(visible(f"{head}: {line}"))
    return FINDINGS if checked.findings else 0
