"""Can rules be written with this app: the workspace, the permissions, and whose credentials rules would carry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from huntline.errors import HuntlineError, Transient, Unauthenticated
from huntline.ports import Finding
from huntline_sentinel.arm import Arm
from huntline_sentinel.rights import WORKSPACES, may
from huntline_sentinel.settings import Settings

INSIGHTS = "Microsoft.SecurityInsights/alertRules"
LISTS = "Microsoft.SecurityInsights/watchlists"
ON_LISTS = ("read", "write", "delete", "watchlistItems/read", "watchlistItems/delete")
NEEDED: Mapping[str, str] = {
    f"{INSIGHTS}/read": "rules as they are there",
    f"{INSIGHTS}/write": "writing rules",
    f"{WORKSPACES}/tables/read": "which tables there are",
}
USEFUL: Mapping[str, str] = {
    f"{INSIGHTS}/delete": "huntline purge",
    f"{WORKSPACES}/query/read": "huntline verify, which runs each query, and lists, which are read back",
    **{f"{LISTS}/{one}": "lists of rules that are too long without" for one in ON_LISTS},
}
CARRIED = (
    "a rule that reads another tenant's workspace carries the credentials of whoever wrote it, and is switched off when they"
    " lose access: name tables of this workspace only, or use an app of the customer's own tenant"
)


UNMANAGED = "watchlists are not managed through Lighthouse: rules that need one are not written; use an app of the customer's own"


def ready(arm: Arm, settings: Settings) -> Iterator[Finding]:
    """Yield what is found; nothing is changed. Raises Unauthenticated and Transient; everything else is a finding."""
    yield _found("workspace", "fail", lambda: _workspace(arm))
    yield from _permissions(arm)
    if settings.lighthouse:
        yield Finding("lighthouse and rules", "warn", CARRIED)
        yield Finding("lighthouse and lists", "warn", UNMANAGED)


def _found(name: str, otherwise: str, look: Callable[[], Finding]) -> Finding:
    """Return a finding; `otherwise`: what it means when the platform does not say."""
    try:
        return look()
    except (Unauthenticated, Transient):
        raise
    except HuntlineError as error:
        return Finding(name, otherwise, error.problem)  # type: ignore[arg-type]  # one of the four words


def _workspace(arm: Arm) -> Finding:
    return Finding("workspace", "ok", str(arm.workspace().get("name") or "answers"))


def _permissions(arm: Arm) -> Iterator[Finding]:
    try:
        allowed, taken = arm.permissions()
    except (Unauthenticated, Transient):
        raise
    except HuntlineError as error:
        yield Finding("permissions for rules", "unknown", f"the caller may not ask what it may do: {error.problem}")
        return
    for action, what in NEEDED.items():
        held = may(action, allowed, taken)
        yield Finding(f"permission {action}", "ok" if held else "fail", f"{what}: {'present' if held else 'missing'}")
    lacking = [f"{action} ({what})" for action, what in USEFUL.items() if not may(action, allowed, taken)]
    yield Finding(
        "permissions of use", "warn" if lacking else "ok", f"missing: {', '.join(lacking)}" if lacking else "present"
    )
