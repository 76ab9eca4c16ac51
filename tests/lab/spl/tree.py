"""The frozen values a text is parsed into: pipelines, search conditions and expressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Row: TypeAlias = Mapping[str, str | list[str]]

# Conditions of search, of tstats where and of searchmatch().


@dataclass(frozen=True, slots=True)
class Pattern:
    """A value to compare with; `*` is a wildcard, case counts under CASE()."""

    text: str
    cased: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """field=value, and field IN (..)."""

    field: str
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Differs:
    """field!=value: needs the field."""

    field: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Ordered:
    """field<value and its kin."""

    field: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase of _raw; `whole` under TERM()."""

    text: str
    cased: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """A time modifier such as earliest=-1d."""

    modifier: str
    when: str
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Sub:
    """A sub-search in the place of a condition."""

    pipeline: Pipeline
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple[Condition, ...]


Condition: TypeAlias = OneOf | Differs | Ordered | Term | Bound | Sub | Not | All | Some

# Expressions of where and eval.


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Number:
    number: int | float
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple[Expression, ...]
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    part: Expression
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Expression
    right: Expression
    at: int = field(compare=False)


Expression: TypeAlias = Text | Number | Field | Call | Unary | Binary

# Pipelines.


@dataclass(frozen=True, slots=True)
class Aggregate:
    """count, values(f) AS v, count(eval(..)): `of` is the field, the condition or nothing."""

    function: str
    of: str | Expression | None
    name: str


@dataclass(frozen=True, slots=True)
class Command:
    """One stage: its name and what its parser made of the rest, by argument name."""

    name: str
    arguments: Mapping[str, Any]
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Pipeline:
    commands: tuple[Command, ...]
