"""A rule that asks for one of many indicators as a search that reads them from a lookup, and the lookup it reads.

What a sub-search gives is put into the search as it would have been written, `field="value" OR ...` (Search Manual, "About
subsearches"), so that a list means what it meant. It gives 10,000 rows at most, unless limits.conf says less.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from huntline.model.artifact import Artifact, key_of
from huntline.model.pack import Detection, Json
from huntline.model.predicate import Predicate, Test, tests
from huntline.model.query import Rule
from huntline.translate.rewrite import rewrite
from huntline.translate.translator import Bound, Translated, translated
from huntline_splunk.language import Spl
from huntline_splunk.literals import WORDS, name, text

KIND = "lookup"
LEAST = 100
"""Values from which on a list is one of its own. What is shorter can be read in the search, which then needs no file, no right
to write one, and nothing that somebody could empty."""

MOST = 10_000  # limits.conf, [subsearch] maxout
COLUMNS = ("list", "value")
VALUES = "values"
"""The field of a lookup's body that holds its rows: values by list."""

PLAIN = re.compile(r"[0-9A-Za-z][0-9A-Za-z.:_-]*")  # of hashes, domains, addresses: none of it means anything to SPL
FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
BARE = frozenset({"query", "search"})
"""Fields whose values a sub-search puts in as words to be found anywhere (Search Manual, "About subsearches")."""


@dataclass(frozen=True, slots=True)
class Listed:
    """`rule`: whose text reads the lookup."""

    rule: Rule
    lookup: Artifact


def listed(detection: Detection, rule: Rule, bound: Bound, pack: str) -> Listed | None:
    """Return a rule that reads its long lists from a lookup; None where it has none, or cannot read them so."""
    if not any(len(test.values) >= LEAST for test in tests(detection.predicate)):
        return None
    found = translated(detection, bound)
    lists = _lists(found.readable)
    called = lookup_of(pack, detection.id, rule.scope)
    said = _reading(found, lists, bound, called)
    if said is None:
        return None
    body: dict[str, Json] = {
        "case_sensitive_match": False,
        "filename": f"{called}.csv",
        VALUES: {column: [*test.values] for test, column in lists.items()},
    }
    lookup = Artifact(key_of(pack, "lookups", called), KIND, called, called, body)
    return Listed(replace(rule, text=said), lookup)


def rows_of(body: Mapping[str, Json]) -> list[dict[str, str]]:
    """Return the rows of a lookup's table."""
    lists = cast(Mapping[str, Sequence[str] | None], body[VALUES])
    return [{"list": column, "value": value} for column, values in lists.items() for value in values or ()]


def lookup_of(pack: str, detection: str, scope: str) -> str:
    """Name a rule's lookup: a name of a file, too; a digest tells those apart that look alike."""
    digest = hashlib.sha256("/".join((pack, detection, scope)).encode()).hexdigest()[:12]
    words = (re.sub(r"[^a-z0-9]+", "_", one.lower())[:30].strip("_") for one in (pack, scope))
    return "_".join(("huntline", *words, digest))


def _lists(predicate: Predicate) -> Mapping[Test, str]:
    """Return the tests to be read from a lookup, each with what its rows are called there: the field, numbered where needed."""
    found: dict[Test, str] = {}
    for test in dict.fromkeys(filter(_is_list, tests(predicate))):
        same = sum(one.field == test.field for one in found)
        found[test] = f"{test.field} {same + 1}" if same else test.field
    return found


def _is_list(test: Test) -> bool:
    field = bool(FIELD.fullmatch(test.field)) and test.field.lower() not in BARE and test.field.upper() not in WORDS
    plain = LEAST <= len(test.values) <= MOST and all(PLAIN.fullmatch(value) for value in test.values)
    return test.op == "is" and not test.cased and field and plain


def _reading(found: Translated, lists: Mapping[Test, str], bound: Bound, called: str) -> str | None:
    """Write the search with two values in the place of each list, which are written as a list is, and put the sub-search there.

    None where there is no list, or it does not stand there once and nowhere else: what `where` decides on needs its values.
    """
    if not lists:
        return None
    stands = {
        test: Test(test.field, "is", tuple(f"{end} {number} of {called}" for end in ("first", "last")))
        for number, test in enumerate(lists)
    }
    said = Spl().rule(found.population, rewrite(found.readable, lambda test: stands.get(test, test)), bound)
    for test, column in lists.items():
        values = stands[test].values
        place = f"{name(test.field)} IN ({', '.join(map(text, values))})"
        if said.count(place) != 1 or said.count(values[0]) != 1:
            return None
        said = said.replace(place, _sub_search(called, column, test.field))
    return said


def _sub_search(called: str, column: str, field: str) -> str:
    """Read one list. A lookup that is not there, and one without a row of it, fail the search instead of emptying it."""
    rows = f"inputlookup strict=true {called} where list={text(column)}"
    return f"[| {rows} | rename value AS {field} | fields {field} | require]"
