"""The command `huntline`: finds the subcommand, turns errors into one clear message and a stable exit code."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import version
from typing import NoReturn

import click

from huntline.cli.exits import FAILED, INTERRUPTED, USAGE
from huntline.errors import HuntlineError, UserError
from huntline.report.plain import visible

COMMANDS = {
    "apply": "Do what a plan says: all of it, or say what moved.",
    "audit": "List what was written on the platforms, by whom and why.",
    "compile": "Compile Sigma rules for a platform: exact, or refused with a reason.",
    "doctor": "Prove a tenant's connection, and change nothing.",
    "drift": "Tell what was changed on the platforms, by whom, and decide about it.",
    "hunt": "Hunt through logs back to December 2022; run again to go on.",
    "plan": "Show what deploying rules would change, and change nothing.",
    "purge": "Delete retired rules for ever.",
    "packs": "Check packs of Sigma rules; write them for other tools and for people.",
    "report": "Write the report from the ledger: HTML, JSON, CSV.",
    "rollback": "Take back what a plan wrote.",
    "tenants": "Check the tenants file, or print its JSON Schema.",
    "verify": "Prove that the rules are there, on, and run without error.",
}


class _Lazy(click.Group):
    """Imports only the command that is asked for: a hunt should not pay for the report."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(f"huntline.cli.{cmd_name}"), cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"huntline.cli.{cmd_name} holds no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("huntline"), prog_name="huntline")
def huntline() -> None:
    """Hunt for a supply-chain compromise in logs, and say clean only when it is proven. Deploy the rules to SIEMs.

    \b
    First steps:
      huntline hunt --logs exported-logs/
      huntline report --out report/
    \b
    With a SIEM, named in tenants.yml:
      huntline doctor --tenant NAME
      huntline plan --out plan.json
      huntline apply plan.json
    """


def main() -> NoReturn:
    """Run the command line; see `huntline hunt --help` for the exit codes."""
    try:
        code = huntline.main(standalone_mode=False)
    except click.exceptions.Exit as exit_:
        code = exit_.exit_code
    except click.ClickException as error:
        error.show()
        code = USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted: what was finished is kept, run the same command again to go on", err=True)
        code = INTERRUPTED
    except HuntlineError as error:
        click.echo(f"error: {visible(str(error))}", err=True)
        if error.advice:
            click.echo(f"  next: {visible(error.advice)}", err=True)
        code = USAGE if isinstance(error, UserError) else FAILED
    sys.exit(code if isinstance(code, int) else 0)
