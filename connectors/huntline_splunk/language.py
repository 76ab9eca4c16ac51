"""SPL, as far as a detection's search needs it: a scoped base search, and `where` for what `search` cannot say."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sigma.conversion.state import ConversionState

from huntline.model.predicate import Every, Predicate, Test
from huntline.translate.conditions import condition_of
from huntline.translate.language import Form
from huntline.translate.loosen import Short, loosened, shortcomings
from huntline.translate.regex import required
from huntline.translate.rewrite import FALSE, TRUE, every
from huntline.translate.translator import Bound
from huntline_splunk.backend import SearchBackend
from huntline_splunk.expression import expression

TELLING = 3  # characters; less is found everywhere
TEXTS = frozenset({"is", "contains", "startswith", "endswith", "wildcard", "keyword"})
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Spl:
    """Fills `translate.language.Language`."""

    types: tuple[str, ...] = ("text", "number", "address")
    longest: int = 100_000

    def short(self, test: Test, bound: Bound, form: Form) -> Short | None:  # noqa: PLR0911 (one return for each reason)
        kind = bound.type_of(test.field)
        if test.cased and test.op != "regex":
            loose = self.short(replace(test, cased=False), bound, form)
            return Short(
                "cased", f"search ignores case: {test.field}", loose.instead if loose else replace(test, cased=False)
            )
        if test.op in TEXTS and any(CONTROL.search(value) for value in test.values):
            loose = self.short(
                replace(test, values=tuple(CONTROL.sub("*", value) for value in test.values)), bound, form
            )
            return Short(
                "control", f"no search holds the control characters of {test.field}", loose.instead if loose else TRUE
            )
        match test.op:
            case "regex":
                return Short("regex", f"search has no regex: {test.field}", self._narrowed(test, bound, form))
            case "fieldref":
                return Short("fieldref", f"search has no fieldref: {test.field}")
            case "lt" | "lte" | "gt" | "gte" if kind != "number":
                return Short("type", f"search compares {test.field} as text")
            case "keyword" if any(re.search(r"[^\w .:/*?-]", value) for value in test.values):
                return Short("keyword", "a keyword may stand in the event with other escapes")
            case "keyword":
                return None if all("?" not in v and "\\" not in v for v in test.values) else _wider(test, r"\\.|\?")
            case "wildcard":
                return _wider(test, r"\\[*]|\?") if any(re.search(r"\\[*]|\?", v) for v in test.values) else None
            case "is" | "contains" | "startswith" | "endswith":
                return _starred(test) if any("*" in value for value in test.values) else None
        return None

    def _narrowed(self, test: Test, bound: Bound, form: Form) -> Predicate:
        """Ask for what every match of an expression contains, where that says anything."""
        words = tuple(map(required, test.values))
        if min(map(len, words)) < TELLING:
            return TRUE
        part = Test(test.field, "contains", words)
        short = self.short(part, bound, form)
        return short.instead if short else part

    def condition(self, predicate: Predicate, bound: Bound, form: Form) -> str:  # noqa: ARG002 (fields have no types here)
        if predicate in (TRUE, FALSE):
            return "*" if predicate == TRUE else "NOT *"
        return str(SearchBackend().convert_condition(condition_of(predicate), ConversionState()))

    def hunt(self, predicate: Predicate, bound: Bound, form: Form) -> str:
        base = bound.native("search")
        if base:
            return f"search {base}" + ("" if predicate == TRUE else f" ({self.condition(predicate, bound, form)})")
        head = f'| from datamodel:"{bound.native("datamodel")}"'
        return head if predicate == TRUE else f"{head}\n| search {self.condition(predicate, bound, form)}"

    def rule(self, population: Predicate, predicate: Predicate, bound: Bound) -> str:
        """Search for all that may be meant, and sieve by `where` what `search` cannot tell: only those conditions.

        A macro that begins with a command that makes events stands behind a bar, and has none itself (Knowledge Manager
        Manual, "Use search macros in searches").
        """
        short = lambda test: self.short(test, bound, "rule")  # noqa: E731
        parts = predicate.of if isinstance(predicate, Every) else (predicate,)
        sieved = every(*(part for part in parts if shortcomings(part, short)))
        asked = every(population, loosened(predicate, short))
        text = f"{'' if bound.native('search') else '| '}`{bound.native('macro')}`"
        if asked != TRUE:
            piped = "" if bound.native("search") else "\n| search"
            text += f"{piped} {self.condition(asked, bound, 'rule')}"
        return text if sieved == TRUE else f"{text}\n| where {expression(sieved)}"


def _wider(test: Test, pattern: str) -> Short:
    """A star for what `search` takes for none, or for more: a star finds at least that."""
    loose = tuple(re.sub(r"\*\*+", "*", re.sub(pattern, "*", value)) for value in test.values)
    return Short(
        "wildcard", f"search knows no wildcard but *, and no escape for it: {test.field}", replace(test, values=loose)
    )


def _starred(test: Test) -> Short:
    before = "*" if test.op in ("contains", "endswith") else ""
    after = "*" if test.op in ("contains", "startswith") else ""
    values = tuple(before + re.sub(r"([\\?])", r"\\\1", value) + after for value in test.values)
    return _wider(replace(test, op="wildcard", values=values), r"\\[?]")
