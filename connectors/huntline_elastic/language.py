"""EQL, as far as a detection's search needs it: an event category and one condition."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace

from sigma.conversion.state import ConversionState

from huntline.model.predicate import Every, Predicate, Test
from huntline.translate.conditions import condition_of
from huntline.translate.language import Form
from huntline.translate.loosen import Short, expect_exact
from huntline.translate.lost import Lost
from huntline.translate.regex import LUCENE, rewritten
from huntline.translate.rewrite import FALSE, TRUE, every, rewrite
from huntline.translate.translator import Bound
from huntline_elastic.backend import NUMBERS, EqlBackend
from huntline_elastic.literals import text

CATEGORY = "event.category"
TEXTS = ("keyword", "constant_keyword", "wildcard", "version", "")
PARTS = frozenset({"contains", "startswith", "endswith", "wildcard"})


@dataclass(frozen=True, slots=True)
class Eql:
    """Fills `translate.language.Language`."""

    types: tuple[str, ...] = (
        "keyword",
        "wildcard",
        "text",
        "ip",
        "long",
        "integer",
        "double",
        "boolean",
        "date",
        "version",
    )
    longest: int = 100_000  # long conditions run into the limits of nesting and clauses

    def short(self, test: Test, bound: Bound, form: Form) -> Short | None:  # noqa: PLR0911 (one return for each reason)
        kind = bound.type_of(test.field) or ""
        match test.op:
            case "keyword" | "fieldref":
                return Short(test.op, f"EQL has no {test.op}: {test.field or test.values[0]}")
            case "null" | "exists":
                return None
            case _ if kind == "text":
                return Short("text_field", f"EQL does not search {test.field}, whose type is text")
            case "regex" if kind in TEXTS:
                return _regex(test, form)
            case "cidr":
                return None if kind == "ip" else _type(test, kind)
            case "lt" | "lte" | "gt" | "gte":
                return None if kind in NUMBERS else _type(test, kind)
            case "is" if not (test.cased and kind not in TEXTS):
                return None
            case "startswith" if kind == "ip" and all(map(_octets, test.values)):
                return None
        return None if kind in TEXTS else _type(test, kind)

    def condition(self, predicate: Predicate, bound: Bound, form: Form) -> str:
        settled = _settled(predicate, bound)
        if settled in (TRUE, FALSE):
            return "true" if settled == TRUE else "false"
        # A rule must run before the first event brings a field: one that is mapped nowhere is an error to it. A hunt looks.
        certain = bound.store.fields.__contains__ if form != "rule" else frozenset[str]().__contains__
        backend = EqlBackend(bound.type_of, certain=certain, loose=form != "rule")
        return str(backend.convert_condition(condition_of(settled), ConversionState()))

    def hunt(self, predicate: Predicate, bound: Bound, form: Form) -> str:
        return f"any where {self.condition(predicate, bound, form)}"

    def rule(self, population: Predicate, predicate: Predicate, bound: Bound) -> str:
        expect_exact(predicate, lambda test: self.short(test, bound, "rule"))
        category, rest = _category(population)
        return f"{category} where {self.condition(every(rest, predicate), bound, 'rule')}"


def _type(test: Test, kind: str) -> Short:
    return Short("type", f"{test.field} is of type {kind}: EQL has no {test.op} for it")


def _regex(test: Test, form: Form) -> Short | None:
    """A hunt takes what Lucene has of an expression; a rule has it exact or not at all."""
    try:
        for value in test.values:
            rewritten(value, test.flags, LUCENE, loose=False)
    except Lost as lost:
        return Short(lost.code, f"{test.field}: {lost.construct}", instead=TRUE if form == "rule" else test)
    return None


def _octets(value: str) -> bool:
    """Tell whether a text begins an IPv4 address at the border of its bytes, so that it is a network."""
    octets = value.removesuffix(".").split(".")
    return (
        value.endswith(".")
        and len(octets) < 4
        and all(o.isdigit() and str(int(o)) == o and int(o) < 256 for o in octets)
    )


def _network(value: str) -> str:
    octets = value.removesuffix(".").split(".")
    return f"{'.'.join([*octets, *['0'] * (4 - len(octets))])}/{8 * len(octets)}"


def _category(population: Predicate) -> tuple[str, Predicate]:
    """Take the event category out of a population: EQL says it before `where`."""
    parts = population.of if isinstance(population, Every) else (population,)
    for part in parts:
        if isinstance(part, Test) and (part.field, part.op) == (CATEGORY, "is") and len(part.values) == 1:
            word = part.values[0]
            category = word if re.fullmatch(r"[a-z_]+", word) else text(word)
            return category, every(*(other for other in parts if other is not part))
    return "any", population


def _settled(predicate: Predicate, bound: Bound) -> Predicate:
    """Leave out values that a typed field can never hold, and write the start of an address as its network."""

    def settled(test: Test) -> Predicate:
        kind = bound.type_of(test.field) or ""
        if test.op == "startswith" and kind == "ip":
            return Test(test.field, "cidr", tuple(map(_network, test.values)))
        if test.op != "is":
            return test
        kept = tuple(value for value in test.values if _holds(kind, value))
        return replace(test, values=kept) if kept else FALSE

    return rewrite(predicate, settled)


def _holds(kind: str, value: str) -> bool:
    match kind:
        case "long" | "integer":
            return re.fullmatch(r"-?(?:0|[1-9]\d*)", value, re.ASCII) is not None
        case "double":
            return re.fullmatch(r"-?(?:0|[1-9]\d*)(?:\.\d+)?", value, re.ASCII) is not None
        case "boolean":
            return value.lower() in ("true", "false")
        case "ip":
            return _address(value)
    return True


def _address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True
