"""Lists of values that stand outside a query, in watchlists: which tests can have one, and how a query asks it.

How a query reads one: Microsoft Learn, "Watchlists in Microsoft Sentinel" (`_GetWatchlist`, `SearchKey`); `in~` takes a
table's first column, up to a million values, and folds ASCII letters, as `=~` and `endswith` do ("in~ operator"); a
negative start counts from the end ("substring()"); `materialize()` reads a list once, however often it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from huntline.model.predicate import Predicate, Test, tests
from huntline_sentinel.literals import one_case, text

ENDS = "endswith"
LONGEST_VALUE = 10_000  # bytes: a row of a watchlist may have 10 KB (Microsoft Sentinel service limits)
LONGEST_LIST = 3_800_000  # bytes of one upload (the same page: 3.8 MB)
ROW = 3  # bytes at most that a value takes beside itself: quotes, where it has a comma, and the end of its line
COLUMN = "value"
"""The column of a list that is its search key."""
VARIABLE = "HuntlineList"
Typed: TypeAlias = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Listed:
    """Values of one test, sorted, that can stand in a list. `name`: field and kind of test, one of a kind in its rule.

    `cased`: by case. Else all are lower case, for the list is compared without it.
    """

    name: str
    values: tuple[str, ...]
    ends: bool  # of what ends with one of them, not of what is one
    cased: bool
    variable: str

    def condition(self, column: str) -> str:
        """Write the test of a column of text.

        A list has no ends-with-any: the value's own endings are looked up in it, one for each length that the list has.
        An ending is all of a value that is shorter, or nothing, which no list holds.
        """
        sign = "in" if self.cased else "in~"
        if not self.ends:
            return f"{column} {sign} ({self.variable})"
        lengths = sorted({len(value) for value in self.values})
        asked = [f"substring({column}, -{length}) {sign} ({self.variable})" for length in lengths]
        return asked[0] if len(asked) == 1 else f"({' or '.join(asked)})"


def listable(predicates: Sequence[Predicate], type_of: Typed) -> dict[Test, Listed]:
    """Return the tests of a rule whose values can stand in a list, the longest first."""
    found: dict[Test, Listed] = {}
    names: dict[str, int] = {}
    for test in (one for predicate in predicates for one in tests(predicate)):
        values = _values(test) if _fits(test, type_of) and test not in found else ()
        if len(values) < 2:
            continue
        name = re.sub(r"\s", "_", f"{test.field}.{test.op}")
        names[name] = names.get(name, 0) + 1
        number = f"-{names[name]}" if names[name] > 1 else ""
        found[test] = Listed(name + number, values, test.op == ENDS, test.cased, f"{VARIABLE}{len(found) + 1}")
    return dict(sorted(found.items(), key=lambda item: -_length(item[1])))


def holds(test: Test, value: str) -> bool:
    """Say whether a list gives a value back as it was, and finds by it what the query would.

    Letters beyond ASCII are folded in a query by lowering both sides; a list is asked without. Of spaces around a value,
    quotes and line ends nobody tells what a watchlist makes. An ending is counted in characters, so it has ASCII alone:
    nobody tells either whether half of a pair is one.
    """
    kept = value.isprintable() and value == value.strip() != "" and '"' not in value
    folds = value.isascii() if test.op == ENDS else test.cased or one_case(value)
    return kept and folds and len(value.encode()) <= LONGEST_VALUE


def defined(lists: Sequence[Listed], aliases: Mapping[str, str]) -> str:
    """Return the lines that come before a query: each list under its variable, read once from the alias of its name."""
    return "".join(
        f"let {one.variable} = materialize(_GetWatchlist({text(aliases[one.name])}) | project SearchKey);\n"
        for one in lists
    )


def _fits(test: Test, type_of: Typed) -> bool:
    """Numbers and truth values are compared as such, and an ending of nothing is that of every value."""
    texts = type_of(test.field) not in ("int", "long", "real", "bool")
    return texts and (test.op == "is" or (test.op == ENDS and "" not in test.values))


def _values(test: Test) -> tuple[str, ...]:
    """Return what can be listed: nothing where it is more than one upload takes."""
    values = tuple(sorted({value if test.cased else value.lower() for value in _kept(test)}))
    size = sum(len(value.encode()) + ROW for value in values)
    return values if size <= LONGEST_LIST else ()


def _kept(test: Test) -> Iterator[str]:
    return (value for value in test.values if holds(test, value))


def _length(one: Listed) -> int:
    """Return about what the values take in a query."""
    return sum(len(value) + 4 for value in one.values)
