"""What Splunk refuses, or would run as something else than it says, is refused before anything runs."""

from __future__ import annotations

import pytest

from lab.spl import SplError, parse, run

MALFORMED = {
    "nothing": "",
    "a bar alone": "|",
    "an empty command": "index=main | | head 1",
    "a bar at the end": "index=main |",
    "an open quotation mark": 'f="abc',
    "an open bracket": "(a=1 OR b=2",
    "a closing bracket too much": "a=1)",
    "crossed brackets": "( [ ) ]",
    "a bar in brackets": "(a=1 | head 1)",
    "an unknown command": "index=main | frobnicate x",
    "a command of another product": "index=main | project x",
    "OR in front": "| search OR a=1",
    "OR at the end": "a=1 OR",
    "AND in front": "AND a=1",
    "AND twice": "a=1 AND AND b=2",
    "AND before OR": "a=1 AND OR b=2",
    "NOT alone": "a=1 NOT",
    "NOT before AND": "NOT AND a=1",
    "empty brackets": "a=1 ()",
    "no condition": "| search",
    "no value": "a=",
    "no field": "=1",
    "two signs": "a==1",
    "two comparisons": "a=b=c",
    "a bracket as value": "a=(1)",
    "an operator word as value": "a=OR",
    "an operator word as field": "NOT=1",
    "an empty list": "a IN ()",
    "a list without commas": "a IN (1 2)",
    "a list that ends in a comma": "a IN (1, 2,)",
    "a list in a list": "a IN ((1), 2)",
    "a list not closed": "a IN (1, 2",
    "a comma outside a list": "a=1, b=2",
    "a value quoted in part": 'Image=*"\\\\foo.exe"',
    "an asterisk in a field": "a*=1",
    "a time that is none": "earliest=yesterday a=1",
    "a time in another order": 'earliest="2022-12-01T00:00:00Z"',
    "a modifier not known": 'timeformat="%Y" a=1',
    "an empty CASE": "a=CASE()",
    "a filter in front": '| where a="1"',
    "a filter without a bar": 'where a="1"',
    "a source at the end": "index=main | makeresults",
    "where without a condition": "* | where",
    "where on a value": "* | where f",
    "where on a number": "* | where 1",
    "where on a function's value": "* | where lower(f)",
    "where AND a value": '* | where f="1" AND g',
    "a small and": '* | where f="1" and g="2"',
    "an unknown function": '* | where startswith(f, "x")',
    "too few arguments": '* | where match("x")',
    "too many arguments": "* | where isnull(a, b)",
    "a condition for a value": "* | where lower(a=b)=c",
    "a value for a condition": '* | where if(a, "y", "n")="y"',
    "a truth against a value": '* | where match(a, "x")="true"',
    "a case without its value": '* | eval x=case(a=1, "y", b=1)',
    "a truth kept": '* | eval x=match(a, "y")',
    "a truth compared and kept": "* | eval x=(a=b)",
    "eval without a field": "* | eval =1",
    "eval without a value": "* | eval x=",
    "eval with a comma at the end": "* | eval x=1,",
    "a name that begins with a digit": '* | where 5minutes="x"',
    "two values side by side": '* | where a "b"',
    "a wrong regex": '* | where match(a, "(")',
    "a wrong regex command": '* | regex a="["',
    "NOT in regex": '* | regex NOT a="x"',
    "rex without a group": '* | rex field=a "b"',
    "rex by sed": '* | rex mode=sed field=a "s/x/y/"',
    "no network": '* | where cidrmatch("10.0.0.0/33", a)',
    "an argument not known": "* | head max=3",
    "head of no number": "* | head many",
    "fields of nothing": "* | fields",
    "rename by half": "* | rename a AS",
    "rename without AS": "* | rename a b",
    "asterisks that differ": "* | rename a.* AS b",
    "stats of nothing": "* | stats",
    "stats without a field": "* | stats sum",
    "an unknown statistic": "* | stats frequency(f)",
    "BY nothing": "* | stats count by",
    "tstats by expression": "| tstats count(eval(a=1))",
    "tstats list": "| tstats list(a)",
    "tstats of a model without a name": "| tstats count from datamodel= where a=1",
    "tstats where nothing": "| tstats count where by f",
    "a span without time": "| tstats count by f span=1d",
    "a span of no unit": "| tstats count by _time span=1fortnight",
    "PREFIX": "| tstats count by PREFIX(a)",
    "JSON that is none": '| makeresults format=json data="[{a:1}]"',
    "JSON of no rows": '| makeresults format=json data="{}"',
    "a format without data": "| makeresults format=json",
    "a sub-search that only filters": '[where a="1"]',
    "a sub-search of words": "[index=main]",
    "a sub-search that is not closed": "[search a=1",
    "append of nothing": "* | append",
    "lookup without a key": "* | lookup ioc",
    "an unknown macro": "`nothing_like_it`",
    "a macro not closed": "`abc",
    "a bad search in searchmatch": '* | where searchmatch("a=")',
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_search_is_refused_where_it_is_read(text: str) -> None:
    """Nothing needs to run: this parser is the check of what is deployed."""
    with pytest.raises(SplError):
        parse(text)


def test_a_refusal_points_at_the_place() -> None:
    with pytest.raises(SplError) as refused:
        parse("index=main | where startswith(f)")

    assert (19, "there is no function startswith") == (refused.value.at, refused.value.problem)


def test_a_lookup_that_is_not_there_is_refused() -> None:
    """Only a run knows the tables."""
    with pytest.raises(SplError, match="there is no lookup ioc"):
        run("| inputlookup strict=true ioc.csv", [], now=0)
    with pytest.raises(SplError, match="there is no lookup ioc"):
        run("[| inputlookup strict=true ioc]", [], now=0)
