"""Roles as lists of actions, and whether they allow one. Facts: the definitions of Azure's built-in roles (docs) [M5][M18]."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

_INSIGHTS: Final = "Microsoft.OperationalInsights/workspaces"
QUERY: Final = f"{_INSIGHTS}/query/read"
WORKSPACE: Final = f"{_INSIGHTS}/read"
TABLES: Final = f"{_INSIGHTS}/tables/read"
WRITE: Final = f"{_INSIGHTS}/tables/write"
DELETE: Final = f"{_INSIGHTS}/tables/delete"
JOBS: Final = f"{_INSIGHTS}/searchJobs/write"
RULES: Final = "Microsoft.SecurityInsights/alertRules/read"
RULES_WRITE: Final = "Microsoft.SecurityInsights/alertRules/write"
RULES_DELETE: Final = "Microsoft.SecurityInsights/alertRules/delete"
WATCHLISTS: Final = "Microsoft.SecurityInsights/watchlists"  # and /read, /write, /delete (docs)
ITEMS: Final = f"{WATCHLISTS}/watchlistItems"  # (seen, in activity logs)
SEARCHES: Final = f"{_INSIGHTS}/savedSearches"
PERMISSIONS: Final = "Microsoft.Authorization/permissions/read"


@dataclass(frozen=True, slots=True)
class Role:
    """Actions allowed and taken away again, with stars, as a role definition writes them."""

    actions: tuple[str, ...]
    but: tuple[str, ...] = ()


READER: Final = Role(
    ("*/read", f"{_INSIGHTS}/analytics/query/action", f"{_INSIGHTS}/search/action"), (f"{_INSIGHTS}/sharedKeys/read",)
)
CONTRIBUTOR: Final = Role(("*/read", "Microsoft.OperationalInsights/*"))
# Microsoft Sentinel Contributor (docs, from memory); it reads tables and may not start search jobs.
SENTINEL_CONTRIBUTOR: Final = Role(
    (
        "Microsoft.SecurityInsights/*", f"{_INSIGHTS}/read", f"{_INSIGHTS}/*/read", f"{_INSIGHTS}/savedSearches/*",
        f"{_INSIGHTS}/analytics/query/action", f"{_INSIGHTS}/query/read", "Microsoft.Authorization/*/read",
        "Microsoft.Resources/deployments/*", "Microsoft.Resources/subscriptions/resourceGroups/read",
    ),
    ("Microsoft.SecurityInsights/ConfidentialWatchlists/*", f"{_INSIGHTS}/query/ConfidentialWatchlist/*"),
)  # fmt: skip
NOTHING: Final = Role(())


def allows(role: Role, action: str) -> bool:
    """Tell whether a role allows an action; case does not count."""
    return _matches(role.actions, action) and not _matches(role.but, action)


def _matches(patterns: tuple[str, ...], action: str) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)
