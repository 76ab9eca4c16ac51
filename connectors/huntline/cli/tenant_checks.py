"""What can be checked of a tenants file without connecting: each stone is turned, whatever lies under the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from huntline.detections.load import load_pack
from huntline.detections.locate import find_pack
from huntline.detections.narrow import narrowed
from huntline.errors import ConfigError, UserError
from huntline.model.pack import Pack, Remark
from huntline.model.tenant import Tenant
from huntline.ports import Platform
from huntline.registry import load_platform
from huntline.tenants.assets import load_assets
from huntline.tenants.load import asset_files, tenants_and_errors
from huntline.tenants.located import located
from huntline.tenants.secrets import Reference, open_to_others, reference_in, secrets_of, wanted_secrets


def checked_tenants(file: Path, *, pack: str | None, resolve: bool) -> tuple[tuple[str, ...], tuple[Remark, ...]]:
    """Return the names of the tenants that could be read, and every finding: the file's by line, then its files'.

    Severity "ok" is said of a secret that resolves. Raises PackError where a filter needs a pack that is not there.
    """
    read = tuple(tenants_and_errors(file))
    tenants = [one for one in read if isinstance(one, Tenant)]
    findings = [_told(one) for one in read if isinstance(one, ConfigError)]
    needed = any(tenant.filters or _named(tenant) for tenant in tenants)
    about = load_pack(find_pack(pack))[0] if needed else None
    for tenant in tenants:
        findings += _of_tenant(tenant, about, resolve=resolve)
    if len(tenants) == len(read):
        findings += _of_assets(file)
    ours = (str(file),)
    ordered = sorted(findings, key=lambda one: (one.file not in ours, one.file, one.line, one.key, one.problem))
    return tuple(tenant.name for tenant in tenants), tuple(dict.fromkeys(ordered))


def _of_tenant(tenant: Tenant, pack: Pack | None, *, resolve: bool) -> Iterator[Remark]:
    try:
        platform = load_platform(tenant.platform)
    except UserError as error:
        key = f"{tenant.name}: platform"
        yield Remark("error", tenant.file, tenant.line("platform"), key, error.problem, error.advice)
    else:
        try:
            with located(tenant):
                platform.scopes(tenant.settings)
                platform.compiler(tenant.settings)
        except ConfigError as error:
            yield _told(error)
        yield from _of_secrets(tenant, platform, resolve=resolve)
    if pack:
        yield from narrowed(pack.detections, tenant.filters).findings
        known = {one.id for one in pack.detections}
        for key, detection in _named(tenant):
            if detection not in known:
                problem = f"{detection!r} is no rule of the pack, so that this changes nothing"
                yield Remark("warning", tenant.file, tenant.line(key), f"{tenant.name}: {key}", problem, "name its id")


def _named(tenant: Tenant) -> Sequence[tuple[str, str]]:
    """Return the detections that the rollout names, each with the key that does."""
    deploying = tenant.deploying
    return [
        *((f"deploy.severity.{one}", one) for one in deploying.severity),
        *((f"deploy.every.{one}", one) for one in deploying.every),
        *(("deploy.hunting_only", one) for one in sorted(deploying.hunting_only)),
    ]


def _of_secrets(tenant: Tenant, platform: Platform, *, resolve: bool) -> Iterator[Remark]:
    folder = Path(tenant.file).parent
    for key, value in wanted_secrets(tenant.settings, platform.secrets):
        try:
            with located(tenant):
                reference = reference_in(value, key)
                if resolve:
                    secrets_of(tenant)(str(value))
        except ConfigError as error:
            yield _told(error)
            continue
        if resolve:
            yield _about(tenant, reference, "ok", "the secret resolves", "")
        if open_to_others(reference, folder):
            problem = "every user of this machine can read the secret"
            yield _about(tenant, reference, "warning", problem, f"chmod o-r {reference.name}")


def _about(tenant: Tenant, reference: Reference, severity: str, problem: str, advice: str) -> Remark:
    key = f"settings.{reference.key}"
    return Remark(severity, tenant.file, tenant.line(key), f"{tenant.name}: {key}", problem, advice)


def _of_assets(file: Path) -> Sequence[Remark]:
    findings = []
    for customer, path in asset_files(file).items():
        try:
            load_assets(path, customers=(customer,))
        except ConfigError as error:
            findings.append(_told(error))
    return findings


def _told(error: ConfigError) -> Remark:
    return Remark("error", error.file, error.line, error.key, error.problem, error.advice)
