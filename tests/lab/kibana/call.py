"""One call as a route sees it: who asks, in which space, and the Kibana it is asked of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from lab.elastic.app import ElasticLab
from lab.elastic.settings import Key
from lab.kibana.check import invalid
from lab.kibana.errors import platform, siem
from lab.kibana.settings import KibanaSettings
from lab.kibana.store import KibanaStore, Space
from lab.serve.exchange import Request, bend
from lab.serve.faults import Bend

USER = "lab"  # whose keys they all are, as _security/_authenticate says


@dataclass(frozen=True, slots=True)
class Kibana:
    """The state all calls share."""

    settings: KibanaSettings
    store: KibanaStore
    elastic: ElasticLab


@dataclass(frozen=True, slots=True)
class Call:
    """`names` are the variables of the path."""

    kibana: Kibana
    request: Request
    key: Key
    space: Space
    names: Mapping[str, str]

    @property
    def now(self) -> datetime:
        return self.request.now

    def bent(self, word: str) -> Bend | None:
        return bend(self.request, word)

    def query(self, name: str, default: str = "") -> str:
        return self.request.query.get(name, default)

    def flag(self, name: str) -> bool:
        """Read a parameter that is true or false; raises Refused (400)."""
        text = self.query(name, "false")
        if text not in {"true", "false"}:
            raise platform(
                400, f"[request query]: {name}: Invalid enum value. Expected 'true' | 'false', received '{text}'"
            )
        return text == "true"

    def number(self, name: str, default: int, least: int) -> int:
        """Read a parameter that is a whole number; raises Refused (400)."""
        text = self.query(name, str(default))
        if not text.removeprefix("-").isdigit():
            raise platform(400, f"[request query]: {name}: Expected number, received nan")
        if int(text) < least:
            raise platform(400, f"[request query]: {name}: Number must be greater than or equal to {least}")
        return int(text)


def body_of(call: Call) -> Any:
    """Return the body, None for none; raises Refused (400) for what is no JSON."""
    if not call.request.body:
        return None
    try:
        return orjson.loads(call.request.body)
    except orjson.JSONDecodeError as broken:
        raise platform(400, f"Invalid request payload JSON format: {broken}") from None


def one_id(call: Call, given: Mapping[str, Any]) -> dict[str, str]:
    """Return the one id a route is asked by, `id` or `rule_id`; raises Refused (400) for none and for both (source)."""
    found = {name: str(given[name]) for name in ("id", "rule_id") if given.get(name)}
    if len(found) == 2:
        raise list_refused('both "id" and "rule_id" cannot exist, choose one or the other')
    if not found:
        raise list_refused('either "id" or "rule_id" must be set')
    if "id" in found and len(found["id"]) != 36:
        raise invalid(["id: Invalid uuid"]) if call.request.body else platform(400, "[request query]: id: Invalid uuid")
    return found


def list_refused(sentence: str) -> Exception:
    """Refuse with a list of one sentence, as some routes do (source)."""
    return siem(400, [sentence])
