"""`huntline tenants lint`: check a tenants file without connecting to anything."""

from __future__ import annotations

from pathlib import Path

import click

from huntline.registry import load_platform
from huntline.report.plain import visible
from huntline.tenants.load import load_tenants
from huntline.tenants.located import located


@click.group()
def tenants() -> None:
    """Check the tenants file."""


@tenants.command()
@click.argument("file", type=click.Path(path_type=Path))
def lint(file: Path) -> None:
    """Read FILE as a hunt would and list its tenants; the first error is told with line and key.

    \b
    Example:
      huntline tenants lint tenants.yml
    """
    for tenant in load_tenants(file, names=()):
        with located(tenant):
            scopes = load_platform(tenant.platform).scopes(tenant.settings)
        click.echo(visible(f"{tenant.customer}: {tenant.name} on {tenant.platform}, {len(scopes)} scopes"))
