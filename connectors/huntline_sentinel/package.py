"""Analytics rules, and the watchlists they read, as ARM templates, to be deployed by hand.

In the portal's custom deployment, or by `az deployment group create`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from huntline.model.artifact import Artifact
from huntline.model.pack import Json, Pack
from huntline.translate.batches import batches
from huntline_sentinel import watchlist_shape
from huntline_sentinel.artifact import marked
from huntline_sentinel.settings import RULES_API_VERSION

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
INSIGHTS = "Microsoft.SecurityInsights"
PROVIDERS = "Microsoft.OperationalInsights/workspaces/providers"
MOST_RESOURCES, MOST_CHARACTERS = 800, 3_500_000  # Azure Resource Manager: 800 resources and 4 MB a template


def package(artifacts: Sequence[Artifact], pack: Pack) -> Mapping[str, str]:
    """Return `azuredeploy.json`, all rules disabled; what is beyond a template's limits in `azuredeploy-2.json` and on."""
    resources = [
        _resource(artifact)
        for artifact in sorted(artifacts, key=lambda one: (one.kind != watchlist_shape.KIND, one.key))
    ]
    files = batches("azuredeploy.json", resources, _size, most=MOST_RESOURCES, longest=MOST_CHARACTERS)
    needs = {one.remote_id: [watchlist_shape.alias_of(key) for key in one.needs] for one in artifacts}
    return {name: _template(_in_order(some, needs), pack) for name, some in files}


def _resource(artifact: Artifact) -> Mapping[str, Json]:
    listed = artifact.kind == watchlist_shape.KIND
    shape = watchlist_shape.marked if listed else marked
    return {
        "type": f"{PROVIDERS}/{'watchlists' if listed else 'alertRules'}",
        "apiVersion": RULES_API_VERSION,
        "name": f"[concat(parameters('workspace'), '/{INSIGHTS}/{artifact.remote_id}')]",
        **{key: _literal(value) for key, value in shape(artifact, on=False).items()},
    }


def _in_order(resources: Sequence[Mapping[str, Json]], needs: Mapping[str, Sequence[str]]) -> list[Json]:
    """Say which lists of the same file a rule waits for; those of an earlier file are there already."""
    here = {_id_in(one) for one in resources}
    found: list[Json] = []
    for one in resources:
        first: list[Json] = [_reference(alias) for alias in needs[_id_in(one)] if alias in here]
        found.append({**one, "dependsOn": first} if first else {**one})
    return found


def _id_in(resource: Mapping[str, Json]) -> str:
    return str(resource["name"]).rpartition("/")[2].removesuffix("')]")


def _reference(alias: str) -> str:
    return f"[resourceId('{PROVIDERS}/watchlists', parameters('workspace'), '{INSIGHTS}', '{alias}')]"


def _literal(value: Json) -> Json:
    """Keep Resource Manager from evaluating a text in brackets, which it takes for an expression."""
    match value:
        case str():
            return f"[{value}" if value.startswith("[") and value.endswith("]") else value
        case list():
            return [_literal(one) for one in value]
        case dict():
            return {key: _literal(one) for key, one in value.items()}
    return value


def _size(resource: Mapping[str, Json]) -> int:
    return len(_written({**resource}))


def _template(resources: Sequence[Json], pack: Pack) -> str:
    told = "Name of the Log Analytics workspace that Microsoft Sentinel runs on"
    return _written(
        {
            "$schema": SCHEMA,
            "contentVersion": "1.0.0.0",
            "metadata": {"description": _literal(f"Analytics rules of the Huntline pack {pack.id}, disabled at first")},
            "parameters": {"workspace": {"type": "string", "metadata": {"description": told}}},
            "resources": [*resources],
        }
    )


def _written(value: Json) -> str:
    return json.dumps(value, indent=2, sort_keys=True) + "\n"
