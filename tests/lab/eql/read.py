"""Read EQL text into a tree, by the grammar that Elastic ships in its eql package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from eql.parser import lark_parser  # type: ignore[import-untyped]  # eql ships no types
from lark.exceptions import LarkError

from lab.eql.spelling import KEYWORDS, spell, unplain, unquote
from lab.eql.tree import (
    Among,
    And,
    Call,
    Comparison,
    Expression,
    Field,
    Literal,
    Not,
    Or,
    Pipe,
    Query,
    Refused,
    Step,
    Way,
)

SPANS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
ARITHMETIC = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "modulo"}
RESERVED: dict[str, bool | None] = {"true": True, "false": False, "null": None}


def read(query: str) -> Query:
    """Read a query, or raise Refused for what Elasticsearch's grammar does not know."""
    spelt = spell(query)
    if spelt.faults:
        raise Refused("; ".join(spelt.faults))
    try:
        root = lark_parser.parse(spelt.text + "\n", start="piped_query")
    except LarkError as wrong:
        raise Refused(f"not EQL: {str(wrong).splitlines()[0]}") from None
    base = _child(root, "base_query")
    if base is None:
        raise Refused("a query starts with a category, not with a pipe")
    return _query(base.children[0], tuple(_pipe(pipe) for pipe in _several(_child(root, "pipes"), "pipe")))


def _query(node: Any, pipes: tuple[Pipe, ...]) -> Query:
    if node.data == "event_query":
        return Query("event", (_step(node),), maxspan=None, until=None, pipes=pipes)
    if node.data not in {"sequence", "sample"}:
        raise Refused(f"{node.data} is not supported")
    shared = _keys(node)
    until = _child(node, "until_subquery_by")
    return Query(
        "sequence" if node.data == "sequence" else "sample",
        tuple(_subquery(step, shared) for step in _several(node, "subquery_by")),
        maxspan=_span(_child(node, "with_params")),
        until=_subquery(_child(until, "subquery_by"), shared) if until else None,
        pipes=pipes,
    )


def _step(node: Any, keys: tuple[Expression, ...] = (), runs: int = 1, missing: bool = False) -> Step:
    name, condition = node.children
    if name is None:
        raise Refused("a condition needs a category before it, such as `any where`")
    category = None if name.children[0] == "any" else _name(name)
    return Step(category, _expression(condition), keys, runs, missing)


def _subquery(node: Any, shared: tuple[Expression, ...]) -> Step:
    for word, data in (("fork", "fork_param"), ("as", "sequence_alias")):
        if _child(node, data) is not None:
            raise Refused(f"{word} is not supported")
    query = _child(node, "subquery")
    runs = _child(node, "repeated_sequence")
    return _step(
        _child(query, "event_query"),
        shared + _keys(node),
        int(runs.children[-1]) if runs else 1,
        any(getattr(child, "type", "") == "MISSING_EVENT_OPEN" for child in query.children),
    )


def _keys(node: Any) -> tuple[Expression, ...]:
    values = _child(node, "join_values")
    return _all(values.children[0]) if values else ()


def _span(node: Any) -> int | None:
    if node is None:
        return None
    number, *units = _child(node, "time_range").children
    quantity, unit = _number(number), SPANS.get(_name(units[0])) if units else None
    if isinstance(quantity, float) or unit is None:
        raise Refused(f"maxspan is a whole number and one of {', '.join(SPANS)}")
    return quantity * unit


def _pipe(node: Any) -> Pipe:
    name = _name(node.children[0])
    counts = [value for child in node.children[1:] if child for value in _all(child)]
    if name not in {"head", "tail"}:
        raise Refused(f"the pipe {name} is not supported, only head and tail")
    if len(counts) != 1 or not isinstance(counts[0], Literal) or type(counts[0].value) is not int:
        raise Refused(f"{name} takes one whole number")
    return Pipe(name, counts[0].value)


def _expression(node: Any) -> Expression:
    read_it = READERS.get(node.data)
    if read_it is None:
        raise Refused(f"{str(node.data).replace('_', ' ')} is not supported")
    return read_it(node)


def _literal(node: Any) -> Literal:
    (inner,) = node.children
    match inner.data:
        case "number":
            return Literal(_number(inner))
        case "string":
            return Literal(unquote(str(inner.children[0])))
        case "boolean":
            return Literal(str(inner.children[0]) == "true")
        case _:
            return Literal(None)


def _number(node: Any) -> int | float:
    token = node.children[-1]
    return int(token) if token.type == "UNSIGNED_INTEGER" else float(token)


def _base_field(node: Any) -> Expression:
    name = str(node.children[0].children[0])
    return Literal(RESERVED[name]) if name in RESERVED else Field(_name(node.children[0]), optional=False)


def _field(node: Any) -> Field:
    text = str(node.children[-1])
    if "[" in text:
        raise Refused(f"{text}: an array has no index")
    names = [part.strip() for part in text.removeprefix("?").split(".")]
    if bare := [name for name in names if name in KEYWORDS]:
        raise Refused(f"the keyword {bare[0]} needs backticks as a name")
    return Field(".".join(map(unplain, names)), optional=text.startswith("?"))


def _signed(node: Any) -> Expression:
    sign, value = node.children[0], _expression(node.children[1])
    if isinstance(value, Literal) and isinstance(value.value, int | float) and not isinstance(value.value, bool):
        return Literal(-value.value) if sign == "-" else value
    return Call("subtract" if sign == "-" else "add", (Literal(0), value), folded=False)


def _call(node: Any) -> Call:
    name = str(node.children[0])
    arguments = _child(node, "expressions")
    return Call(name.removesuffix("~"), _all(arguments) if arguments else (), folded=name.endswith("~"))


def _arithmetic(node: Any) -> Expression:
    children = node.children
    result = _expression(children[0])
    for operator, operand in zip(children[1::2], children[2::2], strict=True):
        result = Call(ARITHMETIC[operator], (result, _expression(operand)), folded=False)
    return result


def _comparison(node: Any) -> Comparison:
    left, operator, right = node.children
    if operator == "=":
        raise Refused("= is no comparison, write ==")
    return Comparison(_expression(left), operator.value, _expression(right))


def _negation(node: Any) -> Expression:
    """Read `not not x` as x."""
    term = _expression(node.children[-1])
    return Not(term) if len(node.children) % 2 == 0 else term


def _lineage(node: Any) -> Expression:
    raise Refused(f"{node.children[0].children[0]} of is not supported")


def _among(node: Any) -> Expression:
    subject, *others = (child for child in node.children if child is not None)
    operator = next(str(child) for child in others if not hasattr(child, "data") and child != "not")
    way = cast("Way", "like" if operator == ":" else operator.removesuffix("~"))
    values = [value for child in others if hasattr(child, "data") for value in _all(child)]
    among = Among(_expression(subject), way, tuple(values), operator == ":" or operator.endswith("~"), operator)
    return Not(among) if node.data == "not_in_set" else among


def _all(node: Any) -> tuple[Expression, ...]:
    """Read a list of expressions, or the one expression."""
    return (
        tuple(_expression(child) for child in node.children if child)
        if node.data == "expressions"
        else (_expression(node),)
    )


def _name(node: Any) -> str:
    name = str(node.children[0])
    if name in KEYWORDS:
        raise Refused(f"the keyword {name} is no name")
    return unplain(name)


def _several(node: Any, data: str) -> list[Any]:
    return [] if node is None else [child for child in node.children if getattr(child, "data", "") == data]


def _child(node: Any, data: str) -> Any:
    return next(iter(_several(node, data)), None)


READERS: dict[str, Callable[[Any], Expression]] = {
    "literal": _literal,
    "base_field": _base_field,
    "field": _field,
    "value": _signed,
    "function_call": _call,
    "sum_expr": _arithmetic,
    "mul_expr": _arithmetic,
    "comparison": _comparison,
    "in_set": _among,
    "not_in_set": _among,
    "string_predicate": _among,
    "and_expr": lambda node: And(tuple(map(_expression, node.children))),
    "or_expr": lambda node: Or(tuple(map(_expression, node.children))),
    "not_expr": _negation,
    "named_subquery": _lineage,
}
