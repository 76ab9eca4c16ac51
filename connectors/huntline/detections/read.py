"""Read what Sigma rules and Sigma filters have in common: log sources, and texts that may be one or a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huntline.model.pack import LogSource


def logsource_in(data: Mapping[str, Any]) -> LogSource:
    """Return a document's log source; a slash, which separates in ours, becomes a space."""
    given = {key: str(data.get(key) or "").replace("/", " ") for key in ("product", "category", "service")}
    return LogSource(**given)


def texts_in(data: Any) -> tuple[str, ...]:
    if isinstance(data, list):
        return tuple(str(one) for one in data)
    return (str(data),) if data else ()
