"""Commands that tell of holdings and settings: read strictly, and what they tell is the caller's."""

from __future__ import annotations

import pytest

from lab.spl import SplError, parse, run, staged
from lab.spl.tree import Command, Row


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("| dbinspect index=a", {"index": "a"}),
        ("| metadata type=hosts index=*", {"type": "host", "index": "*"}),
        ("| eventcount summarize=false index=a", {"index": "a", "summarize": False}),
        ("| eventcount", {"index": "", "summarize": True}),
        (
            "| rest count=0 /services/server/info timeout=5",
            {"count": "0", "path": "/services/server/info", "timeout": "5"},
        ),
        ("| rest /services/x splunk_server=local", {"path": "/services/x", "splunk_server": "local"}),
        ("| datamodel M D search summariesonly=t", {"model": "M", "dataset": "D", "prefixed": True, "summaries": True}),
    ],
)
def test_their_arguments_are_read(text: str, arguments: dict[str, object]) -> None:
    """(docs: Search Reference)."""
    assert arguments == parse(text).commands[0].arguments


@pytest.mark.parametrize(
    "text",
    [
        "dbinspect index=a",  # a word to search for
        "search a | dbinspect index=a",  # it makes rows of its own
        "| metadata index=a",
        "| metadata type=events",
        "| eventcount what=1",
        "| rest",
        "| rest server/info",
    ],
)
def test_what_splunk_would_refuse_is_refused(text: str) -> None:
    """As for any command."""
    with pytest.raises(SplError):
        parse(text)


def test_their_rows_come_from_the_caller_and_go_on() -> None:
    """Each asks for its own, and later commands work on them."""
    asked: list[str] = []

    def rows(command: Command) -> list[Row]:
        asked.append(command.name)
        return [{"index": "a", "n": "1"}, {"index": "b", "n": "2"}]

    ran = staged(parse("| dbinspect index=* | search index=b [| rest /services/x | fields n]"), rows, now=0)
    assert [{"index": "b", "n": "2"}] == list(map(dict, ran.rows))
    assert ["dbinspect", "rest"] == sorted(asked)


def test_events_are_what_came_to_the_first_command_that_makes_tables() -> None:
    """A job counts them though it shows the table."""
    events = [{"f": "a"}, {"f": "b"}, {"f": "a"}]
    ran = staged(parse("search f=a | fields f | stats count | fields count"), lambda _: events, now=0)
    assert (2, [{"count": "2"}]) == (len(ran.events), list(map(dict, ran.rows)))
    plain = staged(parse("search f=a | fields f"), lambda _: events, now=0)
    assert plain.events is plain.rows


def test_counts_by_a_day_are_the_same_however_they_are_made() -> None:
    """The quick way of counting and that of all other functions."""
    rows = [{"_time": str(turn * 40_000), "host": "h" if turn % 3 else ["h", "i"]} for turn in range(20)]
    both = run(
        "| tstats count dc(host) where index!=x by _time, host span=1d", [{**row, "index": "m"} for row in rows], now=0
    )
    quick = run("| tstats count where index!=x by _time, host span=1d", [{**row, "index": "m"} for row in rows], now=0)
    assert quick == [{name: value for name, value in row.items() if name != "dc(host)"} for row in both]
    assert 20 + 7 == sum(int(str(row["count"])) for row in quick)
