"""pySigma's Kusto backend, made right: what each kind of test is in KQL, by the type of its column.

Strings are never null, so absent is empty; case is folded beyond ASCII by lowering both sides; what may be null is
settled by coalesce, so that a negation keeps the row (learn.microsoft.com: null values, string operators, in operator).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from sigma.backends.kusto.kusto import KustoBackend
from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression, ConditionOR
from sigma.conversion.state import ConversionState
from sigma.types import (
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaFieldReference,
    SigmaRegularExpression,
    SigmaString,
    SpecialChars,
)

from huntline.model.predicate import Test
from huntline.translate.items import regex_flags, regex_text, text_test
from huntline.translate.regex import RE2, plain, rewritten
from huntline_sentinel.lists import Listed, holds
from huntline_sentinel.literals import name, one_case, text

NUMBERS = ("int", "long", "real")
STARS = {
    "contains": ("contains", "contains_cs"),
    "startswith": ("startswith", "startswith_cs"),
    "endswith": ("endswith", "endswith_cs"),
}
MANY = 100
FEW = 8
"""Parts that read better one by one, whatever the length of the query."""
Cond = ConditionFieldEqualsValueExpression


class KqlBackend(KustoBackend):
    """Writes conditions only; tables, columns to compute and windows are the language's."""

    def __init__(
        self, type_of: Callable[[str], str | None], *, loose: bool, compact: bool, lists: Mapping[Test, Listed]
    ) -> None:
        """`loose`: regular expressions may find more. `compact`: long lists of parts become one expression.

        `lists`: tests that ask a list for what of their values it holds.
        """
        super().__init__()
        self.type_of = type_of
        self.loose = loose
        self.compact = compact
        self.lists = lists

    def escape_and_quote_field(self, field_name: str) -> str:
        return name(field_name)

    def convert_condition_as_in_expression(self, cond: ConditionOR | ConditionAND, state: ConversionState) -> str:
        """Write the values of one test: plain ones as a list, the others one by one."""
        values = [cast(SigmaString, cast(Cond, arg).value) for arg in cond.args]
        field = cast(Cond, cond.args[0]).field
        if isinstance(cond, ConditionAND):
            return " and ".join(self._texts(field, [value]) for value in values)
        return self._texts(field, values)

    def convert_condition_field_eq_val_str(self, cond: Cond, state: ConversionState) -> str:
        return self._texts(cond.field, [cast(SigmaString, cond.value)])

    def convert_condition_field_eq_val_str_case_sensitive(self, cond: Cond, state: ConversionState) -> str:
        return self._texts(cond.field, [cast(SigmaString, cond.value)])

    def _texts(self, field: str, values: Sequence[SigmaString]) -> str:
        kind = self.type_of(field)
        if kind in (*NUMBERS, "bool") and all(map(_plain, values)):
            return _any([f"{name(field)} == {str(value.s[0]).lower()}" for value in values])
        column = self._text_of(field)
        listed, values = self._outside(field, values)
        plain = [value for value in values if _plain(value)]
        wild = [value for value in values if not _plain(value)]
        if self.compact and len(wild) > FEW:
            cased = isinstance(wild[0], SigmaCasedString)
            pattern = f"(?{'s' if cased else 'is'})(?:{'|'.join(map(_body, wild))})"
            others = [f"{column} matches regex {text(pattern)}"]
        else:
            others = [self._wild(column, value) for value in wild]
        return _any([*(one.condition(column) for one in listed), *(_listed(column, plain) if plain else ()), *others])

    def _outside(self, field: str, values: Sequence[SigmaString]) -> tuple[list[Listed], Sequence[SigmaString]]:
        """Return the list that a test asks, if it asks one, and what of its values stays in the query."""
        read = [text_test(field, value) for value in values] if self.lists else []
        whole = replace(read[0], values=tuple(one.values[0] for one in read)) if read else None
        if whole is None or whole not in self.lists:
            return [], values
        return [self.lists[whole]], [
            value for value, one in zip(values, read, strict=True) if not holds(one, one.values[0])
        ]

    def _text_of(self, field: str) -> str:
        return name(field) if self.type_of(field) in ("string", "") else f"tostring({name(field)})"

    def _wild(self, column: str, value: SigmaString) -> str:
        test = text_test("f", value)
        cased = isinstance(value, SigmaCasedString)
        if test.op == "wildcard":
            if value.s == [SpecialChars.WILDCARD_MULTI]:
                return f"isnotempty({column})"
            return f"{column} matches regex {text(_pattern(value, cased=cased))}"
        word = test.values[0]
        if cased or one_case(word):
            return f"{column} {STARS[test.op][cased]} {text(word)}"
        return f"tolower({column}) {STARS[test.op][1]} tolower({text(word)})"

    def convert_condition_field_eq_val_re(self, cond: Cond, state: ConversionState) -> str:
        value = cast(SigmaRegularExpression, cond.value)
        pattern = rewritten(regex_text(value), regex_flags(value), RE2, loose=self.loose)
        return f"{self._text_of(cond.field)} matches regex {text(pattern)}"

    def convert_condition_or(self, cond: ConditionOR, state: ConversionState) -> str:
        """Write alternatives; the networks of one test by the function that takes several of a family."""
        values = [arg.value for arg in cond.args if isinstance(arg, Cond)]
        networks = [value.network for value in values if isinstance(value, SigmaCIDRExpression)]
        if len(networks) < len(cond.args) or len({cast(Cond, arg).field for arg in cond.args}) > 1:
            return _either([str(self.convert_condition_group(arg, state)) for arg in cond.args])
        return self._inside(cast(Cond, cond.args[0]).field, networks)

    def convert_condition_field_eq_val_cidr(self, cond: Cond, state: ConversionState) -> str:
        return self._inside(cond.field, [cast(SigmaCIDRExpression, cond.value).network])

    def _inside(self, field: str, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> str:
        """Write the functions of each family; an IPv4 address mapped into IPv6 counts as the IPv4 one."""
        column = self._text_of(field)
        bare = f'replace_string(tolower({column}), "::ffff:", "")'
        fours = [text(str(network)) for network in networks if network.version == 4]
        sixes = [text(str(network)) for network in networks if network.version == 6]
        parts = [
            *([_ranges("ipv4", bare, fours)] if fours else ()),
            *([_ranges("ipv6", column, sixes)] if sixes else ()),
        ]
        return _any([f"coalesce({part}, false)" for part in parts])

    def convert_condition_field_eq_val_null(self, cond: Cond, state: ConversionState) -> str:
        return self._there(cond.field, wanted=False)

    def convert_condition_field_eq_val_exists(self, cond: Cond, state: ConversionState) -> str:
        return self._there(cond.field, wanted=bool(cast(SigmaExists, cond.value)))

    def _there(self, field: str, *, wanted: bool) -> str:
        kind = self.type_of(field)
        test = "null" if kind in (*NUMBERS, "bool", "datetime", "guid") else "empty"
        return f"is{'not' if wanted else ''}{test}({name(field)})"

    def convert_condition_field_compare_op_val(self, cond: Cond, state: ConversionState) -> str:
        value = cast(SigmaCompareExpression, cond.value)
        sign = self.compare_operators[value.op]
        column = name(cond.field)
        number = column if self.type_of(cond.field) in NUMBERS else f"todouble({self._text_of(cond.field)})"
        return f"coalesce({number} {sign} {value.number}, false)"

    def convert_condition_field_eq_field(self, cond: Cond, state: ConversionState) -> str:
        one, other = self._text_of(cond.field), self._text_of(cast(SigmaFieldReference, cond.value).field)
        return f"(isnotempty({one}) and tolower({one}) == tolower({other}))"


def _plain(value: SigmaString) -> bool:
    return not any(isinstance(part, SpecialChars) for part in value.s)


def _ranges(family: str, column: str, networks: Sequence[str]) -> str:
    which = "range" if len(networks) == 1 else "any_range"
    return f"{family}_is_in_{which}({column}, {', '.join(networks)})"


def _any(parts: Sequence[str]) -> str:
    if not parts:
        return "false"
    return parts[0] if len(parts) == 1 else f"({_either(parts)})"


def _either(parts: Sequence[str]) -> str:
    """Join alternatives, many of them in halves: Microsoft's parser goes no deeper than some 400 in a row."""
    if len(parts) <= MANY:
        return " or ".join(parts)
    middle = len(parts) // 2
    return f"({_either(parts[:middle])}) or ({_either(parts[middle:])})"


def _listed(column: str, values: Sequence[SigmaString]) -> list[str]:
    """Write whole values: those with letters beyond ASCII apart, since =~ and in~ do not fold them."""
    words = [str(value.s[0]) if value.s else "" for value in values]
    if isinstance(values[0], SigmaCasedString):
        return [_among(column, words, "==", "in")]
    near = [word for word in words if one_case(word)]
    wide = [f"tolower({column}) == tolower({text(word)})" for word in words if not one_case(word)]
    return [*([_among(column, near, "=~", "in~")] if near else ()), *wide]


def _among(column: str, words: Sequence[str], one: str, many: str) -> str:
    if len(words) == 1:
        return f"{column} {one} {text(words[0])}"
    return f"{column} {many} ({', '.join(map(text, words))})"


def _pattern(value: SigmaString, *, cased: bool) -> str:
    """Write wildcards as a pattern for the whole value that crosses lines and, unless cased, ignores case."""
    return f"(?{'s' if cased else 'is'}){_body(value)}"


def _body(value: SigmaString) -> str:
    """Write a text with wildcards as a pattern; a star at an end is said by leaving out the anchor there."""
    star = SpecialChars.WILDCARD_MULTI
    before, after = value.s[0] is star, value.s[-1] is star
    inner = value.s[before : len(value.s) - after]
    return f"{'' if before else '^'}{''.join(map(_piece, inner))}{'' if after else '$'}"


def _piece(part: object) -> str:
    if part is SpecialChars.WILDCARD_MULTI:
        return ".*"
    if part is SpecialChars.WILDCARD_SINGLE:
        return "."
    return "".join(map(plain, str(part)))
