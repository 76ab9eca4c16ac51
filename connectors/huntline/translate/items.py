"""Tests as pySigma's values and back, without a word lost between the two."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaType,
    SpecialChars,
)

from huntline.model.predicate import Op, Predicate, Test
from huntline.model.wildcards import AROUND, ONE, STAR, Part, Wild, parts_of, pattern_of, simplest
from huntline.translate.lost import Lost
from huntline.translate.rewrite import some

COMPARED: dict[Op, CompareOperators] = {
    "lt": CompareOperators.LT,
    "lte": CompareOperators.LTE,
    "gt": CompareOperators.GT,
    "gte": CompareOperators.GTE,
}
FLAGS = {
    "i": SigmaRegularExpressionFlag.IGNORECASE,
    "m": SigmaRegularExpressionFlag.MULTILINE,
    "s": SigmaRegularExpressionFlag.DOTALL,
}
WILD = {STAR: SpecialChars.WILDCARD_MULTI, ONE: SpecialChars.WILDCARD_SINGLE}
PARTS: dict[object, Wild] = {special: wild for wild, special in WILD.items()}


def values_of(test: Test) -> list[SigmaType]:
    """Return a test's values as pySigma has them."""
    if test.op == "null":
        return [SigmaNull()]
    return [_value(test, value) for value in test.values]


def _value(test: Test, value: str) -> SigmaType:  # noqa: PLR0911 (one return for each kind)
    match test.op:
        case "exists":
            return SigmaExists(value == "true")
        case "regex":
            return SigmaRegularExpression(SigmaString.from_str(value), {FLAGS[flag] for flag in test.flags})
        case "cidr":
            return SigmaCIDRExpression(value)
        case "lt" | "lte" | "gt" | "gte":
            return SigmaCompareExpression(SigmaNumber(_number(value)), COMPARED[test.op])
        case "fieldref":
            return SigmaFieldReference(value)
        case "wildcard" | "keyword":
            return _string(parts_of(value), cased=test.cased)
        case _:
            before, after = next(around for around, op in AROUND.items() if op == test.op)
            return _string([*[STAR] * before, value, *[STAR] * after], cased=test.cased)


def _string(parts: Sequence[Part], *, cased: bool) -> SigmaString:
    text = SigmaCasedString() if cased else SigmaString()
    text.s = [WILD[part] if isinstance(part, Wild) else part for part in parts if part != ""]
    text.original = "".join(part.sign if isinstance(part, Wild) else part for part in parts)
    return text


def _number(text: str) -> int | float:
    return float(text) if re.search(r"[.eE]", text) else int(text)


def predicate_of(field: str | None, values: Iterable[SigmaType]) -> Predicate:
    """Return the test that any of the values satisfies. Raises Lost for values that are no tests."""
    return some(*(_tested(field or "", value) for value in values))


def _tested(field: str, value: SigmaType) -> Predicate:  # noqa: PLR0911 (one return for each kind)
    match value:
        case SigmaString():
            return text_test(field, value)
        case SigmaExpansion():
            return predicate_of(field, value.values)
        case SigmaNumber():
            return Test(field, "is", (str(value),))
        case SigmaBool():
            return Test(field, "is", (str(value.boolean).lower(),))
        case SigmaNull():
            return Test(field, "null", ())
        case SigmaExists():
            return Test(field, "exists", ("true" if value.exists else "false",))
        case SigmaRegularExpression():
            return Test(field, "regex", (regex_text(value),), flags=regex_flags(value))
        case SigmaCIDRExpression():
            return Test(field, "cidr", (str(value.network),))
        case SigmaCompareExpression() if value.op in COMPARED.values():
            op = next(op for op, compared in COMPARED.items() if compared is value.op)
            return Test(field, op, (str(value.number),))
        case SigmaFieldReference(other, False, False):
            return Test(field, "fieldref", (other,))
    raise Lost("pipeline", f"the pipeline turned a value of {field or 'a keyword'} into {type(value).__name__}")


def regex_text(value: SigmaRegularExpression) -> str:
    return "".join(PARTS[part].sign if isinstance(part, SpecialChars) else str(part) for part in value.regexp.s)


def regex_flags(value: SigmaRegularExpression) -> str:
    return "".join(letter for letter, flag in FLAGS.items() if flag in value.flags)


def text_test(field: str, value: SigmaString) -> Test:
    """Return the test of a text with its wildcards; without a field it is a keyword."""
    parts = tuple(part if isinstance(part, str) else PARTS.get(part) for part in value.s)
    if None in parts:
        raise Lost("placeholder", f"a placeholder of {field or 'a keyword'} was filled by nobody")
    known = tuple(part for part in parts if part is not None)
    cased = isinstance(value, SigmaCasedString)
    return simplest(field, known, cased) if field else Test("", "keyword", (pattern_of(known),), cased)
