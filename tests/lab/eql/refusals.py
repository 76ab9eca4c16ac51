"""What Elasticsearch refuses about a query once its fields' types are known."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator

from lab.eql.functions import Function, function
from lab.eql.kinds import Schema, holder, kind
from lab.eql.lucene import NotLuceneError, regexp
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
    Query,
    Refused,
    Step,
    parts,
    reads_a_field,
    walk,
)

TEXTUAL = {"ip", "date", "version"}  # written as strings in a query


def refusals(query: Query, schema: Schema) -> list[str]:
    """List what Elasticsearch refuses, in the order of the query."""
    found = list(_shape(query))
    for step in (*query.steps, *([query.until] if query.until else [])):
        found += _step(step, schema)
    return list(dict.fromkeys(found))


def kind_of(expression: Expression, schema: Schema) -> str:
    """Give an expression's kind; raises Refused for a field or function that EQL cannot ask."""
    match expression:
        case Literal(value=value):
            return _literal_kind(value)
        case Field():
            return kind(expression, schema)
        case Call(name=name):
            return _known(name).gives
        case _:
            return "boolean"


def _shape(query: Query) -> Iterator[str]:
    """Look at what steps a sequence or sample may have; 1 to 100 runs and two steps are documented or tested."""
    if query.kind != "event" and sum(step.runs for step in query.steps) < 2:
        yield f"a {query.kind} has two steps or more"
    if any(not 1 <= step.runs <= 100 for step in query.steps):
        yield "runs is 1 to 100"
    if len({len(step.keys) for step in query.steps} | ({len(query.until.keys)} if query.until else set())) > 1:
        yield "every step joins by as many keys"
    missing = [step.missing for step in query.steps]
    if any(missing) and (query.maxspan is None or all(missing)):
        yield "![ ] needs maxspan and a step that is not missing"
    if query.kind == "sample" and (any(missing) or any(step.runs > 1 or not step.keys for step in query.steps)):
        yield "a sample joins by a key and has neither missing steps nor runs"


def _step(step: Step, schema: Schema) -> list[str]:
    found = _faults(step.condition, schema)
    if not found and kind_of(step.condition, schema) not in {"boolean", "null"}:
        found.append("the condition is not boolean")
    for key in step.keys:
        found += _faults(key, schema)
        if not reads_a_field(key):
            found.append("a join key is a field")
    return found


def _faults(expression: Expression, schema: Schema) -> list[str]:
    """List the faults of the parts, or else of the whole."""
    found = [fault for part in parts(expression) for fault in _faults(part, schema)]
    if found:
        return found
    try:
        kind_of(expression, schema)
    except Refused as wrong:
        return [str(wrong)]
    judge = JUDGES.get(type(expression))
    return list(judge(expression, schema)) if judge else []


def _logic(expression: Expression, schema: Schema) -> Iterator[str]:
    for term in parts(expression):
        if kind_of(term, schema) not in {"boolean", "null"}:
            yield f"{_word(term)} is not boolean"


def _comparison(comparison: Comparison, schema: Schema) -> Iterator[str]:
    left, right = comparison.left, comparison.right
    if isinstance(left, Comparison) or isinstance(right, Comparison):
        yield "comparisons cannot be chained"
    elif reads_a_field(left) and reads_a_field(right):
        yield f"{_word(left)} is compared with a field: only constants can be"
    else:
        variable, constant = (left, right) if reads_a_field(left) else (right, left)
        yield from _fits(variable, constant, schema)
        if comparison.operator not in {"==", "!="} and kind_of(variable, schema) == "boolean":
            yield "a boolean has no order"


def _fits(variable: Expression, constant: Expression, schema: Schema) -> Iterator[str]:
    wanted, given = kind_of(variable, schema), kind_of(constant, schema)
    if "null" in {wanted, given} or (wanted == given and wanted not in TEXTUAL):
        return
    if wanted not in TEXTUAL or given != "string":
        yield f"{_word(variable)} is {wanted}, compared with {given}"
    elif isinstance(constant, Literal) and not _readable(constant, wanted):
        yield f"{constant.value!r} is no {wanted}"


def _readable(constant: Literal, wanted: str) -> bool:
    try:
        ipaddress.ip_network(str(constant.value), strict=False) if wanted == "ip" else holder(wanted)(constant.value)
    except ValueError:
        return False
    return True


def _among(among: Among, schema: Schema) -> Iterator[str]:
    if any(reads_a_field(value) for value in among.values):
        yield f"{_word(among.subject)} is looked for among fields: only constants can be listed"
    elif among.way != "in" and kind_of(among.subject, schema) not in {"string", "null"}:
        yield f"the operator {among.spelling} asks strings only, {_word(among.subject)} is {kind_of(among.subject, schema)}"
    elif among.way != "in" and {kind_of(value, schema) for value in among.values} != {"string"}:
        yield f"the operator {among.spelling} takes strings only"
    elif len({kind_of(value, schema) for value in among.values} - {"null"}) > 1:
        yield "the list mixes types"
    else:
        for value in among.values:
            yield from _fits(among.subject, value, schema)
            yield from _pattern(among, value)


def _pattern(among: Among, value: Expression) -> Iterator[str]:
    if among.way == "regex" and isinstance(value, Literal):
        try:
            regexp(str(value.value), folded=among.folded)
        except NotLuceneError as wrong:
            yield f"{value.value!r} is no regular expression of Lucene: {wrong}"


def _call(call: Call, schema: Schema) -> Iterator[str]:
    known = _known(call.name)
    most = float("inf") if known.more else len(known.takes)
    if not known.required <= len(call.arguments) <= most:
        yield f"{call.name} takes {known.required} arguments or more, not {len(call.arguments)}"
        return
    if call.folded and not known.folds:
        yield f"{call.name} has no form with ~"
    for place, argument in enumerate(call.arguments):
        wanted, given = known.takes[min(place, len(known.takes) - 1)], kind_of(argument, schema)
        if not (wanted in {"any", given} or given == "null" or (wanted == "ip" and _written(argument))):
            yield f"{call.name} takes {wanted}, {_word(argument)} is {given}"
    yield from _blocks(call)


def _blocks(call: Call) -> Iterator[str]:
    for block in call.arguments[1:] if call.name.lower() == "cidrmatch" else ():
        if not isinstance(block, Literal):
            yield "cidrMatch takes blocks that are written out"
        elif block.value is not None and not _readable(block, "ip"):
            yield f"{block.value!r} is no CIDR block"


def _written(argument: Expression) -> bool:
    return isinstance(argument, Literal) and _readable(argument, "ip")


def _known(name: str) -> Function:
    known = function(name)
    if known is None:
        raise Refused(f"the function {name} is not supported")
    return known


def _literal_kind(value: str | float | bool | None) -> str:
    if value is None:
        return "null"
    return "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"


def _word(expression: Expression) -> str:
    """Name an expression by its first field, function or value."""
    for part in walk(expression):
        match part:
            case Field(name=name) | Call(name=name):
                return name
            case Literal(value=value):
                return repr(value)
    raise AssertionError(expression)


JUDGES: dict[type, Callable[..., Iterator[str]]] = {
    Among: _among,
    And: _logic,
    Call: _call,
    Comparison: _comparison,
    Not: _logic,
    Or: _logic,
}
