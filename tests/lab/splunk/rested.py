"""What `| rest` shows of knowledge objects: a row for each, its settings as text (docs: rest)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from lab.spl import Row
from lab.splunk.atom import Entry, stamp
from lab.splunk.call import Call
from lab.splunk.knowledge import ANY
from lab.splunk.lookups import DEFINITIONS, FILES
from lab.splunk.macros import MACROS
from lab.splunk.objects import NEVER, entry, place
from lab.splunk.saved import SEARCHES

KINDS: Final = {kind.path: kind for kind in (SEARCHES, MACROS, FILES, DEFINITIONS)}
PATH: Final = re.compile(r"/services(?:NS/[^/]+/[^/]+)?/(.+?)/?")


def known(path: str) -> bool:
    """Tell whether a path leads to knowledge objects."""
    found = PATH.fullmatch(path)
    return found is not None and found[1] in KINDS


def rows(call: Call, path: str) -> Iterator[Row]:
    """Yield the objects of a path, all of them (docs: count=0), as its own namespace shows them; of /services any (inf)."""
    found = PATH.fullmatch(path)
    kind = KINDS[found[1] if found else ""]
    there = path if path.startswith("/servicesNS") else f"/servicesNS/{ANY}/{ANY}/{kind.path}"
    asking = replace(call, request=replace(call.request, path=there))
    for one in asking.knowledge.seen(kind.conf, place(asking), asking.asker):
        yield _row(call, entry(kind, asking, one))


def _row(call: Call, one: Entry) -> dict[str, str | list[str]]:
    acl: Mapping[str, Any] = one.acl or {}
    rights = acl.get("perms") or {}
    found: dict[str, Any] = {
        **one.content, "title": one.title, "id": one.path, "author": one.author, "splunk_server": call.settings.name,
        "updated": stamp(one.updated or NEVER), **{f"eai:acl.{name}": acl.get(name) for name in ("app", "owner", "sharing")},
        **{f"eai:acl.perms.{name}": value for name, value in rights.items()},
    }  # fmt: skip
    return {name: _text(value) for name, value in found.items() if value is not None and value not in ("", [])}


def _text(value: Any) -> str | list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    return str(int(value)) if isinstance(value, bool) else str(value)
