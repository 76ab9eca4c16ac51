"""Resource Manager's lists: page by page, the next one by an address of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from lab.sentinel.call import Call


def paged(call: Call, entries: Sequence[Any], length: int | None = None) -> dict[str, Any]:
    """Write the page that was asked for, with `nextLink` where more follow: absolute, to be followed as it is.

    A page has `length` entries, or as many as the lab is set to.
    """
    start = int(call.request.query.get("$skiptoken", "0"))
    end = start + (length or call.settings.page)
    said: dict[str, Any] = {"value": list(entries[start:end])}
    if end < len(entries):
        query = dict(call.request.query) | {"$skiptoken": str(end)}
        said["nextLink"] = f"https://{call.request.headers.get('host', '')}{call.request.path}?{urlencode(query)}"
    return said
