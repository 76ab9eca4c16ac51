"""Saving a search, as everybody does it: the API, a person in the portal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from lab.sentinel.call import Workspace
from lab.sentinel.errors import Failed, arm_failed
from lab.sentinel.searches.kept import Search

REQUIRED: Final = ("category", "displayName", "query")
TEXTS: Final = ("functionAlias", "functionParameters")
LANGUAGE: Final = 2  # the version of the query language (docs)
ANY: Final = "*"  # the etag that lets a write over whatever is there (docs)


def save(workspace: Workspace, name: str, body: Mapping[str, Any], now: datetime) -> Search:
    """Put a search in the place of whatever has its id.

    Raises Failed: 400 for what breaks its form, 409 for one that is there when the etag is neither its own nor `*`: one that is
    not said too (docs; the words are seen). The query is not judged (mem), nor is a function's alias.
    """
    properties = _checked(body.get("properties"))
    with workspace.searches.lock:
        old = workspace.searches.live().get(name.lower())
        if body.get("etag") not in ((ANY, old.etag) if old else (None, "", ANY)):
            raise arm_failed(409, "Conflict", "Newer data exists in the Customer Configuration Store.")
        return workspace.searches.write(name, properties, now)


def _checked(said: Any) -> dict[str, Any]:
    """Return the properties of a search in the service's form; what was not said is absent (lab)."""
    if not isinstance(said, dict):
        raise _bad("The properties are missing.")
    for one in (*REQUIRED, *TEXTS):
        if not isinstance(said.get(one), str if one in REQUIRED else str | None) or said.get(one) == "":
            raise _bad(f"The value of '{one}' is missing or no text.")
    tags = said.get("tags") or []
    if not isinstance(tags, list) or not all(_tag(one) for one in tags):
        raise _bad("The value of 'tags' is no list of names with values.")
    texts = {one: said[one] for one in TEXTS if said.get(one)}
    kept = {**{one: said[one] for one in REQUIRED}, **texts, "version": said.get("version") or LANGUAGE}
    return kept | ({"tags": [{"name": one["name"], "value": one["value"]} for one in tags]} if tags else {})


def _tag(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("name"), str) and isinstance(one.get("value"), str)


def _bad(words: str) -> Failed:
    """Refuse a search for its form; the words are the lab's."""
    return arm_failed(400, "InvalidParameter", words)
