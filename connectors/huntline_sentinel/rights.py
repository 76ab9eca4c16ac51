"""What a caller may do in a workspace, by the patterns of its roles."""

from __future__ import annotations

from fnmatch import fnmatchcase

WORKSPACES = "Microsoft.OperationalInsights/workspaces"


def may(action: str, allowed: frozenset[str], taken: frozenset[str]) -> bool:
    """Say whether patterns of actions hold one and none takes it away; case does not count."""

    def among(patterns: frozenset[str]) -> bool:
        return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)

    return among(allowed) and not among(taken)
