"""One verb over many tenants; one failing tenant never stops the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from huntline.compile.queries import compile_pack
from huntline.errors import ConfigError, HuntlineError, UserError
from huntline.hunt.crew import Course, Line, work
from huntline.hunt.progress import Tell
from huntline.hunt.run import Means, Result, hunting
from huntline.ledger.store import Ledger
from huntline.model.pack import Pack
from huntline.model.scope import Binding
from huntline.model.tenant import Tenant
from huntline.model.window import Window
from huntline.ports import Platform, Secrets
from huntline.registry import load_platform
from huntline.tenants.located import located


@dataclass(frozen=True, slots=True)
class Failed:
    """A tenant that could not be hunted, and why."""

    tenant: str
    error: HuntlineError


def hunt_all(
    tenants: Sequence[Tenant], pack: Pack, *, wanted: Window, ledger: Ledger, tell: Tell, threads: int
) -> Iterator[Result | Failed]:
    """Hunt the tenants side by side, with at most so many searches at once overall; yield each one's end as it comes."""
    lines: list[Line[Result]] = []
    for tenant in tenants:
        try:
            platform = load_platform(tenant.platform)
        except HuntlineError as error:
            yield Failed(tenant.name, error)
            continue
        lines.append(Line(tenant.name, _course(tenant, platform, pack, wanted, ledger, tell), platform.slots))
    for line, end in work(lines, threads=threads):
        yield Failed(line.name, end) if isinstance(end, HuntlineError) else end


def _course(
    tenant: Tenant, platform: Platform, pack: Pack, wanted: Window, ledger: Ledger, tell: Tell
) -> Course[Result]:
    with located(tenant):
        means = means_of(tenant, platform, pack, _unresolved)
    return (yield from hunting(means, wanted, ledger, tell))


def means_of(tenant: Tenant, platform: Platform, pack: Pack, secrets: Secrets) -> Means:
    """Compile the pack for a tenant and connect to its platform. Raises UserError, Denied or Transient."""
    scopes = tuple(platform.scopes(tenant.settings))
    if platform.hunter is None:
        raise UserError(f"{tenant.platform} cannot be hunted yet", advice="huntline compile writes its queries")
    compiler = platform.compiler(tenant.settings)
    binding = {scope.name: Binding(scope.name, {}, {}) for scope in scopes}
    queries, refused = compile_pack(pack.detections, scopes, compiler=compiler, binding=binding)
    return Means(
        tenant=tenant,
        pack=pack,
        scopes=scopes,
        queries=queries,
        refused=refused,
        binding=binding,
        compiler=compiler,
        hunter=platform.hunter(tenant.settings, secrets),
        rows=platform.rows,
        warnings=tuple(platform.warnings(tenant.settings)) if platform.warnings else (),
    )


def _unresolved(reference: str) -> str:
    scheme = reference.partition(":")[0]
    raise ConfigError(
        f"a reference {scheme}: is not resolved yet", file="settings", advice="see docs/reference/tenants.md"
    )
