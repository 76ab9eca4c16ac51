"""Analytics rules as ARM templates, to be deployed by hand: the portal's custom deployment, or `az deployment group create`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from huntline.model.artifact import Artifact
from huntline.model.pack import Json, Pack
from huntline.translate.batches import batches
from huntline_sentinel.artifact import marked
from huntline_sentinel.settings import RULES_API_VERSION

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
MOST_RESOURCES, MOST_CHARACTERS = 800, 3_500_000  # Azure Resource Manager: 800 resources and 4 MB a template


def package(artifacts: Sequence[Artifact], pack: Pack) -> Mapping[str, str]:
    """Return `azuredeploy.json`, all rules disabled; what is beyond a template's limits in `azuredeploy-2.json` and on."""
    resources = [_resource(artifact) for artifact in sorted(artifacts, key=lambda one: one.key)]
    files = batches("azuredeploy.json", resources, _size, most=MOST_RESOURCES, longest=MOST_CHARACTERS)
    return {name: _template(some, pack) for name, some in files}


def _resource(artifact: Artifact) -> Json:
    return {
        "type": "Microsoft.OperationalInsights/workspaces/providers/alertRules",
        "apiVersion": RULES_API_VERSION,
        "name": f"[concat(parameters('workspace'), '/Microsoft.SecurityInsights/{artifact.remote_id}')]",
        **{key: _literal(value) for key, value in marked(artifact, on=False).items()},
    }


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


def _size(resource: Json) -> int:
    return len(_written(resource))


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
