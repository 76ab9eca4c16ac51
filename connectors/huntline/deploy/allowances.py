"""What must be allowed by name before a plan is applied: removals, disables, takeovers. There is no word for all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from huntline.model.plan import Allowance, Change, TenantPlan


def lacking(
    plans: Iterable[TenantPlan], allowed: Collection[str]
) -> Mapping[Allowance, tuple[tuple[TenantPlan, Change], ...]]:
    """Return what the plans would do without an allowance, by the one it needs."""
    found: dict[Allowance, list[tuple[TenantPlan, Change]]] = {}
    for plan in plans:
        for change in plan.changes:
            for needed in change.allowances:
                if needed not in allowed:
                    found.setdefault(needed, []).append((plan, change))
    return {needed: tuple(some) for needed, some in found.items()}
