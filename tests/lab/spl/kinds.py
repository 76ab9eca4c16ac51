"""What an expression gives, truth or value, and the refusals that follow before anything runs."""

from __future__ import annotations

from lab.spl.errors import SplError
from lab.spl.functions import FUNCTIONS, Function, Kind
from lab.spl.parse_search import plain_condition
from lab.spl.patterns import network, pcre
from lab.spl.times import relative
from lab.spl.tree import Binary, Call, Expression, Text, Unary

_PATTERN_AT = {"match": 1, "replace": 1, "mvfind": 1}


def need(node: Expression, kind: Kind, at: int) -> None:
    """Raise SplError unless the expression gives this kind.

    where takes truths only, and a truth cannot be stored in a field (help.splunk.com: where; eval).
    """
    found = kind_of(node)
    if found != kind:
        raise SplError(
            "expected a condition, not a value" if kind == "truth" else "expected a value, not a condition", at
        )


def kind_of(node: Expression) -> Kind:
    """Return what the expression gives; raises SplError for unknown functions, wrong arguments and bad patterns."""
    if isinstance(node, Binary):
        return _binary(node)
    if isinstance(node, Unary):
        need(node.part, "truth" if node.operator == "NOT" else "value", node.part.at)
        return "truth" if node.operator == "NOT" else "value"
    return _call(node) if isinstance(node, Call) else "value"


def _binary(node: Binary) -> Kind:
    if node.operator in {"AND", "OR", "XOR"}:
        need(node.left, "truth", node.left.at)
        need(node.right, "truth", node.right.at)
        return "truth"
    if node.operator in {"+", "-", "*", "/", "%", "."}:
        need(node.left, "value", node.left.at)
        need(node.right, "value", node.right.at)
        return "value"
    if kind_of(node.left) != kind_of(node.right):
        raise SplError("a condition is compared with a value", node.at)
    return "truth"


def _call(node: Call) -> Kind:
    function = FUNCTIONS.get(node.name)
    if function is None:
        raise SplError(f"there is no function {node.name}", node.at)
    count = len(node.arguments)
    if count < function.least or (function.most is not None and count > function.most):
        raise SplError(f"{node.name} takes {_amount(function)} arguments, not {count}", node.at)
    if node.name in {"case", "validate"} and count % 2:
        raise SplError(f"{node.name} takes pairs of arguments", node.at)
    kinds = [kind_of(one) for one in node.arguments]
    for place, one in enumerate(node.arguments):
        _fits(_letter(function, node.name, place), one)
    _constants(node)
    return _result(node, function, kinds)


def _amount(function: Function) -> str:
    if function.most is None:
        return f"{function.least} or more"
    return str(function.least) if function.least == function.most else f"{function.least} to {function.most}"


def _letter(function: Function, name: str, place: int) -> str:
    """Return what the argument at a place must be; case and validate alternate."""
    takes = function.takes
    return takes[place % 2] if name in {"case", "validate"} else takes[min(place, len(takes) - 1)]


def _fits(letter: str, node: Expression) -> None:
    if letter != "*":
        need(node, "truth" if letter == "b" else "value", node.at)


def _constants(node: Call) -> None:
    """Refuse patterns and networks that are written out and wrong."""
    place = _PATTERN_AT.get(node.name)
    if place is not None and isinstance(pattern := node.arguments[place], Text):
        pcre(pattern.text, pattern.at)
    if node.name == "cidrmatch" and isinstance(net := node.arguments[0], Text) and network(net.text) is None:
        raise SplError(f"{net.text!r} is no network", net.at)
    if node.name == "relative_time" and isinstance(steps := node.arguments[1], Text):
        relative(steps.text, now=0, timezone="UTC", at=steps.at)
    if node.name == "searchmatch":
        _searched(node.arguments[0])


def _searched(node: Expression) -> None:
    """Refuse a text for searchmatch that search would refuse; the place is that of the text."""
    if not isinstance(node, Text):
        raise SplError("searchmatch takes a quoted text", node.at)
    try:
        plain_condition(node.text, 0, len(node.text))
    except SplError as inner:
        raise SplError(f"in searchmatch: {inner.problem}", node.at) from inner


def _result(node: Call, function: Function, kinds: list[Kind]) -> Kind:
    if node.name not in {"if", "case"}:
        return function.gives
    given = set(kinds[1:]) if node.name == "if" else set(kinds[1::2])
    if len(given) > 1:
        raise SplError(f"{node.name} gives a condition in one branch and a value in another", node.at)
    return given.pop()
