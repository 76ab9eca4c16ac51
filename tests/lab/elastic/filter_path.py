"""The parameter filter_path: keep only some members of an answer."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any


def filtered(body: Any, paths: str) -> Any:
    """Return what dotted paths name; `*` is any name, `**` any depth, a leading `-` leaves out."""
    parts = [path.strip() for path in paths.split(",") if path.strip()]
    kept = [path.split(".") for path in parts if not path.startswith("-")]
    left_out = [path[1:].split(".") for path in parts if path.startswith("-")]
    body = _only(body, kept) if kept else body
    return _without(body, left_out) if left_out else body


def _only(value: Any, paths: list[list[str]]) -> Any:
    if any(not path or path == ["**"] for path in paths):
        return value
    if isinstance(value, list):
        found = [_only(one, paths) for one in value]
        return [one for one in found if one not in ({}, [])]
    if not isinstance(value, dict):
        return {}
    kept = {}
    for name, inner in value.items():
        rest = _below(name, paths)
        found = _only(inner, rest) if rest else {}
        if found not in ({}, []):
            kept[name] = found
    return kept


def _without(value: Any, paths: list[list[str]]) -> Any:
    if isinstance(value, list):
        return [_without(one, paths) for one in value]
    if not isinstance(value, dict):
        return value
    rest = {name: _below(name, paths) for name in value}
    return {name: _without(inner, rest[name]) for name, inner in value.items() if [] not in rest[name]}


def _below(name: str, paths: list[list[str]]) -> list[list[str]]:
    """Return what is left of the paths once they have gone through a name."""
    left = []
    for path in paths:
        if path[0] == "**":
            left.append(path)
            left += _below(name, [path[1:]]) if path[1:] else []
        elif fnmatchcase(name, path[0]):
            left.append(path[1:])
    return left
