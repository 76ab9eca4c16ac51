"""`huntline doctor`: connect to one tenant, say what can be proved of it, and change nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from huntline.cli.exits import FAILED, NOTHING
from huntline.cli.hunt import TENANTS
from huntline.errors import HuntlineError, UserError
from huntline.model.doubt import Doubt
from huntline.model.tenant import Tenant
from huntline.ports import Finding, Platform
from huntline.registry import load_platform
from huntline.remote import PATIENT, patient
from huntline.report.plain import counted_words, visible
from huntline.tenants.load import load_tenants
from huntline.tenants.located import located
from huntline.tenants.secrets import open_to_others, reference_in, secrets_of, wanted_secrets

STATES = {"ok": "ok", "warn": "warning", "fail": "FAILED", "unknown": "unknown"}
UNCHECKED = {True: "not checked", False: "cannot be checked"}
KINDS = {"memory": "from memory", "inferred": "inferred"}


@dataclass(frozen=True, slots=True)
class Settled:
    """A doubt, and what the probe said of it; None: nothing."""

    doubt: Doubt
    by: Finding | None

    @property
    def state(self) -> str:
        return STATES[self.by.state] if self.by else UNCHECKED[self.doubt.checkable]


@click.command()
@click.option("--tenant", "name", required=True, help="The tenant of the tenants file.")
@click.option(
    "--tenants",
    "file",
    type=click.Path(path_type=Path),
    envvar="HUNTLINE_TENANTS",
    default=TENANTS,
    show_default=True,
    help="Tenants file.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def doctor(name: str, file: Path, as_json: bool) -> None:
    """Connect to a tenant and prove what a hunt will rest on: who we are there, what we may read, what is stored.

    It changes nothing there. Below the findings stand the facts about the platform that Huntline relies on without
    proof, and what this connection says of each.

    \b
    Example:
      huntline doctor --tenant acme
    \b
    Exit codes:
      0  nothing failed (read the warnings)
      1  something failed, or the platform could not be asked
      2  wrong usage or configuration; or the platform has nothing to connect to
    """
    (tenant,) = load_tenants(file, names=(name,))
    platform = load_platform(tenant.platform)
    found = (*_readable(tenant, platform), *_probed(tenant, platform))
    doubts = platform.doubts() if platform.doubts else ()
    by_name = {one.name: one for one in found}
    settled = tuple(Settled(doubt, by_name.get(doubt.id)) for doubt in doubts)
    rest = tuple(one for one in found if one.name not in {doubt.id for doubt in doubts})
    if as_json:
        click.echo(json.dumps(_document(tenant, rest, settled), indent=2))
    else:
        _tell(tenant, rest, settled)
    raise click.exceptions.Exit(FAILED if any(one.state == "fail" for one in found) else NOTHING)


def _probed(tenant: Tenant, platform: Platform) -> tuple[Finding, ...]:
    """Ask the platform. What cannot be asked is a finding, too; what the tenants file has wrong is raised."""
    probe = platform.probe
    if probe is None:
        advice = "huntline tenants lint checks what can be checked without connecting"
        raise UserError(
            f"{tenant.name}: the platform {platform.name} cannot be probed: nothing was proved", advice=advice
        )
    secrets, found = secrets_of(tenant), list[Finding]()

    def ask() -> None:
        found.clear()
        found.extend(probe(tenant.settings, secrets))

    try:
        with located(tenant):
            platform.scopes(tenant.settings)
            patient(PATIENT, ask)
        if not found:
            found.append(Finding("connection", "fail", "the probe looked at nothing, so nothing was proved"))
    except UserError:
        raise
    except HuntlineError as error:
        found.append(Finding("connection", "fail", f"{error}{f' ({error.advice})' if error.advice else ''}"))
    return tuple(found)


def _readable(tenant: Tenant, platform: Platform) -> Iterator[Finding]:
    """Warn of secrets that every user of this machine can read."""
    for key, value in wanted_secrets(tenant.settings, platform.secrets):
        with located(tenant):
            reference = reference_in(value, key)
        if open_to_others(reference, Path(tenant.file).parent):
            yield Finding(f"secret {key}", "warn", f"every user of this machine can read {reference.name}")


def _document(tenant: Tenant, found: Sequence[Finding], settled: Sequence[Settled]) -> dict[str, object]:
    return {
        "tenant": tenant.name,
        "platform": tenant.platform,
        "findings": [asdict(one) for one in found],
        "doubts": [
            {**asdict(one.doubt), "state": one.state, "found": one.by.words if one.by else ""} for one in settled
        ],
    }


def _tell(tenant: Tenant, found: Sequence[Finding], settled: Sequence[Settled]) -> None:
    click.echo(visible(f"{tenant.name} on {tenant.platform}, of {tenant.customer}"))
    width = max((len(one.name) for one in found), default=0)
    for one in found:
        click.echo(visible(f"  {STATES[one.state]:<8} {one.name:<{width}}  {one.words}"))
    if not settled:
        return
    checked = sum(one.by is not None for one in settled)
    click.echo(f"Facts taken without proof: {counted_words(len(settled), 'fact')}, {checked} checked here")
    for fact in settled:
        told = f": {fact.by.words}" if fact.by else ""
        words = f"{fact.doubt.words} ({KINDS[fact.doubt.kind]}; matters to {fact.doubt.matters_to}){told}"
        click.echo(visible(f"  {fact.state:<17} {fact.doubt.id}: {words}"))
