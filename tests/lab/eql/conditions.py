"""Turn a condition into closures, by the query that Elasticsearch documents or tests for it.

A test of a field asks its values one by one, and one hit is enough. `not` and `!=` turn the whole test round, so they
keep events without the field. A test of a function's result runs as a script: `!=` there needs a value, and a regular
expression would be Java's; here it is Lucene's as for fields. Only ASCII letters lose their case. An optional
field without mapping is null, and a test of null neither holds nor fails, under `not` either (our reading of
"replaces it with null").
"""

from __future__ import annotations

import ipaddress
import itertools
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lab.eql.functions import apply
from lab.eql.kinds import Schema, holder, kind
from lab.eql.lucene import regexp
from lab.eql.refusals import kind_of
from lab.eql.text import one_of, wildcard
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
    Order,
    Refused,
    reads_a_field,
)

Row = Mapping[str, Any]  # dotted field name -> a value or a list of values
Holds = Callable[[Row], bool]
Asks = Callable[[Any], bool]
ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
MIRRORED: dict[Order, Order] = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Test:
    """Say when a condition holds and when it fails; with null it does neither."""

    holds: Holds
    fails: Holds


def condition(expression: Expression, schema: Schema) -> Test:
    """Compile a condition that `refusals` found nothing against."""
    match expression:
        case Not(term=term):
            inner = condition(term, schema)
            return Test(inner.fails, inner.holds)
        case And(terms=terms):
            tests = [condition(term, schema) for term in terms]
            return Test(_all([test.holds for test in tests]), _any([test.fails for test in tests]))
        case Or(terms=terms):
            tests = [condition(term, schema) for term in terms]
            return Test(_any([test.holds for test in tests]), _all([test.fails for test in tests]))
        case Comparison():
            return _comparison(expression, schema)
        case Among():
            return _among(expression, schema)
        case _:
            return _truth(expression, schema)


def values(expression: Expression, schema: Schema) -> Callable[[Row], tuple[Any, ...]]:
    """Compile an expression to the values it has in an event; a function of an absent field has the value None."""
    match expression:
        case Literal(value=value):
            alone = (value,)
            return lambda _: alone
        case Field():
            return _field(expression, schema)
        case Call(name=name, arguments=arguments, folded=folded):
            sources = [values(argument, schema) for argument in arguments]
            return lambda row: tuple(
                apply(name, given, folded=folded)
                for given in itertools.product(*(source(row) or (None,) for source in sources))
            )
        case _:
            truth = condition(expression, schema)
            return lambda row: (truth.holds(row),)


def _all(holds: list[Holds]) -> Holds:
    def every(row: Row) -> bool:
        for one in holds:  # noqa: SIM110  # three times as fast as all()
            if not one(row):
                return False
        return True

    return every


def _any(holds: list[Holds]) -> Holds:
    def some(row: Row) -> bool:
        for one in holds:  # noqa: SIM110
            if one(row):
                return True
        return False

    return some


def _truth(expression: Expression, schema: Schema) -> Test:
    if _null(expression, schema):
        return NEITHER
    return _asked(expression, lambda value: value is True, schema)


def _comparison(comparison: Comparison, schema: Schema) -> Test:
    left, sign, right = comparison.left, comparison.operator, comparison.right
    if reads_a_field(right) or (_null(left, schema) and not _null(right, schema)):
        left, sign, right = right, MIRRORED[sign], left
    if _null(right, schema):
        return _presence(left, sign, schema)
    if _null(left, schema):
        return NEITHER
    (constant,) = values(right, schema)({})
    if isinstance(left, Field):
        return _field_against(left, sign, constant, schema)
    if isinstance(constant, bool):
        truth = condition(left, schema)
        return truth if constant is (sign == "==") else Test(truth.fails, truth.holds)
    order = ORDERS[sign]
    return _asked(left, lambda value: value is not None and order(value, constant), schema)


def _presence(left: Expression, sign: str, schema: Schema) -> Test:
    """Compare with null: only == and != say anything."""
    if sign not in {"==", "!="}:
        return NEITHER
    source = values(left, schema)
    absent = _test(lambda row: None in (source(row) or (None,)))
    return absent if sign == "==" else Test(absent.fails, absent.holds)


def _field_against(field: Field, sign: str, constant: Any, schema: Schema) -> Test:
    if sign in {"==", "!="}:
        equal = _asked(field, _equal((constant,), kind(field, schema)), schema)
        return equal if sign == "==" else Test(equal.fails, equal.holds)
    held, order = holder(_ordered(field, schema))(constant), ORDERS[sign]
    return _asked(field, lambda value: order(value, held), schema)


def _ordered(field: Field, schema: Schema) -> str:
    found = kind(field, schema)
    if found in {"version", "ip"}:
        raise Refused(f"{field.name}: the order of a {found} is not built here")
    return found


def _among(among: Among, schema: Schema) -> Test:
    if _null(among.subject, schema):
        return NEITHER
    listed = tuple(value for item in among.values for value in values(item, schema)({}) if value is not None)
    found = kind_of(among.subject, schema)
    return _asked(among.subject, _ways(among, listed, found), schema)


def _ways(among: Among, listed: tuple[Any, ...], kind: str) -> Asks:
    if among.way == "like":
        return _known(wildcard(listed, folded=among.folded))
    if among.way == "regex":
        fits = [regexp(pattern, folded=among.folded) for pattern in listed]
        return _known(lambda text: any(fit(text) for fit in fits))
    return _known(one_of(listed, folded=among.folded)) if kind == "string" else _equal(listed, kind)


def _equal(constants: tuple[Any, ...], kind: str) -> Asks:
    """Ask for equality; an ip field takes an address or a block."""
    if kind == "ip":
        blocks = [ipaddress.ip_network(constant, strict=False) for constant in constants]
        return lambda value: any(value in block for block in blocks)
    if len(constants) == 1:
        only = holder(kind)(constants[0])
        return lambda value: bool(value == only)
    return frozenset(map(holder(kind), constants)).__contains__


def _known(asks: Callable[[str], bool]) -> Asks:
    return lambda value: value is not None and asks(value)


def _asked(expression: Expression, asks: Asks, schema: Schema) -> Test:
    """Test each value of an expression; one hit is enough."""
    if isinstance(expression, Field):
        return _test(_field_asked(expression, asks, schema))
    source = values(expression, schema)
    return _test(lambda row: any(map(asks, source(row))))


def _field_asked(field: Field, asks: Asks, schema: Schema) -> Holds:
    name, hold = field.name, holder(kind(field, schema))

    def holds(row: Row) -> bool:
        value = row.get(name)
        if value is None:
            return False
        if isinstance(value, list | tuple):
            return any(asks(hold(one)) for one in value if one is not None)
        return asks(hold(value))

    return holds


def _field(field: Field, schema: Schema) -> Callable[[Row], tuple[Any, ...]]:
    found, name = kind(field, schema), field.name
    if found == "null":
        return lambda _: ()
    hold = holder(found)

    def read(row: Row) -> tuple[Any, ...]:
        value = row.get(name)
        several = value if isinstance(value, list | tuple) else (value,)
        return tuple(hold(one) for one in several if one is not None)

    return read


def _null(expression: Expression, schema: Schema) -> bool:
    """Tell whether an expression is null in every event."""
    match expression:
        case Literal(value=value):
            return value is None
        case Field():
            return kind(expression, schema) == "null"
        case Call(arguments=arguments):
            return any(_null(argument, schema) for argument in arguments)
        case _:
            return False


def _test(holds: Holds) -> Test:
    return Test(holds, lambda row: not holds(row))


NEITHER = Test(lambda _: False, lambda _: False)
