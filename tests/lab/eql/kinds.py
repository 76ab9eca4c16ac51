"""What Elasticsearch's field types are to EQL, and how a value of each is held."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from lab.eql.tree import Field, Refused

Schema = Mapping[str, str]  # dotted field name -> Elasticsearch type

KINDS = {
    **dict.fromkeys(("keyword", "wildcard", "constant_keyword"), "string"),
    **dict.fromkeys(("byte", "short", "integer", "long", "unsigned_long"), "number"),
    **dict.fromkeys(("half_float", "float", "double", "scaled_float"), "number"),
    **dict.fromkeys(("date", "date_nanos"), "date"),
    "boolean": "boolean",
    "ip": "ip",
    "version": "version",
}
TEXTS = {"text", "match_only_text"}


def kind(field: Field, schema: Schema) -> str:
    """Give a field's kind, `null` for an optional field without mapping; raises Refused where EQL cannot ask it."""
    names = field.name.split(".")
    if any(schema.get(".".join(names[:end])) == "nested" for end in range(1, len(names) + 1)):
        raise Refused(f"{field.name} is in a nested field")
    stored = schema.get(field.name)
    if stored is None:
        if field.optional:
            return "null"
        raise Refused(f"{field.name} is not mapped; write {_spelling(field.name)}")
    if stored in TEXTS and KINDS.get(schema.get(f"{field.name}.keyword", "")) == "string":
        return "string"
    if stored not in KINDS:
        raise Refused(f"{field.name} is a field of type {stored}, which EQL cannot search")
    return KINDS[stored]


def holder(kind: str) -> Callable[[Any], Any]:
    """Give what turns a value of an event into the value that is compared."""
    return HOLDERS[kind]


def address(value: Any) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Hold an address; an IPv4 address in IPv6 clothes is that IPv4 address, as in an ip field."""
    held = ipaddress.ip_address(str(value))
    return getattr(held, "ipv4_mapped", None) or held


def moment(value: Any) -> datetime:
    """Hold a date: ISO text, UTC where no zone is given, or milliseconds since 1970."""
    if isinstance(value, int):
        return datetime.fromtimestamp(value / 1000, tz=UTC)
    read = datetime.fromisoformat(str(value))
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _spelling(name: str) -> str:
    return f"?{name}, or backticks around a name with a hyphen or a space"


def _string(value: Any) -> str:
    return value if type(value) is str else str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: Any) -> int | float:
    if type(value) is int or type(value) is float:
        return value
    text = str(value)
    return float(text) if set(text) & set(".eE") else int(text)


def _boolean(value: Any) -> bool:
    return {"true": True, "false": False, "": False}[str(value).lower()]


HOLDERS: dict[str, Callable[[Any], Any]] = {
    "string": _string,
    "number": _number,
    "boolean": _boolean,
    "ip": address,
    "date": moment,
    "version": str,
}
