"""Expressions compiled to functions of rows, once."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, TypeAlias

from lab.spl.errors import SplError
from lab.spl.functions import FUNCTIONS
from lab.spl.match import Surroundings, compiled
from lab.spl.parse_search import plain_condition
from lab.spl.patterns import network
from lab.spl.times import parsed, relative, shown
from lab.spl.tree import Binary, Call, Expression, Field, Number, Row, Text, Unary
from lab.spl.values import Value, kept, number, several, text

Eval: TypeAlias = Callable[[Row], Any]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def evaluated(node: Expression, around: Surroundings) -> Eval:
    """Return the function of a checked expression; null is None, a truth that hangs on null is None too.

    That comparisons with null are null and NOT keeps them null is not documented; we take three-valued logic,
    so `where f!="x"` and `where NOT f="x"` both drop rows without f.
    """
    if isinstance(node, Text):
        constant: Value = node.text
        return lambda row: constant  # noqa: ARG005
    if isinstance(node, Number):
        amount = node.number
        return lambda row: amount  # noqa: ARG005
    if isinstance(node, Field):
        name = node.name
        return lambda row: row.get(name)
    if isinstance(node, Unary):
        return _unary(node, around)
    return _binary(node, around) if isinstance(node, Binary) else _call(node, around)


def _unary(node: Unary, around: Surroundings) -> Eval:
    part = evaluated(node.part, around)
    if node.operator == "NOT":
        return lambda row: None if (found := part(row)) is None else not found
    sign = -1 if node.operator == "-" else 1
    return lambda row: None if (found := number(part(row))) is None else sign * found


def _binary(node: Binary, around: Surroundings) -> Eval:
    left, right = evaluated(node.left, around), evaluated(node.right, around)
    if node.operator in _LOGIC:
        return _LOGIC[node.operator](left, right)
    if node.operator == ".":
        return lambda row: None if (a := text(left(row))) is None or (b := text(right(row))) is None else a + b
    if node.operator in _COMPARE:
        as_text = isinstance(node.left, Text) or isinstance(node.right, Text)
        return _comparison(_COMPARE[node.operator], left, right, as_text=as_text)
    return _arithmetic(node.operator, left, right)


def _and(left: Eval, right: Eval) -> Eval:
    def run(row: Row) -> bool | None:
        first = left(row)
        if first is False:
            return False
        second = right(row)
        return False if second is False else None if first is None or second is None else True

    return run


def _or(left: Eval, right: Eval) -> Eval:
    def run(row: Row) -> bool | None:
        first = left(row)
        if first is True:
            return True
        second = right(row)
        return True if second is True else None if first is None or second is None else False

    return run


def _xor(left: Eval, right: Eval) -> Eval:
    return lambda row: None if (a := left(row)) is None or (b := right(row)) is None else a is not b


_LOGIC: dict[str, Callable[[Eval, Eval], Eval]] = {"AND": _and, "OR": _or, "XOR": _xor}


def _comparison(fits: Callable[[Any, Any], bool], left: Eval, right: Eval, *, as_text: bool) -> Eval:
    """Compare with a quoted text as text, else as numbers where both are (help.splunk.com: where).

    That a quoted number makes a comparison of text is our reading. Any value of a multivalue will do (inferred).
    """

    def pair(a: Any, b: Any) -> bool:
        if isinstance(a, bool):
            return fits(a, b)
        first, second = (None, None) if as_text else (number(a), number(b))
        return fits(first, second) if first is not None and second is not None else fits(text(a), text(b))

    def run(row: Row) -> bool | None:
        a, b = left(row), right(row)
        if a is None or b is None:
            return None
        if isinstance(a, list) or isinstance(b, list):
            return any(pair(one, other) for one in _items(a) for other in _items(b))
        return pair(a, b)

    return run


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _arithmetic(sign: str, left: Eval, right: Eval) -> Eval:
    """Give null for text that is no number and for division by zero; + joins two texts (help.splunk.com: eval)."""
    work: dict[str, Callable[[Any, Any], Any]] = {
        "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "%": operator.mod,
    }  # fmt: skip
    run_on = work[sign]

    def run(row: Row) -> Value:
        a, b = left(row), right(row)
        first, second = number(a), number(b)
        if first is None or second is None:
            joined = sign == "+" and isinstance(a, str) and isinstance(b, str)
            return str(a) + str(b) if joined and first is None and second is None else None
        return None if sign in "/%" and second == 0 else run_on(first, second)

    return run


def _call(node: Call, around: Surroundings) -> Eval:
    form = _FORMS.get(node.name)
    if form is not None:
        return form(node, around)
    function = FUNCTIONS[node.name]
    parts = tuple(evaluated(one, around) for one in node.arguments)
    work, nulls = function.run, function.nulls
    if work is None:
        raise LookupError(node.name)

    def run(row: Row) -> Value:
        values = [part(row) for part in parts]
        return work(*values) if nulls or None not in values else None

    return run


def _if(node: Call, around: Surroundings) -> Eval:
    """Anything but true takes the else value (help.splunk.com: if)."""
    check, then, other = (evaluated(one, around) for one in node.arguments)
    return lambda row: then(row) if check(row) is True else other(row)


def _case(node: Call, around: Surroundings) -> Eval:
    """Give the value of the first true condition; validate gives that of the first that is false."""
    parts = [evaluated(one, around) for one in node.arguments]
    pairs = list(zip(parts[::2], parts[1::2], strict=True))
    wanted = node.name == "case"
    return lambda row: next((value(row) for check, value in pairs if check(row) is wanted), None)


def _searchmatch(node: Call, around: Surroundings) -> Eval:
    """Apply the rules of search inside an expression (help.splunk.com: searchmatch)."""
    words = node.arguments[0]
    searched = words.text if isinstance(words, Text) else ""
    return compiled(plain_condition(searched, 0, len(searched)), around)


def _mvfilter(node: Call, around: Surroundings) -> Eval:
    """Keep the values of the one field for which the condition holds."""
    check, name = evaluated(node.arguments[0], around), field_in(node.arguments[0])
    return lambda row: kept([one for one in several(row.get(name)) if check({**row, name: one}) is True])


def _mvmap(node: Call, around: Surroundings) -> Eval:
    """Evaluate for each value of the one field."""
    name, each = field_in(node.arguments[0]), evaluated(node.arguments[-1], around)

    def run(row: Row) -> Value:
        made = [each({**row, name: one}) for one in several(row.get(name))]
        return kept([out for one in made if (out := text(one)) is not None])

    return run


def field_in(node: Expression) -> str:
    """Return the first field an expression reads; '' where it reads none."""
    if isinstance(node, Field):
        return node.name
    parts: tuple[Expression, ...] = ()
    if isinstance(node, Call):
        parts = node.arguments
    elif isinstance(node, Binary):
        parts = (node.left, node.right)
    elif isinstance(node, Unary):
        parts = (node.part,)
    return next((name for part in parts if (name := field_in(part))), "")


def _now(node: Call, around: Surroundings) -> Eval:  # noqa: ARG001
    return lambda row: int(around.now)  # noqa: ARG005


def _timed(node: Call, around: Surroundings) -> Eval:
    """Run relative_time, strftime and strptime in the search's zone; what is no time, or out of range, gives null."""
    subject, layout = (evaluated(one, around) for one in node.arguments)
    work = _TIMED[node.name]

    def run(row: Row) -> Value:
        value, shape = subject(row), text(layout(row))
        if value is None or shape is None:
            return None
        try:
            return work(value, shape, around.timezone)
        except (SplError, OverflowError, ValueError, OSError):
            return None

    return run


def _shown(value: Any, layout: str, timezone: str) -> Value:
    moment = number(value)
    return None if moment is None else shown(moment, layout, timezone=timezone)


def _moved(value: Any, steps: str, timezone: str) -> Value:
    moment = number(value)
    return None if moment is None else relative(steps, now=moment, timezone=timezone, at=0)


_TIMED: dict[str, Callable[[Any, str, str], Value]] = {
    "strftime": _shown,
    "relative_time": _moved,
    "strptime": lambda value, layout, timezone: parsed(text(value) or "", layout, timezone=timezone),
}


def _cidrmatch(node: Call, around: Surroundings) -> Eval:
    """Match no text that is no address, and raise nothing (help.splunk.com: cidrmatch)."""
    net, address = (evaluated(one, around) for one in node.arguments)

    def run(row: Row) -> bool | None:
        wanted, found = text(net(row)), address(row)
        if wanted is None or found is None:
            return None
        inside = network(wanted)
        return inside is not None and any(map(inside, several(found)))

    return run


_FORMS: dict[str, Callable[[Call, Surroundings], Eval]] = {
    "if": _if, "case": _case, "validate": _case, "searchmatch": _searchmatch, "mvfilter": _mvfilter, "mvmap": _mvmap, "now": _now,
    "time": _now, "relative_time": _timed, "strftime": _timed, "strptime": _timed, "cidrmatch": _cidrmatch,
}  # fmt: skip
