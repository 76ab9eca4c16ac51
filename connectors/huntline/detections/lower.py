"""Lower a Sigma rule into our own frozen predicate, once: pySigma parses, the tree it gives is read and left behind."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from sigma import conditions, exceptions
from sigma import types as sigma
from sigma.rule import SigmaRule

from huntline.model.predicate import Every, Never, Op, Predicate, Some, Test

COMPARED: Mapping[Any, Op] = {
    sigma.CompareOperators.LT: "lt",
    sigma.CompareOperators.LTE: "lte",
    sigma.CompareOperators.GT: "gt",
    sigma.CompareOperators.GTE: "gte",
}
FLAGS = {
    sigma.SigmaRegularExpressionFlag.IGNORECASE: "i",
    sigma.SigmaRegularExpressionFlag.MULTILINE: "m",
    sigma.SigmaRegularExpressionFlag.DOTALL: "s",
}
STAR, MARK = sigma.SpecialChars.WILDCARD_MULTI, sigma.SpecialChars.WILDCARD_SINGLE
ALIASES = {"utf16le": "wide"}
"""Modifiers of the specification that pySigma knows under another name."""


class NotLowered(Exception):
    """The rule asks for something that has no meaning here, or none at all; `code` is stable."""

    def __init__(self, code: str, problem: str) -> None:
        super().__init__(problem)
        self.code = code
        self.problem = problem


def lower(rule: Mapping[str, Any], lists: Mapping[str, Sequence[str]]) -> Predicate:
    """Return the predicate of a rule's detection; several conditions are alternatives.

    `lists` fills the placeholders of `expand`. The rule is not changed. Raises NotLowered.
    """
    parsed = _parsed(rule)
    return _joined(Some, [_condition(tree, lists) for tree in parsed])


def _parsed(rule: Mapping[str, Any]) -> list[Any]:
    try:
        # pySigma changes what it is given, and keeps parts of it.
        given = copy.deepcopy(dict(rule))
        given["detection"] = _renamed(given.get("detection"))
        return [condition.parsed for condition in SigmaRule.from_dict(given).detection.parsed_condition]
    except exceptions.SigmaModifierError as error:
        raise NotLowered("modifier", _words(error)) from error
    except exceptions.SigmaConditionError as error:
        raise NotLowered("condition", _words(error)) from error
    except exceptions.SigmaError as error:
        raise NotLowered("invalid", _words(error)) from error
    except (TypeError, AttributeError, KeyError, ValueError, RecursionError) as error:
        # pySigma trusts the types of a rule; a foreign file need not have them.
        raise NotLowered("invalid", f"is not of the form Sigma asks for ({type(error).__name__}: {error})") from error


def _renamed(detection: Any) -> Any:
    """Spell aliases of modifiers as pySigma does, at any depth."""
    if isinstance(detection, list):
        return [_renamed(part) for part in detection]
    if not isinstance(detection, dict):
        return detection
    renamed = {}
    for key, value in detection.items():
        name, *modifiers = key.split("|") if isinstance(key, str) else (key,)
        new = "|".join([name, *(ALIASES.get(m, m) for m in modifiers)]) if modifiers else key
        renamed[new] = _renamed(value)
    return renamed


def _words(error: exceptions.SigmaError) -> str:
    return str(error).split(" in ")[0] if getattr(error, "source", None) else str(error)


def _condition(tree: Any, lists: Mapping[str, Sequence[str]]) -> Predicate:
    match tree:
        case conditions.ConditionNOT():
            return _negated(_condition(tree.args[0], lists))
        case conditions.ConditionAND():
            return _joined(Every, [_condition(part, lists) for part in tree.args])
        case conditions.ConditionOR():
            return _joined(Some, [_condition(part, lists) for part in tree.args])
        case conditions.ConditionFieldEqualsValueExpression():
            return _value(str(tree.field), tree.value, lists)
        case conditions.ConditionValueExpression():
            return _value("", tree.value, lists)
    raise NotLowered("condition", f"the condition holds a {type(tree).__name__}, which is not known")


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
    groups: dict[object, list[str]] = {}
    order: list[object] = []
    for part in parts:
        single = isinstance(part, Test) and part.op not in ("null", "exists")
        key: object = (part.field, part.op, part.cased, part.flags) if single and isinstance(part, Test) else part
        if key not in groups:
            order.append(key)
        groups.setdefault(key, []).extend(part.values if isinstance(part, Test) else ())
    for key in order:
        if isinstance(key, tuple):
            field, op, cased, flags = key
            yield Test(field, op, tuple(dict.fromkeys(groups[key])), cased, flags)
        else:
            yield cast("Predicate", key)


def _value(field: str, value: Any, lists: Mapping[str, Sequence[str]]) -> Predicate:
    match value:
        case sigma.SigmaExpansion():
            return _joined(Some, [_value(field, one, lists) for one in value.values])
        case sigma.SigmaString():
            # Filling a placeholder makes plain strings of cased ones.
            cased = isinstance(value, sigma.SigmaCasedString)
            return _joined(Some, [_text(field, one, cased=cased) for one in _filled(value, lists)])
        case sigma.SigmaRegularExpression():
            return _regex(field, value, lists)
        case sigma.SigmaTimestampPart():
            raise NotLowered("timestamp_part", "tests of a part of a time (minute, hour, day, ...) are not supported")
        case sigma.SigmaNumber() | sigma.SigmaBool():
            text = str(value).lower() if isinstance(value, sigma.SigmaBool) else str(value)
            return Test(field, "is", (text,)) if field else Test("", "keyword", (text,))
    if not field:
        raise NotLowered("keyword", f"a keyword cannot be a {type(value).__name__}")
    return _special(field, value)


def _special(field: str, value: Any) -> Predicate:
    match value:
        case sigma.SigmaNull():
            return Test(field, "null", ())
        case sigma.SigmaExists():
            return Test(field, "exists", ("true" if value.exists else "false",))
        case sigma.SigmaCIDRExpression():
            return Test(field, "cidr", (str(value.network),))
        case sigma.SigmaFieldReference():
            if value.starts_with or value.ends_with:
                raise NotLowered("fieldref", "fieldref with startswith or endswith is not supported")
            return Test(field, "fieldref", (value.field,))
        case sigma.SigmaCompareExpression():
            if isinstance(value.number, sigma.SigmaTimestampPart):
                raise NotLowered(
                    "timestamp_part", "tests of a part of a time (minute, hour, day, ...) are not supported"
                )
            if value.op is sigma.CompareOperators.NEQ:
                return Never(Test(field, "is", (str(value.number),)))
            return Test(field, COMPARED[value.op], (str(value.number),))
    raise NotLowered("value", f"a value of kind {type(value).__name__} is not supported")


def _filled(value: sigma.SigmaString, lists: Mapping[str, Sequence[str]]) -> list[sigma.SigmaString]:
    """Return the string once per list value. Raises NotLowered for a list the pack does not have."""

    def values(placeholder: sigma.Placeholder) -> Iterator[str]:
        if placeholder.name not in lists:
            raise NotLowered("placeholder", f"the list %{placeholder.name}% is not in the pack")
        yield from lists[placeholder.name]

    return value.replace_placeholders(values)


def _text(field: str, value: sigma.SigmaString, *, cased: bool) -> Test:
    parts = [part for part in value.s if part != ""]
    if not field:
        return Test("", "keyword", (_pattern(parts),), cased)
    before, after = bool(parts) and parts[0] is STAR, bool(parts) and parts[-1] is STAR
    inner = parts[before : len(parts) - after] if len(parts) > 1 else parts
    if len(inner) <= 1 and all(isinstance(part, str) for part in inner):
        ops: Mapping[tuple[bool, bool], Op] = {
            (False, False): "is",
            (True, False): "endswith",
            (False, True): "startswith",
            (True, True): "contains",
        }
        text = "".join(part for part in inner if isinstance(part, str))
        if text or not (before or after):
            return Test(field, ops[before, after], (text,), cased)
    return Test(field, "wildcard", (_pattern(parts),), cased)


def _pattern(parts: Sequence[Any]) -> str:
    """Write parts as a pattern in which a backslash escapes `*`, `?` and itself."""
    written = []
    for part in parts:
        if part is STAR:
            written.append("*")
        elif part is MARK:
            written.append("?")
        else:
            written.append(re.sub(r"([\\*?])", r"\\\1", str(part)))
    return "".join(written)


def _regex(field: str, value: sigma.SigmaRegularExpression, lists: Mapping[str, Sequence[str]]) -> Predicate:
    if not field:
        raise NotLowered("keyword", "a keyword cannot be a regular expression")
    flags = "".join(sorted(FLAGS[flag] for flag in value.flags))
    texts = [str(one.original) if not one.s else _plain(one) for one in _filled(value.regexp, lists)]
    for text in texts:
        try:
            re.compile(text, re.ASCII)
        except (re.error, RecursionError, OverflowError) as error:
            raise NotLowered("regex", f"the regular expression {text!r} is not understood: {error}") from error
    return Test(field, "regex", tuple(texts), flags=flags)


def _plain(value: sigma.SigmaString) -> str:
    """Return the text of a regular expression: what looked like a wildcard is part of it."""
    return "".join("*" if part is STAR else "?" if part is MARK else str(part) for part in value.s)
