"""Lower a Sigma rule into our own frozen predicate, once, or refuse it by name."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from huntline.detections import condition as tree
from huntline.detections.condition import Condition, read_condition
from huntline.detections.modifiers import Fixed, Lists, Null, Regex, Scalar, Text, Value, values_of
from huntline.detections.refusal import NotLowered, Place
from huntline.model.predicate import Every, Never, Predicate, Some, Test
from huntline.model.wildcards import STAR, Part, pattern_of, simplest

DEEPEST = 20
"""Lists inside lists of a selection."""

FOR_KEYWORDS = frozenset(
    {"contains", "cased", "windash", "wide", "utf16", "utf16le", "utf16be", "base64", "base64offset", "expand"}
)
"""A keyword is looked for inside values, so it can neither be anchored nor be anything but text."""


def lower(rule: Mapping[str, Any], lists: Lists) -> Predicate:
    """Return the predicate of a rule's `detection`; several conditions are alternatives.

    `lists` fills the placeholders of `expand`. The rule is not changed. Raises NotLowered.
    """
    return lower_detection(rule.get("detection"), lists, place=("detection",))


def lower_detection(detection: Any, lists: Lists, *, place: Place) -> Predicate:
    """Return the predicate of selections and condition, which stand at `place` of their document."""
    if not isinstance(detection, dict):
        raise NotLowered("invalid", "is no map of selections and a condition", place=place)
    if "timeframe" in detection:
        raise NotLowered("aggregation", "timeframe is of Sigma's old aggregation syntax", place=(*place, "timeframe"))
    selections: dict[str, Predicate] = {}
    for name, definition in detection.items():
        if not isinstance(name, str):
            raise NotLowered("invalid", f"the name of a selection is text, not {name!r}", place=place)
        if name != "condition":
            selections[name] = _selection(definition, lists, (*place, name), 0)
    return _joined(Some, [_predicate(one, selections) for one in _conditions(detection, selections, place)])


def _conditions(detection: Mapping[str, Any], names: Mapping[str, Predicate], place: Place) -> list[Condition]:
    given = detection.get("condition")
    texts = [text for text in (given if isinstance(given, list) else [given]) if isinstance(text, str)]
    if not texts or (isinstance(given, list) and len(texts) < len(given)):
        raise NotLowered("condition", "has no condition, as text or a list of texts", place=(*place, "condition"))
    try:
        return [read_condition(text, tuple(names)) for text in texts]
    except NotLowered as error:
        raise NotLowered(error.code, error.problem, place=(*place, "condition")) from error


def _predicate(condition: Condition, selections: Mapping[str, Predicate]) -> Predicate:
    match condition:
        case tree.Name(name):
            return selections[name]
        case tree.Not(of):
            return _negated(_predicate(of, selections))
        case tree.Both(of):
            return _joined(Every, [_predicate(one, selections) for one in of])
        case tree.Either(of):
            return _joined(Some, [_predicate(one, selections) for one in of])


def _negated(predicate: Predicate) -> Predicate:
    return predicate.of if isinstance(predicate, Never) else Never(predicate)


def _joined(kind: type[Every | Some], parts: Sequence[Predicate]) -> Predicate:
    """Join flat, a lone part as itself, and alternatives over one field as one test."""
    flat: list[Predicate] = []
    for part in parts:
        flat.extend(part.of if isinstance(part, kind) else (part,))
    if kind is Some:
        flat = list(_merged(flat))
    flat = list(dict.fromkeys(flat))
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def _merged(parts: Sequence[Predicate]) -> Iterator[Predicate]:
    """Yield the parts in order, tests that differ in their values only as one, where the first of them stands."""
    values: dict[Test, dict[str, None]] = {}
    order: dict[Predicate, None] = {}
    for part in parts:
        if isinstance(part, Test) and part.op not in ("null", "exists"):
            kind = Test(part.field, part.op, (), part.cased, part.flags)
            values.setdefault(kind, {}).update(dict.fromkeys(part.values))
            order[kind] = None
        else:
            order[part] = None
    for part in order:
        if isinstance(part, Test) and part in values:
            yield Test(part.field, part.op, tuple(values[part]), part.cased, part.flags)
        else:
            yield part


def _selection(definition: Any, lists: Lists, place: Place, depth: int) -> Predicate:
    """A map is all its items, a list any of its entries, anything else a keyword."""
    if depth > DEEPEST:
        raise NotLowered("invalid", f"lists nest deeper than {DEEPEST} levels", place=place)
    if definition in ({}, []):
        raise NotLowered("invalid", "the selection is empty", place=place)
    if isinstance(definition, dict):
        return _joined(Every, [_item(key, value, lists, (*place, key)) for key, value in definition.items()])
    if isinstance(definition, list):
        entries = [_selection(one, lists, (*place, at), depth + 1) for at, one in enumerate(definition)]
        return _joined(Some, entries)
    return _item("", definition, lists, place)


def _item(key: Any, raw: Any, lists: Lists, place: Place) -> Predicate:
    try:
        if not isinstance(key, str):
            raise NotLowered("invalid", f"a field's name is text, not {key!r}")
        field, *modifiers = key.split("|")
        apply = [name for name in modifiers if name not in ("all", "neq")]
        if not field and (strange := sorted(set(apply) - FOR_KEYWORDS)):
            raise NotLowered("keyword", f"a keyword does not go with the modifier {strange[0]!r}")
        tests = [_joined(Some, [_test(field, v) for v in values_of(one, apply, lists)]) for one in _written(raw)]
    except NotLowered as error:
        raise NotLowered(error.code, error.problem, place=place) from error
    joined = _joined(Every if "all" in modifiers else Some, tests)
    return _negated(joined) if "neq" in modifiers else joined


def _written(raw: Any) -> Sequence[Any]:
    if raw == []:
        raise NotLowered("value", "an empty list holds no value to test for")
    return raw if isinstance(raw, list) else [raw]


def _test(field: str, value: Value) -> Predicate:
    match value:
        case Text(parts, cased):
            return _keyword(parts, cased) if not field else simplest(field, parts, cased)
        case Scalar(scalar):
            (text,) = values_of(str(scalar).lower() if isinstance(scalar, bool) else str(scalar), (), {})
            return _test(field, text)
    if not field:
        raise NotLowered("keyword", f"a keyword is text or a number, not {type(value).__name__.lower()}")
    match value:
        case Null():
            return Test(field, "null", ())
        case Fixed(op, operand):
            return Test(field, op, (operand,))
        case Regex(pattern, flags):
            return Test(field, "regex", (_compiled(pattern),), flags="".join(sorted(flags)))
    raise NotLowered("encoding", "bytes outside ASCII are no text: add base64 or base64offset")


def _keyword(parts: Sequence[Part], cased: bool) -> Test:
    """A keyword is found inside values, so that stars at its ends say nothing."""
    inner = list(parts)
    while inner and inner[0] == STAR:
        del inner[0]
    while inner and inner[-1] == STAR:
        del inner[-1]
    return Test("", "keyword", (pattern_of(inner),), cased)


def _compiled(text: str) -> str:
    """Return the text of a regular expression that can be compiled, and means in Python what it means elsewhere."""
    try:
        with warnings.catch_warnings():
            # Python warns of classes such as [[:alpha:]], which it takes for something else.
            warnings.simplefilter("error")
            re.compile(text, re.ASCII)
    except (re.error, Warning, RecursionError, OverflowError) as error:
        raise NotLowered("regex", f"the regular expression {text!r} is not understood: {error}") from error
    return text
