"""A nested value by dotted paths: how two objects are compared and changed field by field. Lists are one value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huntline.model.pack import Json


def flat(body: Mapping[str, Json]) -> dict[str, Json]:
    """Return path -> value. A key keeps its own dots, so a path need not tell where its steps end."""
    found: dict[str, Json] = {}
    for key, value in body.items():
        if isinstance(value, dict) and value:
            found |= {f"{key}.{path}": inner for path, inner in flat(value).items()}
        else:
            found[key] = value
    return found


def with_values(body: Mapping[str, Json], values: Mapping[str, Json]) -> dict[str, Json]:
    """Return a body with other values at some of its paths; a path it does not have is made of its first dot on."""
    made: dict[str, Any] = dict(body)
    for path, value in values.items():
        if path in made:
            made[path] = value
            continue
        key = next((one for one in sorted(made, key=len, reverse=True) if path.startswith(f"{one}.")), None)
        if key is not None and isinstance(made[key], dict):
            made[key] = with_values(made[key], {path.removeprefix(f"{key}."): value})
        else:
            made[path] = value
    return made
