"""Pages of rows: how many, in what order, with which fields, in which form; and streams."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from splunklib.results import JSONResultsReader

from lab.moments import spread
from lab.serve.faults import Bend, Fault, When
from lab.splunk.plant import plant
from lab.splunk.settings import SplunkSettings
from lab.splunk.store import Store
from lab_tests.splunk.served import ALL, FIELDS, INDEX, JOBS, Deployed, at, content, crowd, deployed, read

EVERY = {"_bkt", "_cd", "_indextime", "_raw", "_serial", "_si", "_sourcetype", "_time", "host", "index", "linecount"} | {
    "source", "sourcetype", "splunk_server"
}  # fmt: skip


def test_a_page_has_a_hundred_rows_unless_asked_for_more(tmp_path: Path) -> None:
    """(1.3 [S10])."""
    with deployed(tmp_path, crowd(150)) as there:
        made = there.job()
        assert [100, 150, 7, 0] == [
            len(read(made, **said)["results"]) for said in ({}, {"count": 0}, {"count": 7}, {"offset": 150})
        ]


def test_no_page_is_longer_than_fifty_thousand_rows(tmp_path: Path) -> None:
    """Whatever is asked for, and nothing says so [S1]."""
    with deployed(tmp_path, crowd(50_001)) as there:
        made = there.job(f"{ALL} | fields host", max_count=50_001)
        assert "50001" == content(made)["resultCount"]
        page = read(made, count=0)
        assert (50_000, []) == (len(page["results"]), page["messages"])
        assert 1 == len(read(made, count=50_001, offset=50_000)["results"])


def test_to_ask_for_more_than_a_page_holds_does_not_help(tmp_path: Path) -> None:
    """By a server set to fewer: the count itself is cut."""
    with deployed(tmp_path, crowd(150), SplunkSettings(page_rows=50)) as there:
        assert 50 == len(read(there.job(), count=150)["results"])


def test_a_job_keeps_ten_thousand_rows_unless_asked_for_more(tmp_path: Path) -> None:
    """Only the counts tell (1.3, seen: 53,024 events of which 50,000 were available)."""
    with deployed(tmp_path, crowd(10_001)) as there:
        told = content(there.job())
        assert ("10001", "10000", "10000", {}) == tuple(
            told[name] for name in ("eventCount", "eventAvailableCount", "resultCount", "messages")
        )
        assert "10001" == content(there.job(max_count=20_000))["resultCount"]


def test_pages_are_one_after_another_whatever_comes_meanwhile(tmp_path: Path) -> None:
    """A job's rows are its own: nothing is doubled and nothing lost."""
    store = crowd(250)
    with deployed(tmp_path, store) as there:
        made = there.job()
        pages = []
        for offset in (0, 100, 200):
            pages += read(made, offset=offset)["results"]
            store.add(INDEX, plant([at("2023-03-10T12:00:01")], FIELDS))
    assert [str(turn) for turn in range(250)] == [row["_serial"] for row in pages]
    assert 250 == len({row["_raw"] for row in pages})


def test_rows_come_newest_first(tmp_path: Path) -> None:
    """(docs: search)."""
    with deployed(tmp_path) as there:
        times = [row["_time"] for row in there.rows()]
    assert sorted(times, reverse=True) == times


def test_a_search_that_asks_for_no_fields_gets_the_default_ones(tmp_path: Path) -> None:
    """What search would extract is left out unless the search names it, rf does, or the level finds all."""
    with deployed(tmp_path) as there:
        plain = there.rows()[0]
        assert EVERY == set(plain)
        assert {"EventCode"} == set(there.rows(rf="EventCode")[0]) - EVERY
        for said in ({"rf": "*"}, {"adhoc_search_level": "verbose"}):
            assert {"EventCode", "Image"} == set(there.rows(**said)[0]) - EVERY


def test_named_fields_come_with_those_that_begin_with_an_underscore(tmp_path: Path) -> None:
    """And without host or source, which are not named (docs: fields)."""
    with deployed(tmp_path) as there:
        row = there.rows(f"{ALL} | fields EventCode, Image")[0]
    assert {"EventCode", "Image"} | {name for name in EVERY if name.startswith("_")} == set(row)


def test_rows_of_a_table_are_no_events(tmp_path: Path) -> None:
    """They have no number, and the events themselves are not kept (seen)."""
    with deployed(tmp_path) as there:
        made = there.job(f"{ALL} | stats count by host")
        told = content(made)
        assert [{"host": "WS-1", "count": "90"}] == read(made)["results"]
        assert ("90", "0", "1") == (told["eventCount"], told["eventAvailableCount"], told["resultCount"])
        assert [] == json.loads(made.events(output_mode="json").read())["results"]


def test_events_are_kept_with_their_search(tmp_path: Path) -> None:
    """The second reader of the same rows."""
    with deployed(tmp_path) as there:
        made = there.job()
        events = json.loads(made.events(output_mode="json", count=0).read())["results"]
        assert read(made, count=0)["results"] == events


def test_a_page_says_what_it_is(tmp_path: Path) -> None:
    """Members as of a real server (seen)."""
    with deployed(tmp_path) as there:
        page = read(there.job(f"{ALL} | fields host"), count=1, offset=3)
    assert (False, 3, []) == (page["preview"], page["init_offset"], page["messages"])
    assert list(page["results"][0]) == [one["name"] for one in page["fields"]]


def test_a_page_has_the_same_rows_in_both_forms(tmp_path: Path) -> None:
    """JSON by the SDK's reader; XML, as a page is without output_mode, by hand: from 3.0 the SDK has no reader of it."""
    with deployed(tmp_path) as there:
        made = there.job(f"{ALL} | fields host, EventCode", max_count=3)
        plain = list(JSONResultsReader(made.results(output_mode="json")))
        marked = _marked(made.results().read())
    assert 3 == len(plain)
    assert plain == marked


def _marked(page: bytes) -> list[dict[str, Any]]:
    """Read rows of XML, where each child of a field is one of its values."""
    return [
        {field.attrib["k"]: _one_or_many(["".join(value.itertext()).strip() for value in field]) for field in row}
        for row in ElementTree.fromstring(page).iter("result")
    ]


def _one_or_many(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def test_several_values_come_as_several(tmp_path: Path) -> None:
    """A list in JSON (seen)."""
    store = Store()
    store.add(INDEX, plant([at("2023-01-15")], {**FIELDS, "answer": ["a", "b"]}))
    with deployed(tmp_path, store) as there:
        assert ["a", "b"] == there.rows(f"{ALL} | fields answer")[0]["answer"]


def test_rows_are_read_by_get_too_and_then_without_a_search_over_them(tmp_path: Path) -> None:
    """The SDK reads by POST in the second version and by GET in the first [L1]."""
    with deployed(tmp_path) as there:
        made = there.job()
        assert 200 == there.http("GET", f"{JOBS}/{made.sid}/results")[0]
        assert 400 == there.http("GET", f"{JOBS}/{made.sid}/results", search="head 1")[0]
        assert 200 == there.http("GET", f"/services/search/jobs/{made.sid}/results")[0]
        assert 405 == there.http("POST", f"/services/search/jobs/{made.sid}/results")[0]


def test_a_page_may_have_some_fields_only(tmp_path: Path) -> None:
    """Those given as `f` (docs: search/v2/jobs/{search_id}/results)."""
    with deployed(tmp_path) as there:
        page = read(there.job(), count=1, f=["_cd", "_bkt"])
    assert {"_cd", "_bkt"} == set(page["results"][0])


def test_a_search_in_one_go_has_a_page_and_no_job(tmp_path: Path) -> None:
    """So nothing tells whether it was whole (1.3)."""
    with deployed(tmp_path, crowd(150)) as there:
        page = json.loads(there.service.jobs.oneshot(ALL, output_mode="json").read())
        assert (100, False) == (len(page["results"]), page["preview"])
        assert () == there.lab.jobs.left()


def stream(there: Deployed, **said: Any) -> list[Any]:
    """Return an export's lines."""
    text = there.service.jobs.export(ALL, output_mode="json", **said).read()
    return [json.loads(line) for line in text.splitlines()]


def test_a_stream_has_all_rows_and_previews_unless_told_not_to(tmp_path: Path) -> None:
    """No cap, and its last row says so (1.3, seen)."""
    with deployed(tmp_path, crowd(120), SplunkSettings(max_count=1_000, page_rows=50)) as there:
        lines = stream(there)
        assert {True, False} == {line["preview"] for line in lines}
        lines = stream(there, preview=0)
        assert (120, True) == (len(lines), lines[-1]["lastrow"])
        assert "2023-03-10 12:00:00.000 UTC" == lines[0]["result"]["_time"]
        assert () == there.lab.jobs.left()


def test_a_stream_without_rows_still_says_that_it_is_whole(tmp_path: Path) -> None:
    """(seen)."""
    with deployed(tmp_path) as there:
        assert [{"preview": False, "lastrow": True}] == stream(there, latest_time=1)


def test_a_dropped_stream_looks_like_its_end(tmp_path: Path) -> None:
    """Only the last row is missing."""
    with deployed(tmp_path, crowd(120)) as there:
        there.running.faults.add(Fault(Bend("dropped_stream", 20), When(path="export")))
        lines = stream(there, preview=0)
    assert 20 == len(lines)
    assert not any("lastrow" in line for line in lines)


def test_a_flood_of_rows_is_paged_whole(tmp_path: Path) -> None:
    """20,000 rows by pages of 7,000: each once."""
    store = Store()
    store.add(INDEX, plant(spread(20_000, at("2023-01-01"), at("2023-04-01")), FIELDS))
    with deployed(tmp_path, store) as there:
        made = there.job(f"{ALL} | fields host", max_count=20_001)
        found = [
            row["_raw"] for offset in (0, 7_000, 14_000) for row in read(made, offset=offset, count=7_000)["results"]
        ]
    assert (20_000, 20_000) == (len(found), len(set(found)))
