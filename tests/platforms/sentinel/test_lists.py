"""Laws of lists outside a query: they mean what the values inside it mean, and only as many are outside as must be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from huntline.detections.match import match
from huntline.model.artifact import Artifact
from huntline.model.mark import marks_in
from huntline.model.pack import Detection
from huntline.model.predicate import Never, Predicate, Some, Test
from huntline.model.query import Refused, Rule
from huntline.translate.rewrite import TRUE, every
from huntline.translate.translator import Bound
from huntline_sentinel.fit import Fitted, fitted, written
from huntline_sentinel.language import LONGEST_RULE
from huntline_sentinel.lists import defined, listable
from huntline_sentinel.watchlist_shape import KIND, alias_of, aliases_in
from lab.kql import duck
from lab.kql.check import Function, Schema, Unavailable, findings
from lab.kql.model import Table
from platforms.handmade import BINDING, detection
from platforms.sentinel.handmade import COLUMNS, renderer

DOMAINS = tuple(f"Host{number:03}.example-{number % 7}.net" for number in range(400))
ENDINGS = tuple(f".{one}" for one in DOMAINS)
ODD = ('q"uote.org', " spaced.org", "ünder.ORG", "tab\t.org", "com,ma.org", "back\\slash.org", "*.star?.org", "日本.jp")
SOME, SOME_ENDINGS = DOMAINS[:60], ENDINGS[:60]
LONG = 200


@pytest.fixture(scope="module")
def bound() -> Bound:
    return renderer().compiler.bounds["starts"]


def forms(predicate: Predicate, bound: Bound, longest: int) -> tuple[str, Fitted]:
    """Return a query with everything inside, and as it fits, with a list outside at least."""
    found = fitted(TRUE, predicate, bound, longest)
    assert found is not None
    assert found.lists
    return written(TRUE, predicate, bound, compact=False), found


def found(fit: Fitted, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Run a query over rows and the lists it has outside."""
    aliases = {one.name: alias_of(one.name) for one in fit.lists}
    items = [{"Alias": aliases[one.name], "SearchKey": value} for one in fit.lists for value in one.values]
    tables = {
        "Started": Table({**COLUMNS, "id": "string"}, rows),
        "Items": Table({"Alias": "string", "SearchKey": "string"}, items),
    }
    reading = "function _GetWatchlist(asked:string) { Items | where Alias == asked }"
    return [row["id"] for row in duck.run(defined(fit.lists, aliases) + fit.text, tables, functions=[reading])]


def events(values: Sequence[str]) -> list[dict[str, Any]]:
    """Return rows about each value: it in other cases, with more and with less at either end, and nothing at all."""
    around = ["{}", "x{}", "{}x", "a.b.{}", ".{}", "ä{}", "\U0001f600{}", " {}", "{} ", "{}."]
    texts = [form.format(one) for value in values for one in (value, value.upper(), value[1:]) for form in around]
    rows = [{"CommandLine": text} for text in dict.fromkeys(["", "net", ".", *texts])]
    return [{"id": f"r{at}", **row} for at, row in enumerate([*rows, {}])]


@pytest.mark.parametrize("cased", [False, True])
@pytest.mark.parametrize(
    ("op", "values"),
    [("is", SOME), ("endswith", SOME_ENDINGS), ("is", SOME + ODD), ("endswith", SOME_ENDINGS + ODD)],
)
@pytest.mark.parametrize("negated", [False, True])
def test_a_list_outside_finds_what_its_values_inside_find(
    bound: Bound, op: Any, values: tuple[str, ...], cased: bool, negated: bool
) -> None:
    """Matches and misses alike, under a negation, too; and both find what the rule means."""
    asked = Test("CommandLine", op, values, cased)
    predicate: Predicate = Never(asked) if negated else asked
    whole, fit = forms(predicate, bound, 1_500)
    rows = events((*values[:4], *values[-len(ODD) :]))
    meant = [
        row["id"]
        for row in rows
        if match(predicate, {"CommandLine": (row["CommandLine"],)} if row.get("CommandLine") else {}) is not None
    ]

    assert found(Fitted(whole), rows) == found(fit, rows)
    assert meant == found(fit, rows)
    assert 0 < len(meant) < len(rows)


def test_domains_and_what_lies_below_them_are_found_by_their_lists(bound: Bound) -> None:
    """A domain of a pack: it is one, or ends with a dot and one."""
    predicate = Some((Test("CommandLine", "is", DOMAINS), Test("CommandLine", "endswith", ENDINGS)))
    _, fit = forms(predicate, bound, 4_000)
    rows = [
        {"id": id_, "CommandLine": text}
        for id_, text in (
            ("itself", DOMAINS[0]),
            ("below", f"www.{DOMAINS[1].upper()}"),
            ("beside", f"www{DOMAINS[1]}"),
            ("above", "example-1.net"),
            ("longer", f"{DOMAINS[2]}.org"),
        )
    ]

    assert ("CommandLine.is", "CommandLine.endswith") == tuple(one.name for one in fit.lists)
    assert ["itself", "below"] == found(fit, rows)


def test_what_a_list_may_not_give_back_as_it_was_stays_inside(bound: Bound) -> None:
    """Quotes, spaces around it, what cannot be printed; letters beyond ASCII, which are folded by lowering both sides."""
    (whole,) = listable([Test("CommandLine", "is", DOMAINS + ODD)], bound.type_of).values()
    (ends,) = listable([Test("CommandLine", "endswith", ENDINGS + ODD)], bound.type_of).values()
    kept = {"com,ma.org", "back\\slash.org", "*.star?.org"}

    assert {one.lower() for one in DOMAINS} | kept | {"日本.jp"} == set(whole.values)
    assert {one.lower() for one in ENDINGS} | kept == set(ends.values)


def test_numbers_parts_and_patterns_have_no_list(bound: Bound) -> None:
    """And neither has what one upload does not take: a row of 10 KB, a file of 3.8 MB."""
    tests = [
        Test("Big", "is", tuple(str(number) for number in range(LONG))),
        Test("CommandLine", "contains", DOMAINS),
        Test("CommandLine", "startswith", DOMAINS),
        Test("CommandLine", "endswith", ("", *ENDINGS)),
        Test("Path", "is", ("a" * 10_001, "b" * 10_001)),
        Test("AccountName", "is", tuple(f"{number:04}" + "x" * 9_000 for number in range(430))),
    ]

    assert {} == listable(tests, bound.type_of)


def test_only_as_many_lists_are_outside_as_must_be(bound: Bound) -> None:
    """The longest first; what fits as it is stays whole."""
    fields = ("CommandLine", "Path", "AccountName")
    parts = [Test(field, "is", DOMAINS[: 100 * size]) for size, field in enumerate(fields, 1)]
    predicate = every(*parts)
    length = len(written(TRUE, predicate, bound, compact=False))
    outside = []
    for longest in (length, length - 1, length // 3, 1_000):
        fit = fitted(TRUE, predicate, bound, longest)
        assert fit is not None
        assert len(fit.text) + len(defined(fit.lists, {one.name: alias_of("k") for one in fit.lists})) <= longest
        outside.append([one.name for one in fit.lists])

    assert [
        [],
        ["AccountName.is"],
        ["Path.is", "AccountName.is"],
        ["CommandLine.is", "Path.is", "AccountName.is"],
    ] == outside


def long_rule(folder: Path, **told: Any) -> Detection:
    """Return a rule whose values fill more than a query may have."""
    return detection(folder, {"CommandLine": list(DOMAINS)}, **told)


def stored(folder: Path, pack: str = "made", **told: Any) -> tuple[Artifact, ...]:
    render = renderer()
    asked = long_rule(folder, **told)
    rule = render.rule(asked, render.compiler.bounds["starts"].store.scope, BINDING)
    assert isinstance(rule, Rule)
    return tuple(render.artifacts(asked, rule, pack=pack))


def query_of(rule: Artifact) -> str:
    properties: Any = rule.body["properties"]
    return str(properties["query"])


def test_a_rule_that_would_be_too_long_reads_a_watchlist_it_needs(tmp_path: Path) -> None:
    """What is read by people has the values inside; what is stored has them outside, under a name made of the key."""
    listed, rule = stored(tmp_path)
    first, table, arrived, *_ = query_of(rule).splitlines()

    assert (KIND, "made/lists/6f0d2d5c-0c4b-4a5e-9d4b-0d6d0a6a1e11/starts/CommandLine.is") == (listed.kind, listed.key)
    assert ((listed.key,), (alias_of(listed.key),)) == (rule.needs, aliases_in(query_of(rule)))
    assert f'let HuntlineList1 = materialize(_GetWatchlist("{listed.remote_id}") | project SearchKey);' == first
    assert ("Started", "| where coalesce(ingestion_time() > ago(25m), true)") == (table, arrived)
    assert len(query_of(rule)) < LONGEST_RULE
    assert sorted(one.lower() for one in DOMAINS) == listed.body["values"]


def test_a_list_is_known_by_its_pack_and_not_by_what_is_in_it(tmp_path: Path) -> None:
    """Other values make another mark at the same alias; another pack another list."""
    listed, rule = stored(tmp_path)
    other, _ = stored(tmp_path, pack="other")
    fewer = detection(tmp_path, {"CommandLine": list(DOMAINS[1:])})
    render = renderer()
    ruled = render.rule(fewer, render.compiler.bounds["starts"].store.scope, BINDING)
    assert isinstance(ruled, Rule)
    changed, same = render.artifacts(fewer, ruled, pack="made")

    assert (listed.remote_id, True) == (changed.remote_id, listed.mark != changed.mark)
    assert rule == same
    assert listed.remote_id != other.remote_id


def test_names_and_aliases_are_what_the_service_takes(tmp_path: Path) -> None:
    """3 to 64 letters, digits, spaces, hyphens and underscores, the first and the last a letter or a digit."""
    render = renderer()
    asked = detection(tmp_path, {"odd name": list(DOMAINS)})
    rule = render.rule(asked, render.compiler.bounds["starts"].store.scope, BINDING)
    assert isinstance(rule, Rule)
    listed, _ = render.artifacts(asked, rule, pack="made")

    for name in (listed.name, listed.remote_id):
        assert 3 <= len(name) <= 64
        assert name[0].isalnum()
        assert name[-1].isalnum()
        assert not set(name) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-")
    assert (listed.mark,) == marks_in(str(listed.mark))


def test_a_rule_that_no_list_makes_short_enough_is_refused(tmp_path: Path) -> None:
    render = renderer()
    asked = detection(tmp_path, {"CommandLine|contains": [f"{number:05}ä{'x' * 30}" for number in range(400)]})
    refused = render.rule(asked, render.compiler.bounds["starts"].store.scope, BINDING)

    assert isinstance(refused, Refused)
    assert "too_long" == refused.code


def test_microsofts_parser_takes_a_query_with_lists_outside(tmp_path: Path) -> None:
    _, rule = stored(tmp_path)
    reading = Function((("watchlistAlias", "string"),), 1, {"SearchKey": "string", "value": "string"})
    schema = Schema({"Started": dict(COLUMNS)}, {"_GetWatchlist": reading})
    try:
        said = findings(query_of(rule), schema)
    except Unavailable as why:
        pytest.skip(f"Microsoft's parser cannot be loaded here: {why}")

    assert [] == said
