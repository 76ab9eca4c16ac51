"""An ARM template's rules and watchlists, deployed as Resource Manager would: each is put whole, without an etag."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from lab.sentinel.app import SentinelLab
from lab.sentinel.rules.kept import Rule
from lab.sentinel.rules.save import save
from lab.sentinel.watchlists.hand import WHO
from lab.sentinel.watchlists.save import save as save_list

_PROVIDERS: Final = "Microsoft.OperationalInsights/workspaces/providers"
RULE: Final = f"{_PROVIDERS}/alertRules"
LIST: Final = f"{_PROVIDERS}/Watchlists"  # (seen), in either case
NAME: Final = re.compile(
    r"\[concat\(parameters\('(?P<parameter>\w+)'\), '/Microsoft\.SecurityInsights/(?P<id>[^']+)'\)\]"
)


def deploy_template(lab: SentinelLab, template: Mapping[str, Any], **parameters: str) -> tuple[Rule, ...]:
    """Put a template's rules and watchlists into the workspace that a parameter names; return the rules in its order.

    Raises Failed for one that is refused: those before it stay, as in a real deployment. Raises KeyError for a
    parameter that is missing, NotImplementedError for what the lab does not read: other resources, other expressions.
    """
    made = [_put(lab, resource, parameters) for resource in template["resources"]]
    return tuple(one for one in made if one is not None)


def _put(lab: SentinelLab, resource: Mapping[str, Any], parameters: Mapping[str, str]) -> Rule | None:
    """Put one resource; a watchlist's upload goes on afterwards (a real deployment waits for it)."""
    named, kind = NAME.fullmatch(resource["name"]), resource["type"].lower()
    if kind not in {RULE.lower(), LIST.lower()} or named is None:
        raise NotImplementedError(f"the resource {resource['name']} of the type {resource['type']}")
    if parameters[named["parameter"]] != lab.settings.name:
        raise NotImplementedError(f"a deployment to {parameters[named['parameter']]}")
    body = {"kind": resource.get("kind"), "properties": _read(resource["properties"])}
    if kind == LIST.lower():
        save_list(lab.workspace, named["id"], body, WHO, datetime.now(UTC))
        return None
    return save(lab.workspace, named["id"], body, datetime.now(UTC))[0]


def _read(value: Any) -> Any:
    """Return a value as Resource Manager hands it on: a text that begins with a bracket is an expression, two are one."""
    if isinstance(value, dict):
        return {name: _read(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_read(inner) for inner in value]
    if isinstance(value, str) and value.startswith("[[") and value.endswith("]"):
        return value[1:]
    if isinstance(value, str) and value.startswith("[") and value.endswith("]"):
        raise NotImplementedError(f"the expression {value}")
    return value
