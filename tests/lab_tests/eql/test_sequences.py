"""Sequences and samples: keys, time, missing events, and one pending sequence per stage and key."""

from __future__ import annotations

from typing import Any

from lab.eql.run import sequences

SCHEMA = {"@timestamp": "date", "host.id": "keyword", "user.id": "keyword"}


def timeline(*events: tuple[str, int, str | None]) -> list[dict[str, Any]]:
    """Write events as (category, second, host); the id is the category with the second."""
    return [
        {"id": f"{category}{second}", "event.category": category, "@timestamp": second * 1000}
        | ({} if host is None else {"host.id": host})
        for category, second, host in events
    ]


def test_null_keys_join_only_where_the_field_is_optional() -> None:
    events = timeline(("a", 0, None), ("b", 1, None))

    assert [] == sequences("sequence by host.id [a where true] [b where true]", events, SCHEMA)
    assert [["a0", "b1"]] == sequences("sequence by ?host.id [a where true] [b where true]", events, SCHEMA)
    assert [["a0", "b1"]] == sequences("sequence by ?no.such [a where true] [b where true]", events, SCHEMA)


def test_each_key_has_its_own_sequence_and_time_orders_the_events() -> None:
    events = timeline(("b", 3, "x"), ("a", 0, "x"), ("a", 1, "y"), ("b", 2, "y"))

    assert [["a1", "b2"], ["a0", "b3"]] == sequences(
        "sequence by host.id [a where true] [b where true]", events, SCHEMA
    )


def test_maxspan_counts_from_the_first_event_and_includes_its_end() -> None:
    query = "sequence with maxspan=5s [a where true] [b where true] [c where true]"

    assert [["a0", "b3", "c5"]] == sequences(query, timeline(("a", 0, None), ("b", 3, None), ("c", 5, None)), SCHEMA)
    assert [] == sequences(query, timeline(("a", 0, None), ("b", 3, None), ("c", 6, None)), SCHEMA)


def test_until_ends_what_is_pending_for_its_key() -> None:
    query = "sequence by host.id [a where true] [b where true] until [c where true]"

    assert [] == sequences(query, timeline(("a", 0, "x"), ("c", 1, "x"), ("b", 2, "x")), SCHEMA)
    assert [["a0", "b2"]] == sequences(query, timeline(("a", 0, "x"), ("c", 1, "y"), ("b", 2, "x")), SCHEMA)


def test_runs_repeat_a_step_with_one_event_each() -> None:
    query = "sequence [a where true] [b where true] with runs=2"

    assert [["a0", "b1", "b2"]] == sequences(
        query, timeline(("a", 0, None), ("b", 1, None), ("b", 2, None), ("b", 3, None)), SCHEMA
    )


def test_an_event_that_is_there_breaks_a_missing_step() -> None:
    query = "sequence by host.id with maxspan=10s ![c where true] [a where true] ![c where true] [b where true]"

    assert [["a1", "b2"]] == sequences(query, timeline(("c", 0, "y"), ("a", 1, "x"), ("b", 2, "x")), SCHEMA)
    assert [] == sequences(query, timeline(("c", 0, "x"), ("a", 1, "x"), ("b", 2, "x")), SCHEMA)
    assert [] == sequences(query, timeline(("a", 1, "x"), ("c", 2, "x"), ("b", 3, "x")), SCHEMA)


def test_a_sample_takes_different_events_of_one_key_in_the_order_of_the_steps() -> None:
    events = timeline(("b", 0, "x"), ("a", 1, "x"), ("a", 2, "y"))

    assert [["a1", "b0"]] == sequences("sample by host.id [a where true] [b where true]", events, SCHEMA)
    assert [["b0", "a1"]] == sequences("sample by host.id [any where true] [any where true]", events, SCHEMA)
