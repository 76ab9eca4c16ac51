"""What the commands of deploying have in common: which tenants, which pack, on whose word, and how failures are told."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from huntline.cli.exits import FAILED, USAGE
from huntline.cli.hunt import LEDGER, TENANTS
from huntline.errors import UserError
from huntline.fleet.hunt import Failed
from huntline.model.tenant import Tenant
from huntline.report.plain import visible
from huntline.tenants.load import load_tenants

Command = TypeVar("Command", bound=Callable[..., None])


def tenant_options(command: Command) -> Command:
    """Which tenants of which file, with which ledger, and how many requests at once."""
    for option in reversed(
        (
            click.option(
                "--tenants",
                "file",
                type=click.Path(path_type=Path),
                envvar="HUNTLINE_TENANTS",
                default=TENANTS,
                show_default=True,
                help="Tenants file.",
            ),
            click.option("--tenant", "names", multiple=True, help="Only this tenant. May be repeated."),
            click.option("--ring", "rings", multiple=True, help="Only tenants of this ring. May be repeated."),
            click.option(
                "--ledger",
                default=LEDGER,
                envvar="HUNTLINE_LEDGER",
                show_default=True,
                help="Where the facts are kept.",
            ),
            click.option(
                "--parallel",
                type=click.IntRange(1, 200),
                default=24,
                show_default=True,
                help="Most requests at once, over all tenants.",
            ),
        )
    ):
        command = option(command)
    return command


def word_options(command: Command) -> Command:
    """On whose word something is written, as the audit keeps it."""
    for option in reversed(
        (
            click.option("--who", default=whoami, show_default="user@host", help="Who asks for it, for the audit."),
            click.option("--reference", default="", metavar="TICKET", help="Change ticket, for the audit."),
            click.option("--yes", is_flag=True, help="Do not ask: for CI."),
        )
    ):
        command = option(command)
    return command


def pack_option(command: Command) -> Command:
    told = "Pack of Sigma rules: a folder, or a name.  [default: the pack that comes with Huntline]"
    return click.option("--pack", help=told)(command)


def whoami() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()}"


def chosen(file: Path, names: Sequence[str], rings: Sequence[str]) -> tuple[Tenant, ...]:
    """Return the tenants, those of the first ring first. Raises UserError where none is left."""
    tenants = [one for one in load_tenants(file, names=names) if not rings or one.deploying.ring in rings]
    if not tenants:
        raise UserError(
            f"no tenant of {file} is in the ring {', '.join(rings)}", advice="see `rings` of the tenants file"
        )
    return tuple(sorted(tenants, key=lambda one: (one.deploying.rank, one.name)))


def say_failed(failed: Failed) -> None:
    click.echo(visible(f"{failed.tenant}: failed: {failed.error}"), err=True)
    if failed.error.advice:
        click.echo(f"  next: {visible(failed.error.advice)}", err=True)


def failure_code(failed: Sequence[Failed]) -> int:
    return USAGE if all(isinstance(one.error, UserError) for one in failed) else FAILED
