"""One call as an endpoint sees it: who asks, what is asked, and the cluster it is asked of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from lab.elastic.errors import Failed, Unbuilt
from lab.elastic.settings import ElasticSettings, Key
from lab.elastic.store import Store
from lab.elastic.tasks import Tasks
from lab.serve.exchange import Request, bend


@dataclass(frozen=True, slots=True)
class Cluster:
    """The state all calls share."""

    settings: ElasticSettings
    store: Store
    tasks: Tasks


@dataclass(frozen=True, slots=True)
class Call:
    """`names` are the path's variables, `given` the endpoint's parameters with their defaults."""

    cluster: Cluster
    request: Request
    key: Key
    names: Mapping[str, str]
    given: Mapping[str, Any]

    @property
    def settings(self) -> ElasticSettings:
        return self.cluster.settings

    @property
    def now(self) -> int:
        """Return the server's time in milliseconds."""
        return round(self.request.now.timestamp() * 1000)

    def bent(self, word: str) -> float | None:
        """Return the amount of a scripted bend, None where there is none."""
        found = bend(self.request, word)
        return None if found is None else found.amount

    def bent_name(self, word: str) -> str | None:
        """Return the name given to a scripted bend, None where there is none."""
        found = bend(self.request, word)
        return None if found is None else found.name


def body_of(call: Call, known: Iterable[str] | None = None) -> dict[str, Any]:
    """Return the body as an object, {} for none; raises Failed as Elasticsearch does for what is none.

    With `known` members anything else is Unbuilt: passing over it would answer another question.
    """
    if not call.request.body:
        return {}
    try:
        body = orjson.loads(call.request.body)
    except orjson.JSONDecodeError as broken:
        raise Failed(400, "x_content_parse_exception", f"[1:1] {broken}") from None
    if not isinstance(body, dict):
        raise Failed(400, "parsing_exception", "Expected [START_OBJECT]", line=1, col=1)
    if known is not None and (unknown := set(body) - set(known)):
        raise Unbuilt(f"{unknown} in the body of {call.request.path}")
    return body
