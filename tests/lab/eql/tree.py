"""An EQL query as frozen values that keep what eql's own tree forgets: `~`, `:` and `?`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as Word
from typing import TypeAlias

Order = Word["==", "!=", "<", "<=", ">", ">="]
Way = Word["in", "like", "regex"]


class Refused(ValueError):
    """Elasticsearch would refuse the query; the message says why."""


@dataclass(frozen=True, slots=True)
class Literal:
    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Call:
    """Call a function, or an arithmetic operator under its function's name."""

    name: str
    arguments: tuple[Expression, ...]
    folded: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    left: Expression
    operator: Order
    right: Expression


@dataclass(frozen=True, slots=True)
class Among:
    """Ask whether a value is one of a list: the operators `in`, `like`, `regex` and `:` (a folded `like`)."""

    subject: Expression
    way: Way
    values: tuple[Expression, ...]
    folded: bool
    spelling: str


@dataclass(frozen=True, slots=True)
class Not:
    term: Expression


@dataclass(frozen=True, slots=True)
class And:
    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    terms: tuple[Expression, ...]


Expression: TypeAlias = Literal | Field | Call | Comparison | Among | Not | And | Or


@dataclass(frozen=True, slots=True)
class Step:
    """One event query; `category` is None for `any`, `missing` for a step in `![ ]`."""

    category: str | None
    condition: Expression
    keys: tuple[Expression, ...]
    runs: int
    missing: bool


@dataclass(frozen=True, slots=True)
class Pipe:
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query; maxspan in milliseconds. An event query has one step."""

    kind: Word["event", "sequence", "sample"]
    steps: tuple[Step, ...]
    maxspan: int | None
    until: Step | None
    pipes: tuple[Pipe, ...]


def parts(expression: Expression) -> tuple[Expression, ...]:
    """Give the direct parts of an expression."""
    match expression:
        case Literal() | Field():
            return ()
        case Call(arguments=several) | And(terms=several) | Or(terms=several):
            return several
        case Comparison(left=left, right=right):
            return (left, right)
        case Among(subject=subject, values=values):
            return (subject, *values)
        case Not(term=term):
            return (term,)


def walk(expression: Expression) -> list[Expression]:
    """Give an expression and all that is in it, outermost first."""
    return [expression, *(inner for part in parts(expression) for inner in walk(part))]


def reads_a_field(expression: Expression) -> bool:
    """Tell whether an expression depends on the event."""
    return any(isinstance(part, Field) for part in walk(expression))
