"""Kinds of values a body may hold, and what is wrong with one that does not fit, in the words of Kibana's validator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from lab.elastic.dates import moment
from lab.elastic.errors import Failed

MOST_WORDS = 5  # problems that are spelled out; the others are counted (source)


@dataclass(frozen=True, slots=True)
class Text:
    """`least` characters at least; `math` is a date with arithmetic, such as now-6m."""

    least: int = 0
    math: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within bounds, both included."""

    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Word:
    """One of a few words."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Several:
    """A list of one kind."""

    of: Kind
    least: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """An object; what it does not name is dropped without a word, unless it is `open`."""

    needs: Mapping[str, Kind]
    may: Mapping[str, Kind]
    open: bool = False


@dataclass(frozen=True, slots=True)
class Anything:
    """Whatever JSON can say."""


Kind: TypeAlias = "Text | Whole | Flag | Word | Several | Record | Anything"
NAMES = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}
WANTED: Mapping[type, tuple[type, ...]] = {
    Text: (str,), Word: (str,), Whole: (int,), Flag: (bool,), Several: (list,), Record: (dict,),
}  # fmt: skip


def problems(value: Any, kind: Kind, path: str = "") -> Iterator[str]:
    """Say what is wrong with a value, each problem after its path."""
    if isinstance(kind, Anything):
        return
    if type(value) not in WANTED[type(kind)]:
        yield f"{path}: {_mistyped(value, kind)}"
        return
    if isinstance(kind, Record):
        yield from _members(value, kind, path)
    elif isinstance(kind, Several):
        if len(value) < kind.least:
            yield f"{path}: Array must contain at least {kind.least} element(s)"
        for place, one in enumerate(value):
            yield from problems(one, kind.of, f"{path}.{place}")
    elif said := _unfit(value, kind):
        yield f"{path}: {said}"


def known(value: Any, kind: Kind) -> Any:
    """Return a value without the members nobody has named: Kibana drops them without a word (source)."""
    if isinstance(kind, Several):
        return [known(one, kind.of) for one in value]
    if isinstance(kind, Record) and not kind.open:
        named = {**kind.needs, **kind.may}
        return {name: known(inner, named[name]) for name, inner in value.items() if name in named}
    return value


def summed(found: list[str]) -> str:
    """Join problems as Kibana does: the first few, and how many more there are (source)."""
    more = [f"and {len(found) - MOST_WORDS} more"] if len(found) > MOST_WORDS else []
    return ", ".join([*found[:MOST_WORDS], *more])


def _members(value: Mapping[str, Any], kind: Record, path: str) -> Iterator[str]:
    above = f"{path}." if path else ""
    for name, inner in {**kind.needs, **kind.may}.items():
        if name in value:
            yield from problems(value[name], inner, above + name)
        elif name in kind.needs:
            yield f"{above}{name}: Required"


def _mistyped(value: Any, kind: Kind) -> str:
    if isinstance(kind, Word):
        return f"Expected {_listed(kind)}, received {NAMES[type(value)]}"
    wanted = "integer" if isinstance(kind, Whole) and isinstance(value, float) else NAMES[WANTED[type(kind)][0]]
    received = "float" if wanted == "integer" else NAMES[type(value)]
    return f"Expected {wanted}, received {received}"


def _unfit(value: Any, kind: Kind) -> str:
    if isinstance(kind, Word) and value not in kind.words:
        return f"Invalid enum value. Expected {_listed(kind)}, received '{value}'"
    if isinstance(kind, Text) and len(value) < kind.least:
        return f"String must contain at least {kind.least} character(s)"
    if isinstance(kind, Text) and kind.math and not _is_math(value):
        return "Failed to parse date-math expression"
    if isinstance(kind, Whole) and kind.low is not None and value < kind.low:
        return f"Number must be greater than or equal to {kind.low}"
    if isinstance(kind, Whole) and kind.high is not None and value > kind.high:
        return f"Number must be less than or equal to {kind.high}"
    return ""


def _listed(kind: Word) -> str:
    return " | ".join(f"'{word}'" for word in kind.words)


def _is_math(text: str) -> bool:
    try:
        moment(text, up=False, now=0)
    except Failed:
        return False
    return True
