"""Is a body one that Kibana takes: the table of fields applied to what is created, replaced and patched."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from lab.elastic.errors import Unbuilt
from lab.kibana.errors import platform
from lab.kibana.fields import BY_TYPE, OPTIONAL, REQUIRED, TYPES, Field
from lab.kibana.kinds import Kind, Record, Text, known, problems, summed

PREVIEW = ("invocationCount", "timeframeEnd")
IDS: Mapping[str, Kind] = {"rule_id": Text(), "id": Text()}


def whole_rule(body: Any, *, preview: bool = False) -> dict[str, Any]:
    """Return the known fields of a rule to create or replace; raises Refused (400).

    A preview's two own fields are kept. Of two ids a replacement may name one; the route says so.
    """
    found = _object(body)
    kind = found.get("type")
    if kind not in TYPES:
        raise invalid([f"type: Invalid discriminator value. Expected {_listed()}"])
    if kind not in BY_TYPE:
        raise Unbuilt(f"rules of the type {kind}")
    record = rule_record(kind)
    return _taken(found, record) | ({name: found[name] for name in PREVIEW if name in found} if preview else {})


def patch(body: Any, kind: str) -> dict[str, Any]:
    """Return the known fields of a change to a rule of a type, where nothing is required; raises Refused (400)."""
    record = rule_record(kind)
    return _taken(_object(body), Record({}, {**record.needs, **record.may}))


@cache
def rule_record(kind: str) -> Record:
    """Return what a body of a type of rule may hold."""
    own = BY_TYPE[kind]
    return Record(_kinds({**REQUIRED, **own.needs}), {**_kinds({**OPTIONAL, **own.may}), **IDS, "type": Text()})


def record_of(body: Any, record: Record) -> dict[str, Any]:
    """Return the known members of any other body; raises Refused (400)."""
    return _taken(_object(body), record)


def invalid(found: list[str]) -> Exception:
    """Refuse a body for its problems, as Kibana's validator does."""
    return platform(400, f"[request body]: {summed(found)}")


def _taken(body: Mapping[str, Any], record: Record) -> dict[str, Any]:
    if found := list(problems(body, record)):
        raise invalid(found)
    return dict(known(body, record))


def _object(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, dict):
        raise invalid(["Expected object, received " + ("null" if body is None else type(body).__name__)])
    return body


def _kinds(fields: Mapping[str, Field]) -> dict[str, Kind]:
    return {name: field.kind for name, field in fields.items()}


def _listed() -> str:
    return " | ".join(f"'{one}'" for one in TYPES)
