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
WILD = {"*": SpecialChars.WILDCARD_MULTI, "?": SpecialChars.WILDCARD_SINGLE}
SIGN = {special: sign for sign, special in WILD.items()}
AROUND: dict[tuple[bool, bool], Op] = {
    (False, False): "is",
    (True, False): "endswith",
    (False, True): "startswith",
    (True, True): "contains",
}


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
            return _string(pieces(value), cased=test.cased)
        case _:
            before, after = next(around for around, op in AROUND.items() if op == test.op)
            return _string([*"*" * before, value, *"*" * after], cased=test.cased, stars=(before, after))


def pieces(pattern: str) -> list[str | SpecialChars]:
    """Cut a pattern of the model into plain text and wildcards."""
    found: list[str | SpecialChars] = []
    for token in re.findall(r"\\[*?\\]|.", pattern, re.DOTALL):
        if token in WILD:
            found.append(WILD[token])
        elif found and isinstance(found[-1], str):
            found[-1] += token[-1]
        else:
            found.append(token[-1])
    return found


def _string(
    parts: Sequence[str | SpecialChars], *, cased: bool, stars: tuple[bool, bool] = (False, False)
) -> SigmaString:
    text = SigmaCasedString() if cased else SigmaString()
    body = list(parts)
    if stars[0]:
        body[0] = SpecialChars.WILDCARD_MULTI
    if stars[1]:
        body[-1] = SpecialChars.WILDCARD_MULTI
    text.s = [part for part in body if part != ""]
    text.original = "".join(SIGN.get(part, "") if isinstance(part, SpecialChars) else str(part) for part in text.s)
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
            flags = "".join(sorted(letter for letter, flag in FLAGS.items() if flag in value.flags))
            return Test(field, "regex", (regex_text(value),), flags=flags)
        case SigmaCIDRExpression():
            return Test(field, "cidr", (str(value.network),))
        case SigmaCompareExpression() if value.op in COMPARED.values():
            op = next(op for op, compared in COMPARED.items() if compared is value.op)
            return Test(field, op, (str(value.number),))
        case SigmaFieldReference(other, False, False):
            return Test(field, "fieldref", (other,))
    raise Lost("pipeline", f"the pipeline turned a value of {field or 'a keyword'} into {type(value).__name__}")


def regex_text(value: SigmaRegularExpression) -> str:
    return "".join(SIGN[part] if isinstance(part, SpecialChars) else str(part) for part in value.regexp.s)


def text_test(field: str, value: SigmaString) -> Test:
    """Return the test of a text with its wildcards; without a field it is a keyword."""
    parts = list(value.s)
    cased = isinstance(value, SigmaCasedString)
    if any(not isinstance(part, str) and part not in SIGN for part in parts):
        raise Lost("placeholder", f"a placeholder of {field or 'a keyword'} was filled by nobody")
    star = SpecialChars.WILDCARD_MULTI
    if not field:
        return Test("", "keyword", (_pattern(parts),), cased)
    before, after = parts[:1] == [star], len(parts) > 1 and parts[-1] == star
    inner = parts[before : len(parts) - after]
    if not inner and not before:
        return Test(field, "is", ("",), cased)
    if len(inner) == 1 and isinstance(inner[0], str):
        return Test(field, AROUND[before, after], (inner[0],), cased)
    return Test(field, "wildcard", (_pattern(parts),), cased)


def _pattern(parts: Sequence[object]) -> str:
    return "".join(
        SIGN[part] if isinstance(part, SpecialChars) else re.sub(r"([\\*?])", r"\\\1", str(part)) for part in parts
    )
