"""What a plan leaves out that somebody should know of, so that silence is never taken for done."""

from __future__ import annotations

from collections.abc import Iterator

from huntline.model.plan import TenantPlan

TOLD = 3  # different reasons


def left_out(plan: TenantPlan) -> Iterator[str]:
    """Say what a broken filter blocks, and where nothing of the pack has a place at all."""
    blocked = dict.fromkeys(change.reason for change in plan.changes if change.action == "blocked")
    if blocked:
        yield f"blocked: {_several(blocked)}"
    elif not any(change.artifact or change.writes for change in plan.changes):
        reasons = dict.fromkeys(change.reason for change in plan.changes)
        yield f"nothing of the pack applies: {_several(reasons) or 'no source of the tenant runs rules'}"


def _several(reasons: dict[str, None]) -> str:
    more = f"; and {len(reasons) - TOLD} more reasons" if len(reasons) > TOLD else ""
    return "; ".join(list(reasons)[:TOLD]) + more
