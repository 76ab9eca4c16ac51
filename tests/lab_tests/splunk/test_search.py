"""What a search sees: times, indexes, role limits, retention, and the commands that tell of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.moments import burst, spread
from lab.splunk.plant import plant
from lab.splunk.settings import HUNTER, Provider, Role, SplunkSettings
from lab.splunk.store import Keeping, Store
from lab_tests.splunk.served import ALL, FIELDS, INDEX, OTHER, at, content, deployed, epoch, small

DAY = 86_400


def limited(**limits: Any) -> SplunkSettings:
    """Return settings whose user has a role with these limits."""
    return SplunkSettings(users=(replace(HUNTER, role=Role(**limits)),))


def test_earliest_is_inside_and_latest_is_not(tmp_path: Path) -> None:
    """To the millisecond, as epoch or as ISO with a zone [S15]."""
    store = Store()
    moment = at("2023-02-01T10:00:00.500")
    store.add(INDEX, plant((moment - 1, moment, moment + 1), FIELDS))
    with deployed(tmp_path, store) as there:
        times = [
            ("1675245600.500", "1675245600.501"),
            ("2023-02-01T10:00:00.500+00:00", "2023-02-01T11:00:00.501+01:00"),
            ("2023-02-01T10:00:00.500Z", "2023-02-01T10:00:00.501Z"),
        ]
        for earliest, latest in times:
            rows = there.rows(earliest_time=earliest, latest_time=latest)
            assert ["2023-02-01T10:00:00.500+00:00"] == [row["_time"] for row in rows]


def test_a_job_tells_the_time_it_searched(tmp_path: Path) -> None:
    """Whole seconds as a number, fractions as text (seen)."""
    with deployed(tmp_path) as there:
        there.job(id="a", earliest_time="1675245600", latest_time="1675249200.5")
        said = there.http("GET", "/services/search/v2/jobs/a")[2]["entry"][0]["content"]
    assert (1_675_245_600, "1675249200.5") == (said["searchEarliestTime"], said["searchLatestTime"])


def test_a_time_in_the_text_stands_in_place_of_the_jobs_own(tmp_path: Path) -> None:
    """And a message says so."""
    with deployed(tmp_path) as there:
        made = there.job(f"{ALL} earliest=1677628800", earliest_time="1675209600", latest_time="1680307200")
        told = content(made)
    assert ("31", "1677628800") == (told["eventCount"], told["searchEarliestTime"])
    assert "timerange was substituted" in told["messages"]["info"][0]


def test_arrival_has_a_time_of_its_own(tmp_path: Path) -> None:
    """Late data is found by it, as an argument and in the text (1.3)."""
    store = small()
    store.add(INDEX, plant([at("2023-01-15")], OTHER, latency=60 * DAY))
    with deployed(tmp_path, store) as there:
        late = int(epoch("2023-03-16"))
        rows = there.rows(index_earliest=late, index_latest=late + 1)
        assert ["WS-2"] == [row["host"] for row in rows]
        assert rows == there.rows(f"{ALL} _index_earliest={late} _index_latest={late + 1}")


def test_a_window_of_a_role_narrows_without_a_word(tmp_path: Path) -> None:
    """Only the times the job tells differ from those asked for (1.3)."""
    with deployed(tmp_path, None, limited(window=7 * DAY)) as there:
        told = content(there.job(earliest_time=epoch("2023-01-01"), latest_time=epoch("2023-04-01")))
    assert ("7", str(int(epoch("2023-03-25")))) == (told["eventCount"], told["searchEarliestTime"])
    assert {} == told["messages"]


def test_a_role_may_reach_back_only_so_far(tmp_path: Path) -> None:
    """Again without a word."""
    with deployed(tmp_path, None, limited(earliest=DAY)) as there:
        told = content(there.job(f"{ALL} earliest=1"))
    assert "0" == told["eventCount"]
    assert float(told["searchEarliestTime"]) > epoch("2026-01-01")


def test_a_limit_of_an_imported_role_holds_where_the_role_says_none(tmp_path: Path) -> None:
    """So the role's own fields do not tell; 0 is no limit at all (authorize.conf.spec: srchTimeWin)."""
    narrow = Role(name="narrow", window=7 * DAY, indexes=("sys*",), jobs=9)
    for own, count in ((-1, "7"), (0, "90")):
        settings = limited(name="wide", window=own, indexes=(), imports=(narrow,))
        with deployed(tmp_path / str(own), None, settings) as there:
            told = content(there.job(earliest_time=epoch("2023-01-01"), latest_time=epoch("2023-04-01")))
            role = there.service.roles["wide"]
        assert (count, str(own), str(7 * DAY)) == (
            told["eventCount"],
            role["srchTimeWin"],
            role["imported_srchTimeWin"],
        )
        assert ("3", "9", "narrow") == (
            role["srchJobsQuota"],
            role["imported_srchJobsQuota"],
            role["imported_roles"][0],
        )


def test_filters_of_several_roles_are_joined_by_or(tmp_path: Path) -> None:
    """And a star is none (authorize.conf.spec: srchFilter)."""
    store = small()
    store.add(INDEX, plant([at("2023-01-15")], OTHER))
    one, other = Role(name="one", filter="host=WS-2"), Role(name="other", filter="host=WS-3")
    for imports, count in ((one,), 1), ((one, other), 1), ((one, replace(other, filter="*")), 91):
        with deployed(tmp_path / str(len(imports)), store, limited(imports=imports)) as there:
            assert count == len(there.rows())


def test_a_filter_of_a_role_leaves_events_out_without_a_word(tmp_path: Path) -> None:
    """In searches and in counts."""
    store = small()
    store.add(INDEX, plant([at("2023-01-15")], OTHER))
    with deployed(tmp_path, store, limited(filter="host=WS-2")) as there:
        assert ["WS-2"] == [row["host"] for row in there.rows()]
        assert [{"count": "1"}] == there.rows("| tstats count where index=*")


def test_only_the_roles_indexes_are_seen(tmp_path: Path) -> None:
    """Others look as if there were none: in searches, counts and lists."""
    store = small()
    store.add("secret", plant([at("2023-01-15")], OTHER))
    store.add("_audit", plant([at("2023-01-15")], OTHER))
    with deployed(tmp_path, store, limited(indexes=("sys*",))) as there:
        assert ([], []) == (there.rows("search index=secret"), there.rows("search index=_audit"))
        assert 90 == len(there.rows("search index=*"))
        assert [INDEX] == [row["index"] for row in there.rows("| tstats count where index=* by index")]
        assert [INDEX] == [one.name for one in there.service.indexes.list()]


def test_a_star_stands_for_no_internal_index(tmp_path: Path) -> None:
    """They are named with their underscore (docs: srchIndexesAllowed)."""
    store = small()
    store.add("_audit", plant([at("2023-01-15")], OTHER))
    with deployed(tmp_path, store, limited(indexes=("*", "_*"))) as there:
        assert (90, 1) == (len(there.rows("search index=*")), len(there.rows("search index=_*")))


def test_without_an_index_the_default_ones_are_searched(tmp_path: Path) -> None:
    """Which finds nothing where the events lie elsewhere, and says nothing of it."""
    with deployed(tmp_path / "a") as there:
        told = content(there.job("search EventCode=1"))
        assert ("0", {}) == (told["eventCount"], told["messages"])
        assert [{"count": "0"}] == there.rows("| tstats count")
    with deployed(tmp_path / "b", None, limited(default_indexes=("main", INDEX))) as there:
        assert 90 == len(there.rows("search EventCode=1"))


def test_counts_by_day_and_host_add_up(tmp_path: Path) -> None:
    """Coverage: cheap, and true to the time range (1.3)."""
    store = small()
    store.add(INDEX, plant(burst(5, at("2023-01-15T23:59:59.999")), OTHER))
    with deployed(tmp_path, store) as there:
        rows = there.rows(
            "| tstats count where index=* by index, sourcetype, host, _time span=1d",
            earliest_time=epoch("2023-01-15"), latest_time=epoch("2023-01-17"),
        )  # fmt: skip
    told = [(row["host"], row["_time"][:10], row["count"]) for row in rows]
    assert [("WS-1", "2023-01-15", "1"), ("WS-1", "2023-01-16", "1"), ("WS-2", "2023-01-15", "5")] == told


def test_tstats_sees_indexed_fields_only(tmp_path: Path) -> None:
    """A field that search extracts is not there: nothing matches, and there are no groups (1.3)."""
    with deployed(tmp_path) as there:
        assert [{"count": "0"}] == there.rows("| tstats count where index=* EventCode=1")
        assert [] == there.rows("| tstats count where index=* by EventCode")
        assert [{"count": "90"}] == there.rows("| tstats count where index=* source=*Sysmon*")


def test_buckets_tell_where_events_lie(tmp_path: Path) -> None:
    """Their times and counts, and the id every event of theirs bears."""
    with deployed(tmp_path) as there:
        buckets = there.rows("| dbinspect index=*")
        rows = there.rows()
    assert 6 == len(buckets)
    assert 90 == sum(int(one["eventCount"]) for one in buckets)
    assert {one["bucketId"] for one in buckets} == {row["_bkt"] for row in rows}


def test_an_event_is_told_from_all_others_by_bucket_and_address(tmp_path: Path) -> None:
    """Also among those of one moment with one text, and the same in every search."""
    store = Store()
    for _ in range(2):
        store.add(INDEX, plant(burst(500, at("2023-02-01")), FIELDS))
    with deployed(tmp_path, store) as there:
        first, again = ([(row["_bkt"], row["_cd"]) for row in there.rows()] for _ in range(2))
    assert 1_000 == len(set(first))
    assert first == again


def test_metadata_knows_first_and_last_and_no_gaps(tmp_path: Path) -> None:
    """It looks at whole buckets, whatever the time (1.3)."""
    with deployed(tmp_path) as there:
        (row,) = there.rows(
            "| metadata type=hosts index=*", earliest_time=epoch("2023-02-10"), latest_time=epoch("2023-02-11")
        )
    assert ("WS-1", "28", "hosts") == (row["host"], row["totalCount"], row["type"])


def test_eventcount_ignores_the_time(tmp_path: Path) -> None:
    """[S17]."""
    with deployed(tmp_path) as there:
        assert [{"count": "90"}] == there.rows("| eventcount index=*", earliest_time=epoch("2026-01-01"))
        rows = there.rows("| eventcount summarize=false index=*")
        assert [("45", "idx1"), ("45", "idx2")] == [(row["count"], row["server"]) for row in rows]


def test_frozen_buckets_are_gone_and_only_the_settings_tell(tmp_path: Path) -> None:
    """The first time of the index moves; whether anything was archived stands in its settings (1.3)."""
    store = small()
    store.keep(INDEX, Keeping(archiving=True, frozen_dir="/frozen"))
    assert 31 == store.freeze(INDEX, epoch("2023-02-01"))
    with deployed(tmp_path, store) as there:
        told = content(there.job(latest_time=epoch("2023-02-01")))
        assert ("0", {}) == (told["eventCount"], told["messages"])
        index = there.service.indexes[INDEX]
        assert ("2023-02-01T00:00:00+0000", "59") == (index["minTime"], index["totalEventCount"])
        assert ("1", "/frozen", "188697600") == (
            index["archiver.enableDataArchive"], index["coldToFrozenDir"], index["frozenTimePeriodInSecs"],
        )  # fmt: skip


def test_a_disabled_index_is_not_searched(tmp_path: Path) -> None:
    """It is listed, though."""
    store = small()
    store.keep(INDEX, Keeping(disabled=True))
    with deployed(tmp_path, store) as there:
        assert [] == there.rows()
        assert "1" == there.service.indexes[INDEX]["disabled"]


def test_a_list_of_indexes_has_thirty_unless_asked_for_more(tmp_path: Path) -> None:
    """(docs: pagination parameters)."""
    store = Store()
    for turn in range(40):
        store.add(f"i{turn:02}", plant([at("2023-01-15")], FIELDS))
    with deployed(tmp_path, store) as there:
        path = "/services/data/indexes"
        listed = [len(said[2]["entry"]) for said in (there.http("GET", path), there.http("GET", path, count=0))]
    assert [30, 40] == listed


@pytest.mark.parametrize(("valid", "found"), [(True, 1), (False, 0)])
def test_a_provider_that_lost_its_heartbeats_is_passed_over(tmp_path: Path, valid: bool, found: int) -> None:
    """Nothing in the job tells [S21]; the list of providers does."""
    store = small()
    store.add("federated:branch", plant([at("2023-01-15")], OTHER))
    settings = replace(
        limited(indexes=("*", "federated:*")), providers=(Provider("branch-sh", ("federated:branch",), valid=valid),)
    )
    with deployed(tmp_path, store, settings) as there:
        told = content(there.job("search index=federated:branch"))
        said = there.http("GET", "/services/data/federated/provider")[2]["entry"][0]["content"]["connectivityStatus"]
    assert (str(found), {}) == (told["eventCount"], told["messages"])
    assert ("valid" if valid else "invalid") == said


def test_the_setting_that_hides_lost_peers_can_be_read_by_a_search(tmp_path: Path) -> None:
    """By the rest command (1.3)."""
    text = "| rest /services/properties/limits/search/search_retry"
    with deployed(tmp_path / "a", None, SplunkSettings(search_retry=True)) as there:
        assert ["true"] == [row["value"] for row in there.rows(text)]
    with deployed(tmp_path / "b", None, limited(capabilities=frozenset({"search"}))) as there:
        assert "FAILED" == content(there.job(text))["dispatchState"]


def test_a_subsearch_narrows_a_search(tmp_path: Path) -> None:
    """It reads by its own index and within the same time."""
    store = small()
    store.add("list", plant([at("2023-01-15")], {**OTHER, "host": "WS-1"}))
    with deployed(tmp_path, store) as there:
        assert 90 == len(there.rows(f"{ALL} [search index=list | fields host]"))


def test_a_text_is_parsed_without_being_run(tmp_path: Path) -> None:
    """v2 by POST, and refused with the reason [L1: Service.parse]."""
    with deployed(tmp_path) as there:
        status, _, said = there.http("POST", "/services/search/v2/parser", q=f"{ALL} | stats count by host")
        refused = there.http("POST", "/services/search/v2/parser", q=f"{ALL} | nosuch")
    assert (200, ["search", "stats"]) == (status, [one["command"] for one in said["commands"]])
    assert (400, "FATAL") == (refused[0], refused[2]["messages"][0]["type"])


def test_a_flood_is_worked_out_in_seconds(tmp_path: Path) -> None:
    """60,000 events in one second among 100,000: the second alone is looked at."""
    store = Store()
    store.add(INDEX, plant(spread(40_000, at("2022-12-01"), at("2026-11-23")), FIELDS))
    store.add(INDEX, plant(burst(60_000, at("2025-01-01T12:00:00")), FIELDS))
    with deployed(tmp_path, store) as there:
        told = content(
            there.job(
                earliest_time=epoch("2025-01-01T12:00:00"), latest_time=epoch("2025-01-01T12:00:01"), max_count=50_001
            )
        )
    assert ("60000", "50001", "50001") == (told["eventCount"], told["eventAvailableCount"], told["resultCount"])
