"""pySigma's EQL backend, made right: what each kind of test is in EQL, by the type of its field.

`:` and the functions with `~` ignore case, `==` and `in` do not and know no wildcards; a regular expression is held
against the whole value and has no anchors; negation keeps events without the field (Elasticsearch, EQL syntax reference).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import ip_network
from typing import cast

from sigma.backends.elasticsearch.elasticsearch_eql import EqlBackend as StockBackend
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
)
from sigma.conversion.state import ConversionState
from sigma.types import (
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaRegularExpression,
    SigmaString,
    SpecialChars,
)

from huntline.translate.items import regex_flags, regex_text, text_test
from huntline.translate.regex import LUCENE, plain, rewritten
from huntline_elastic.literals import name, text

NUMBERS = ("long", "integer", "double")
FUNCTIONS = {"contains": "stringContains", "startswith": "startsWith", "endswith": "endsWith"}
Cond = ConditionFieldEqualsValueExpression


class EqlBackend(StockBackend):
    """Writes conditions only; event category and windows are the language's."""

    def __init__(self, type_of: Callable[[str], str | None], *, certain: Callable[[str], bool], loose: bool) -> None:
        """`certain`: fields that every index of the store maps. `loose`: regular expressions may find more."""
        super().__init__()
        self.type_of = type_of
        self.certain = certain
        self.loose = loose
        self.negations = 0

    def escape_and_quote_field(self, field_name: str) -> str:
        """Mark a field that may be unmapped, unless it is negated: there a missing field must not be taken for null."""
        return name(field_name) if self.negations or self.certain(field_name) else f"?{name(field_name)}"

    def convert_condition_not(self, cond: ConditionNOT, state: ConversionState) -> str:
        """Write every negation with its brackets, that of null too."""
        self.negations += 1
        try:
            return f"not ({self.convert_condition(cond.args[0], state)})"
        finally:
            self.negations -= 1

    def convert_condition_as_in_expression(self, cond: ConditionOR | ConditionAND, state: ConversionState) -> str:
        return self._texts(
            cast(Cond, cond.args[0]).field, [cast(SigmaString, cast(Cond, arg).value) for arg in cond.args]
        )

    def convert_condition_field_eq_val_str(self, cond: Cond, state: ConversionState) -> str:
        return self._texts(cond.field, [cast(SigmaString, cond.value)])

    def convert_condition_field_eq_val_str_case_sensitive(self, cond: Cond, state: ConversionState) -> str:
        return self._texts(cond.field, [cast(SigmaString, cond.value)])

    def _texts(self, field: str, values: Sequence[SigmaString]) -> str:
        kind, column = self.type_of(field), self.escape_and_quote_field(field)
        if kind in (*NUMBERS, "boolean", "ip") and all(map(_is_plain, values)):
            return self._typed(column, kind or "", [_word(value) for value in values])
        cased = isinstance(values[0], SigmaCasedString)
        near = [value for value in values if cased or _ascii(value)]
        wide = [value for value in values if not (cased or _ascii(value))]
        parts = [*self._listed(column, near, cased), *(f"{column} regex {text(_spelled(value))}" for value in wide)]
        return parts[0] if len(parts) == 1 else "(" + " or ".join(parts) + ")"

    def _typed(self, column: str, kind: str, words: Sequence[str]) -> str:
        literals = [text(word) if kind == "ip" else word.lower() for word in words]
        return f"{column} == {literals[0]}" if len(literals) == 1 else f"{column} in ({', '.join(literals)})"

    def _listed(self, column: str, values: Sequence[SigmaString], cased: bool) -> list[str]:
        """Write whole values as a list, patterns as a list, and those whose own stars are no wildcards by function."""
        tilde = "" if cased else "~"
        whole = [text(_word(value)) for value in values if _is_plain(value)]
        starred = [value for value in values if not _is_plain(value)]
        patterns = [text(_pattern(value)) for value in starred if not _has_signs(value)]
        parts: list[str] = []
        if len(whole) == 1 and "*" not in whole[0] and "?" not in whole[0] and whole[0] != '""' and not cased:
            parts.append(f"{column} : {whole[0]}")
        elif whole:
            parts.append(f"{column} in{tilde} ({', '.join(whole)})")
        if patterns:
            parts.append(f"{column} like{tilde} ({', '.join(patterns)})")
        return [*parts, *(self._literal(column, value, tilde) for value in starred if _has_signs(value))]

    def _literal(self, column: str, value: SigmaString, tilde: str) -> str:
        test = text_test("f", value)
        if test.op in FUNCTIONS:
            return f"{FUNCTIONS[test.op]}{tilde}({column}, {text(test.values[0])})"
        return f"{column} regex{tilde} {text(_as_regex(value))}"

    def convert_condition_field_eq_val_re(self, cond: Cond, state: ConversionState) -> str:
        value = cast(SigmaRegularExpression, cond.value)
        pattern = rewritten(regex_text(value), regex_flags(value), LUCENE, loose=self.loose)
        return f"{self.escape_and_quote_field(cond.field)} regex {text(pattern)}"

    def convert_condition_field_eq_val_cidr(self, cond: Cond, state: ConversionState) -> str:
        network = ip_network(cast(SigmaCIDRExpression, cond.value).network)
        return f"cidrMatch({self.escape_and_quote_field(cond.field)}, {text(str(network))})"

    def convert_condition_field_eq_val_null(self, cond: Cond, state: ConversionState) -> str:
        return f"?{name(cond.field)} == null"

    def convert_condition_field_eq_val_exists(self, cond: Cond, state: ConversionState) -> str:
        return f"?{name(cond.field)} {'!=' if cast(SigmaExists, cond.value) else '=='} null"

    def convert_condition_field_compare_op_val(self, cond: Cond, state: ConversionState) -> str:
        value = cast(SigmaCompareExpression, cond.value)
        return f"{self.escape_and_quote_field(cond.field)} {self.compare_operators[value.op]} {value.number}"


def _is_plain(value: SigmaString) -> bool:
    return not any(isinstance(part, SpecialChars) for part in value.s)


def _word(value: SigmaString) -> str:
    return str(value.s[0]) if value.s else ""


def _ascii(value: SigmaString) -> bool:
    return all(part.isascii() for part in value.s if isinstance(part, str))


def _has_signs(value: SigmaString) -> bool:
    return any("*" in part or "?" in part for part in value.s if isinstance(part, str))


def _pattern(value: SigmaString) -> str:
    signs = {SpecialChars.WILDCARD_MULTI: "*", SpecialChars.WILDCARD_SINGLE: "?"}
    return "".join(signs[part] if isinstance(part, SpecialChars) else str(part) for part in value.s)


def _as_regex(value: SigmaString) -> str:
    return "".join(_piece(part, lambda char: plain(char, LUCENE)) for part in value.s)


def _spelled(value: SigmaString) -> str:
    """Write both cases of every letter: whether `:` folds letters beyond ASCII is not documented."""
    return "".join(_piece(part, _both) for part in value.s)


def _piece(part: object, written: Callable[[str], str]) -> str:
    if part is SpecialChars.WILDCARD_MULTI:
        return ".*"
    return "." if part is SpecialChars.WILDCARD_SINGLE else "".join(map(written, str(part)))


def _both(char: str) -> str:
    cases = sorted({char, char.lower(), char.upper()})
    letters = [case for case in cases if len(case) == 1]
    return plain(char, LUCENE) if len(letters) == 1 else f"[{''.join(letters)}]"
