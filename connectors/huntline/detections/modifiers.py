"""Sigma's value modifiers: one written value becomes one or several values to test for, any of which is enough."""

from __future__ import annotations

import base64
import ipaddress
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, TypeAlias

from huntline.detections.refusal import NotLowered
from huntline.model.predicate import Op
from huntline.model.wildcards import STAR, Part, Wild, merged, parts_of

MOST = 200_000
"""Values that one written value may become; more is a mistake, or meant to hurt."""

LARGEST = 2**128
"""More than any counter or address; Python refuses to write numbers of some thousand digits."""

DASHES = "-/–—―"
FLAG = re.compile(f"\\B[{DASHES}]\\b")
"""A dash that begins a word: what Windows takes for the start of a parameter. Dashes inside words stay."""

PLACEHOLDER = re.compile(r"(?<!\\)%([^%]+)%")
Lists: TypeAlias = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Text:
    """Text with its wildcards taken apart; escapes are gone. Neighbouring parts are never both text."""

    parts: tuple[Part, ...]
    cased: bool = False


@dataclass(frozen=True, slots=True)
class Bytes:
    """An encoded text, on its way to Base64."""

    data: bytes
    cased: bool


@dataclass(frozen=True, slots=True)
class Regex:
    text: str
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value whose meaning is settled: the operator and its operand."""

    op: Op
    operand: str


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number or truth value as written; a text modifier turns a number into text."""

    value: int | float | bool


@dataclass(frozen=True, slots=True)
class Null:
    pass


Value: TypeAlias = Text | Bytes | Regex | Fixed | Scalar | Null


def values_of(raw: Any, modifiers: Sequence[str], lists: Lists) -> tuple[Value, ...]:
    """Apply the modifiers in their order. `all` and `neq`, which concern lists, are not among them. Raises NotLowered."""
    values = [_written(raw, regex="re" in modifiers)]
    for at, name in enumerate(modifiers):
        modify = _MODIFIERS.get(name)
        if name == "expand":
            values = [new for value in values for new in _expand(value, lists)]
        elif modify is None:
            raise NotLowered(*_unknown(name))
        elif name in _ALONE and set(modifiers[:at]) - {"expand"}:
            raise NotLowered("modifier", f"the modifier {name} comes before {modifiers[0]}, or not at all")
        else:
            values = [new for value in values for new in _bounded(modify(value))]
    return tuple(_bounded(values))


def _written(raw: Any, *, regex: bool) -> Value:
    match raw:
        case str():
            return Regex(raw) if regex else Text(parts_of(raw))
        case None if not regex:
            return Null()
        case bool() if not regex:
            return Scalar(raw)
        case int() | float() if not isinstance(raw, bool):
            if isinstance(raw, float) and not math.isfinite(raw):
                raise NotLowered("value", "a number is not infinite, and not nan")
            if abs(raw) > LARGEST:
                raise NotLowered("value", "a number is larger than any a log holds")
            return Regex(_number(raw)) if regex else Scalar(raw)
        case _:
            raise NotLowered("value", f"a value is text, number, truth value or null, not {_kind(raw)}")


def _unknown(name: str) -> tuple[str, str]:
    if name in ("minute", "hour", "day", "week", "month", "year"):
        return "timestamp_part", f"tests of a part of a time ({name}) are not supported"
    return "modifier", f"the modifier {name!r} is not known"


def _kind(value: object) -> str:
    match value:
        case dict():
            return "a map"
        case list():
            return "a list in a list"
        case None:
            return "null"
    return f"a {type(value).__name__}"


def _number(number: float) -> str:
    """Write 1.0 as 1: both are one number to Sigma."""
    return str(int(number)) if number == int(number) else str(number)


def _bounded(values: Sequence[Value]) -> Sequence[Value]:
    if len(values) > MOST:
        raise NotLowered("size", f"a value would become more than {MOST:,} values")
    return values


def _text(value: Value, name: str) -> Text:
    """Return the value as text. Raises NotLowered where the modifier makes no sense of it."""
    match value:
        case Text():
            return value
        case Scalar(number) if not isinstance(number, bool):
            return Text((_number(number),))
        case Bytes(data, cased) if data.isascii():
            return Text((data.decode("ascii"),) if data else (), cased)
        case Bytes():
            raise NotLowered("encoding", "bytes outside ASCII are no text: add base64 or base64offset")
        case Fixed("fieldref", _) if name in ("contains", "startswith", "endswith"):
            raise NotLowered("fieldref", f"fieldref with {name} is not supported")
    raise NotLowered("modifier", f"the modifier {name} does not go with {_described(value)}")


def _described(value: Value) -> str:
    match value:
        case Scalar(bool()):
            return "a truth value"
        case Fixed(op, _):
            return f"the modifier before it ({op})"
    return {"Regex": "a regular expression", "Null": "null", "Scalar": "a number"}.get(
        type(value).__name__, "this value"
    )


def _contains(value: Value) -> list[Value]:
    # A regular expression is found anywhere in the value as it is.
    return [value] if isinstance(value, Regex) else [_starred(_text(value, "contains"), before=True, after=True)]


def _startswith(value: Value) -> list[Value]:
    return [_starred(_text(value, "startswith"), before=False, after=True)]


def _endswith(value: Value) -> list[Value]:
    return [_starred(_text(value, "endswith"), before=True, after=False)]


def _starred(text: Text, *, before: bool, after: bool) -> Text:
    parts = text.parts
    if before and parts[:1] != (STAR,):
        parts = (STAR, *parts)
    if after and parts[-1:] != (STAR,):
        parts = (*parts, STAR)
    return replace(text, parts=parts)


def _cased(value: Value) -> list[Value]:
    return [replace(value if isinstance(value, Bytes) else _text(value, "cased"), cased=True)]


def _windash(value: Value) -> list[Value]:
    text = _text(value, "windash")
    pieces: list[Sequence[Part]] = []
    for part in text.parts:
        if isinstance(part, Wild):
            pieces.append((part,))
            continue
        at = 0
        for dash in FLAG.finditer(part):
            pieces += [(part[at : dash.start()],), DASHES]
            at = dash.end()
        pieces.append((part[at:],))
    return [replace(text, parts=merged(parts)) for parts in _product(pieces)]


def _product(pieces: Sequence[Sequence[Part]]) -> list[tuple[Part, ...]]:
    if math.prod(map(len, pieces)) > MOST:
        raise NotLowered("size", f"a value would become more than {MOST:,} values")
    return list(product(*pieces))


def _plain(value: Value, name: str) -> tuple[str, bool]:
    text = _text(value, name)
    if any(isinstance(part, Wild) for part in text.parts):
        raise NotLowered("encoding", f"the modifier {name} does not go with wildcards")
    return "".join(part for part in text.parts if isinstance(part, str)), text.cased


def _encoding(name: str, codec: str, mark: bytes = b"") -> Callable[[Value], list[Value]]:
    def encode(value: Value) -> list[Value]:
        text, cased = _plain(value, name)
        return [Bytes(mark + _encoded(text, codec), cased)]

    return encode


def _encoded(text: str, codec: str) -> bytes:
    try:
        return text.encode(codec)
    except UnicodeEncodeError as error:
        raise NotLowered("encoding", "half of a surrogate pair cannot be encoded") from error


def _data(value: Value, name: str) -> tuple[bytes, bool]:
    if isinstance(value, Bytes):
        return value.data, value.cased
    text, cased = _plain(value, name)
    return _encoded(text, "utf-8"), cased


def _base64(value: Value) -> list[Value]:
    data, cased = _data(value, "base64")
    return [Text(merged([base64.b64encode(data).decode()]), cased)]


def _base64offset(value: Value) -> list[Value]:
    """Encode behind 0, 1 and 2 other bytes, and keep the characters that no neighbour can change."""
    data, cased = _data(value, "base64offset")
    found: list[Value] = []
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data).decode()
        end = len(data) + before
        kept = encoded[(0, 2, 3)[before] : end * 8 // 6]
        if not kept:
            raise NotLowered("encoding", "the value is too short to be recognised in Base64")
        found.append(Text((kept,), cased))
    return found


def _re(value: Value) -> list[Value]:
    return [value]


def _flag(letter: str) -> Callable[[Value], list[Value]]:
    def add(value: Value) -> list[Value]:
        if not isinstance(value, Regex):
            raise NotLowered("modifier", f"the modifier {letter} goes with re only")
        return [replace(value, flags=value.flags | {letter})]

    return add


def _cidr(value: Value) -> list[Value]:
    text, _ = _plain(value, "cidr")
    try:
        return [Fixed("cidr", str(ipaddress.ip_network(text)))]
    except ValueError as error:
        raise NotLowered("cidr", f"{text!r} is no network: {error}") from error


def _exists(value: Value) -> list[Value]:
    if not isinstance(value, Scalar) or not isinstance(value.value, bool):
        raise NotLowered("modifier", "the modifier exists takes true or false")
    return [Fixed("exists", "true" if value.value else "false")]


def _fieldref(value: Value) -> list[Value]:
    text, _ = _plain(value, "fieldref")
    if not text:
        raise NotLowered("fieldref", "fieldref names a field")
    return [Fixed("fieldref", text)]


def _compare(op: Op) -> Callable[[Value], list[Value]]:
    def compare(value: Value) -> list[Value]:
        if not isinstance(value, Scalar) or isinstance(value.value, bool):
            raise NotLowered("modifier", f"the modifier {op} takes a number")
        return [Fixed(op, _number(value.value))]

    return compare


def _expand(value: Value, lists: Lists) -> list[Value]:
    """Fill placeholders from the pack's lists. A list's values are plain text, without wildcards."""
    if isinstance(value, Regex):
        return [
            replace(value, text="".join(map(str, parts))) for parts in _product(filled(value.text, lists, re.escape))
        ]
    text = _text(value, "expand")
    pieces: list[Sequence[Part]] = []
    for part in text.parts:
        pieces += [(part,)] if isinstance(part, Wild) else filled(part, lists, str)
    return [replace(text, parts=merged(parts)) for parts in _product(pieces)]


def filled(text: str, lists: Lists, written: Callable[[str], str]) -> list[Sequence[Part]]:
    """Cut a text at its placeholders, each replaced by the values of its list; `\\%` is a plain percent sign."""
    pieces: list[Sequence[Part]] = []
    at = 0
    for found in PLACEHOLDER.finditer(text):
        if found[1] not in lists:
            raise NotLowered("placeholder", f"the list %{found[1]}% is not in the pack")
        pieces += [(text[at : found.start()].replace("\\%", "%"),), tuple(map(written, lists[found[1]]))]
        at = found.end()
    return [*pieces, (text[at:].replace("\\%", "%"),)]


_ALONE = frozenset({"re", "cidr", "exists", "fieldref", "lt", "lte", "gt", "gte"})
"""They give a written value its kind, so nothing but `expand` comes before them."""

_MODIFIERS: Mapping[str, Callable[[Value], list[Value]]] = {
    "contains": _contains,
    "startswith": _startswith,
    "endswith": _endswith,
    "cased": _cased,
    "windash": _windash,
    "wide": _encoding("wide", "utf-16-le"),
    "utf16le": _encoding("utf16le", "utf-16-le"),
    "utf16be": _encoding("utf16be", "utf-16-be"),
    "utf16": _encoding("utf16", "utf-16-le", b"\xff\xfe"),
    "base64": _base64,
    "base64offset": _base64offset,
    "re": _re,
    "i": _flag("i"),
    "ignorecase": _flag("i"),
    "m": _flag("m"),
    "multiline": _flag("m"),
    "s": _flag("s"),
    "dotall": _flag("s"),
    "cidr": _cidr,
    "exists": _exists,
    "fieldref": _fieldref,
    "lt": _compare("lt"),
    "lte": _compare("lte"),
    "gt": _compare("gt"),
    "gte": _compare("gte"),
}
