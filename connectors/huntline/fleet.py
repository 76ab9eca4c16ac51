"""One verb over many tenants; one failing tenant never stops the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from huntline.compile.queries import compile_pack
from huntline.errors import HuntlineError, UserError
from huntline.hunt.progress import Tell
from huntline.hunt.run import Means, Result, hunt
from huntline.ledger.store import Ledger
from huntline.model.pack import Pack
from huntline.model.scope import Binding
from huntline.model.tenant import Tenant
from huntline.model.window import Window
from huntline.registry import load_platform
from huntline.tenants.located import located


@dataclass(frozen=True, slots=True)
class Failed:
    """A tenant that could not be hunted, and why."""

    tenant: str
    error: HuntlineError


def hunt_all(
    tenants: Sequence[Tenant], pack: Pack, *, wanted: Window, ledger: Ledger, tell: Tell
) -> Iterator[Result | Failed]:
    """Hunt the tenants one after the other, yielding each one's end as it comes."""
    for tenant in tenants:
        try:
            with located(tenant):
                means = means_of(tenant, pack)
            yield hunt(means, wanted, ledger, tell)
        except HuntlineError as error:
            yield Failed(tenant.name, error)


def means_of(tenant: Tenant, pack: Pack) -> Means:
    """Compile the pack for a tenant and connect to its platform. Raises UserError, Denied or Transient."""
    platform = load_platform(tenant.platform)
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
        hunter=platform.hunter(tenant.settings),
        rows=platform.rows,
        warnings=(),
    )
