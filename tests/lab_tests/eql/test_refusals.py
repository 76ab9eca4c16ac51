"""What is found wrong with a query before it is sent, and that what is right has no findings."""

from __future__ import annotations

import pytest

from lab.eql.check import findings
from lab.eql.read import read
from lab.eql.run import matcher, run, sequences
from lab.eql.tree import Refused

SCHEMA = {
    "@timestamp": "date",
    "cs-host": "keyword",
    "host.id": "keyword",
    "items": "nested",
    "items.pid": "long",
    "message": "text",
    "process.args": "keyword",
    "process.exact": "text",
    "process.exact.keyword": "keyword",
    "process.name": "keyword",
    "process.name.text": "match_only_text",
    "process.pid": "long",
    "process.running": "boolean",
    "process.path": "wildcard",
    "source.ip": "ip",
}


@pytest.mark.parametrize(
    "query",
    [
        'process where process.name : ("a*", "b?") and not process.path like~ "c"',
        '"odd category" where `cs-host` == "a" and ?no.such == null',
        'any where @timestamp >= "2023-03-29" and process.running and process.pid in (1, 2)',
        'any where cidrMatch(source.ip, "10.0.0.0/8", "fe80::/10") or source.ip == "10.0.0.0/8"',
        'any where process.path regex~ """.*\\\\(3cx|update)[.]exe"""',
        'any where process.name == "a" and process.exact : "b" // and a comment with \'quotes\'',
        "any where length(process.name) + 1 > 5 | head 10 | tail 5",
        "sequence by host.id with maxspan=1m [file where true] ![any where true] [process where true] with runs=3",
        "sample by host.id [file where true] [process where true]",
    ],
)
def test_a_right_query_has_no_findings(query: str) -> None:
    assert [] == findings(query, SCHEMA)


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ('any where message == "a"', "type text"),
        ('any where process.name.text : "a"', "match_only_text"),
        ("any where items.pid == 1", "nested"),
        ('any where no.such == "a"', "?no.such"),
        ('any where cs-host == "a"', "cs is not mapped"),
        ("any where process.name == 'a'", "strings stand in"),
        ('any where process.name == ?"a"', "strings stand in"),
        ('any where process.name = "a"', "=="),
        ("any where process.pid : 1", "strings only"),
        ('any where process.running : "true"', "strings only"),
        ('any where source.ip : "10.*"', "strings only"),
        ('any where process.pid like "1*"', "strings only"),
        ("any where process.name : 1", "takes strings"),
        ("any where process.name == process.path", "only constants"),
        ("any where process.name in (process.path)", "only constants"),
        ("any where length(process.name) == process.pid", "only constants"),
        ('any where process.pid == "1"', "compared with string"),
        ("any where process.name == 1", "compared with number"),
        ("any where process.running > false", "no order"),
        ('any where process.name in ("a", 1)', "mixes types"),
        ("any where process.name in ()", "not EQL"),
        ('any where process.name in ("a",)', "without a comma"),
        ("any where 1 < process.pid < 5", "not EQL"),
        (r'any where process.name : "a\*b"', r"\* is no escape"),
        (r"""any where process.name : "a\'b" """, "is no escape"),
        (r'any where process.name : "\u{d800}"', "is no escape"),
        ('any where process.args[0] == "a"', "no index"),
        ('any where arrayContains(process.args, "a")', "arrayContains is not supported"),
        ('any where match(process.name, "a")', "match is not supported"),
        ("any where endsWith(process.name)", "arguments"),
        ('any where concat~(process.name, "a") == "b"', "no form with ~"),
        ("any where length(process.pid) == 1", "takes string"),
        ('any where cidrMatch(process.name, "10.0.0.0/8")', "takes ip"),
        ('any where cidrMatch(source.ip, "10.0.0.0/33")', "no CIDR"),
        ('any where source.ip == "evil.example"', "no ip"),
        ('any where @timestamp > "soon"', "no date"),
        ("any where process.name", "not boolean"),
        ("any where not process.name", "not boolean"),
        ("any where child of [process where true]", "child of"),
        ("any where descendant of [process where true]", "descendant of"),
        ("any where event of [process where true]", "event of"),
        ("any where process.name:length() > 1", "not supported"),
        ("any where any == 1", "keyword"),
        ("`process` where true", "backticks"),
        ("process.name == 1", "needs a category"),
        ("any where true | unique process.name", "only head and tail"),
        ("any where true | head", "one whole number"),
        ("join by host.id [any where true] [any where true]", "join is not supported"),
        ("sequence [any where true]", "two steps"),
        ("sequence [any where true] [any where true] with runs=101", "1 to 100"),
        ("sequence [any where true] [any where true] with runs=0", "1 to 100"),
        ("sequence with maxspan=2.5m [any where true] [any where true]", "whole number"),
        ("sequence with maxspan=5 [any where true] [any where true]", "whole number"),
        ("sequence [any where true] by host.id [any where true]", "as many keys"),
        ("sequence [any where true] fork [any where true]", "fork"),
        ("sequence [any where true] ![any where true]", "maxspan"),
        ("sequence with maxspan=1s ![any where true] ![any where true]", "not missing"),
        ("sample [any where true] [any where true]", "by a key"),
        ("sample by host.id [any where true] ![any where true]", "missing"),
    ],
)
def test_what_elasticsearch_refuses_is_found_and_does_not_run(query: str, word: str) -> None:
    """Each is stated by a page of the vendor or refused in the vendor's own tests, or follows from a field's type."""
    found = findings(query, SCHEMA)

    assert word in "; ".join(found)
    with pytest.raises(Refused):
        (run if read_kind(query) == "event" else sequences)(query, [], SCHEMA)


def read_kind(query: str) -> str:
    """Give a query's kind; what cannot be read is refused by any."""
    try:
        return read(query).kind
    except Refused:
        return "event"


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        ("^a.*", "anchor"),
        (".*a$", "anchor"),
        ("(?i)a", "flag"),
        ("(?:a|b)", "flag"),
        ("a(?=b)", "look-around"),
        (r"a\d+", "write the characters out"),
        (r"[\w.]+", "write the characters out"),
        (r"\ba", "no class of characters"),
        ("a(", "no regular expression"),
    ],
)
def test_a_foreign_regular_expression_is_found(pattern: str, word: str) -> None:
    """Elasticsearch takes most of them and reads them otherwise than Sigma's writer meant."""
    assert word in "; ".join(findings(f'any where process.path regex~ """{pattern}"""', SCHEMA))


@pytest.mark.parametrize("pattern", [r"\^a\$", "[^a]", "[$^]", '"^$"', r"a\.b\\c", "~(a.*)&@"])
def test_a_sign_that_is_quoted_or_in_brackets_is_no_anchor(pattern: str) -> None:
    assert [] == findings(f"any where process.path regex '{pattern}'".replace("'", '"""'), SCHEMA)


def test_elastic_s_own_checker_is_asked_as_well() -> None:
    """Keys of unlike types are refused by eql's types, which ours do not look at."""
    query = "sequence [file where true] by process.pid [process where true] by process.name"

    assert ["eql: Unable to join number to string"] == findings(query, SCHEMA)


def test_a_matcher_is_for_single_events_only() -> None:
    with pytest.raises(Refused, match="one event"):
        matcher("sequence [any where true] [any where true]", {})
    with pytest.raises(Refused, match="no sequences"):
        sequences("any where true", [], {})
