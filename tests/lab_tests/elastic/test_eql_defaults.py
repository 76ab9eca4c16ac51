"""Laws of EQL's defaults: each loses hits unless a hunter says otherwise, so each must be there to be caught."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.elastic.documents import document
from lab.elastic.plant import plant, spread
from lab.elastic.settings import ElasticSettings
from lab_tests.elastic.served import MAPPING, OTHER, RUN, STREAM, at, cluster, crowd, holding, ids, small


def test_ten_events_come_and_they_are_the_newest_in_ascending_order(tmp_path: Path) -> None:
    """size 10 and result_position tail are the published defaults (2.3); ascending whichever end they are from."""
    with cluster(tmp_path) as there:
        found = there.client.eql.search(index=STREAM, query="any where true")

    assert [f"m2-{turn}" for turn in range(20, 30)] == ids(found)


def test_head_gives_the_oldest_and_the_total_tells_the_rest(tmp_path: Path) -> None:
    """The total is the only sign that ten were not all."""
    with cluster(tmp_path) as there:
        found = there.client.eql.search(index=STREAM, query="any where true", result_position="head", size=3)

    assert (["m0-0", "m0-1", "m0-2"], {"value": 90, "relation": "eq"}) == (ids(found), found["hits"]["total"])


def test_a_total_over_ten_thousand_is_a_lower_bound(tmp_path: Path) -> None:
    """`gte` must not be read as a count (2.3)."""
    with cluster(tmp_path, crowd(10_001)) as there:
        assert {"value": 10_000, "relation": "gte"} == there.eql()[2]["hits"]["total"]


@pytest.mark.parametrize(("size", "status"), [(10_000, 200), (10_001, 400), (0, 400)])
def test_size_ends_at_the_result_window(size: int, status: int, tmp_path: Path) -> None:
    """No search_after and no from in EQL: a window with more than that must be split (2.3)."""
    with cluster(tmp_path) as there:
        assert status == there.eql(size=size)[0]


def test_the_window_is_a_setting_of_the_index_not_a_constant(tmp_path: Path) -> None:
    """A hunter learns the limit from the refusal or the settings, never from a test."""
    with cluster(tmp_path, small(), ElasticSettings(max_result_window=50)) as there:
        status, _, body = there.eql(size=51)

    assert 400 == status
    assert body["error"]["reason"].endswith("less than or equal to: [50] but was [51]")


def test_pipes_do_not_reach_beyond_size(tmp_path: Path) -> None:
    """`| head 50` of a rule does not lift the default of ten (docs)."""
    with cluster(tmp_path) as there:
        found = there.eql("any where true | head 50", result_position="head")[2]

    assert [f"m0-{turn}" for turn in range(10)] == ids(found)


def test_pipes_choose_within_size(tmp_path: Path) -> None:
    """In the order of the text."""
    with cluster(tmp_path) as there:
        found = ids(there.eql("any where true | head 3 | tail 2")[2])

    assert ["m0-1", "m0-2"] == found


def test_a_missing_name_falls_away_without_a_word(tmp_path: Path) -> None:
    """ignore_unavailable is true by default: a mistyped or deleted stream looks searched (2.3)."""
    with cluster(tmp_path) as there:
        silent = there.eql(target=f"{STREAM},logs-gone-default")
        strict = there.eql(target=f"{STREAM},logs-gone-default", q_ignore_unavailable="false")

    assert (200, 90) == (silent[0], silent[2]["hits"]["total"]["value"])
    assert (404, "index_not_found_exception") == (strict[0], strict[2]["error"]["type"])


@pytest.mark.parametrize(("version", "status"), [("8.19.3", 404), ("9.1.0", 200)])
def test_missing_targets_only_are_an_error_in_8_and_an_empty_answer_in_9(
    version: str, status: int, tmp_path: Path
) -> None:
    """The two published texts differ (2.3), so a hunter must resolve before it searches."""
    with cluster(tmp_path, small(), ElasticSettings(version=version)) as there:
        answered = there.eql(target="logs-gone-*")

    assert status == answered[0]
    assert status == 404 or ids(answered[2]) == []


def test_without_allow_no_indices_one_empty_pattern_fails_all(tmp_path: Path) -> None:
    """A rule over several patterns would fail for the one that is not collected here (2.3)."""
    with cluster(tmp_path) as there:
        assert 200 == there.eql(target="logs-made*,logs-gone-*")[0]
        assert 404 == there.eql(target="logs-made*,logs-gone-*", q_allow_no_indices="false")[0]


def test_bounds_are_milliseconds_and_half_open_if_asked_so(tmp_path: Path) -> None:
    """Neighbouring windows must share no event: gte and lt decide, to the millisecond."""
    edge = at("2023-03-10T12:00:00")
    store = holding(*plant([edge - 1, edge, edge + 1], RUN, MAPPING))
    with cluster(tmp_path, store) as there:
        before, after = (
            there.eql(filter={"range": {"@timestamp": {sign: edge, "format": "epoch_millis"}}})[2]
            for sign in ("lt", "gte")
        )

    assert (["planted-0"], ["planted-1", "planted-2"]) == (ids(before), ids(after))


def test_events_of_one_millisecond_come_in_no_order_without_a_tiebreaker(tmp_path: Path) -> None:
    """Sorting is in milliseconds (2.3): who pages by what came last loses and doubles."""
    with cluster(tmp_path, crowd(50)) as there:
        first, again = (ids(there.eql(size=20, result_position="head")[2]) for _ in range(2))

    assert first != again


def test_a_tiebreaker_orders_events_of_one_millisecond(tmp_path: Path) -> None:
    """The same field gives the same order, from either end."""
    moment = at("2023-03-10T12:00:00")
    rows = [RUN | {"_id": f"t{turn}", "@timestamp": moment, "process.pid": 100 - turn} for turn in range(50)]
    with cluster(tmp_path, holding(*(document(row, MAPPING) for row in rows))) as there:
        head = ids(there.eql(size=3, result_position="head", tiebreaker_field="process.pid")[2])
        tail = ids(there.eql(size=3, tiebreaker_field="process.pid")[2])

    assert (["t49", "t48", "t47"], ["t2", "t1", "t0"]) == (head, tail)


def test_a_crowded_millisecond_is_emptied_by_leaving_out_what_came(tmp_path: Path) -> None:
    """12,000 events in 1 ms: the floor of splitting, where ids are excluded (2.3)."""
    with cluster(tmp_path, crowd(12_000)) as there:
        first = ids(there.eql(size=10_000)[2])
        without = {"bool": {"must_not": {"ids": {"values": first}}}}
        rest = ids(there.eql(size=10_000, filter=without)[2])

    assert (10_000, 2_000, 12_000) == (len(first), len(rest), len({*first, *rest}))


def test_the_sequence_is_refused_by_name(tmp_path: Path) -> None:
    """The lab runs no sequences, and says so rather than answering none."""
    with cluster(tmp_path) as there:
        status, _, body = there.eql("sequence [any where true] [any where true]")

    assert (400, "lab_unsupported_exception") == (status, body["error"]["type"])


@pytest.mark.parametrize("count", [0, 9, 10, 11, 9_999, 10_000])
def test_a_window_of_any_size_is_whole_at_its_size(count: int, tmp_path: Path) -> None:
    """The borders of size 10 and of the window: none may be off by one."""
    store = holding(*plant([at("2023-03-01")], OTHER, MAPPING, name="other"), *plant(
        spread(count, at("2023-03-02"), at("2023-03-03")), RUN, MAPPING,
    ))  # fmt: skip
    with cluster(tmp_path, store) as there:
        found = there.eql('process where process.name == "a.exe"', size=10_000)[2]

    assert (count, count) == (len(set(ids(found))), found["hits"]["total"]["value"])
