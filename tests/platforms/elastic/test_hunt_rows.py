"""Laws of rows: what Elasticsearch sends becomes what the matcher reads, whatever the document's spelling."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from huntline.translate.bearing import Shape
from huntline.translate.compiler import SourceCompiler
from huntline_elastic.plugin import PLATFORM
from huntline_elastic.rows import row_of, stream_of

BACKING = ".ds-logs-endpoint.events.file-default-2023.03.01-000007"


def shape(*names: str, scope: str = "elastic-defend-process") -> Shape:
    compiler = PLATFORM.compiler({})
    assert isinstance(compiler, SourceCompiler)
    return Shape(compiler.bounds[scope], names, everything=False)


def event(source: dict[str, Any], **fields: list[Any]) -> dict[str, Any]:
    return {
        "_index": BACKING,
        "_id": "a1",
        "_source": source,
        "fields": {"@timestamp": ["2023-03-29T10:00:00.123Z"], **fields},
    }


@pytest.mark.parametrize(
    "index",
    [
        BACKING,
        f"restored-{BACKING}",
        f"partial-{BACKING}",
        f"partial-restored-{BACKING}",
        f"shrink-ab1x-{BACKING}",
        f"eu:partial-{BACKING}",
        ".ds-logs-endpoint.events.file-default-000007",
        BACKING.replace(".ds-", ".migrated-ds-"),
    ],
)
def test_an_index_may_move_and_its_events_keep_their_stream(index: str) -> None:
    """The name of a mounted, shrunk or upgraded index is another one; the event is the same."""
    assert "logs-endpoint.events.file-default" == stream_of(index)


def test_a_plain_index_is_its_own_stream() -> None:
    assert "winlogbeat-7.17-2023.03" == stream_of("restored-winlogbeat-7.17-2023.03")


@pytest.mark.parametrize(
    "source",
    [
        {"process": {"parent": {"executable": "x"}}},
        {"process.parent.executable": "x"},
        {"process.parent": {"executable": "x"}},
        {"process": {"parent.executable": "x"}},
        {"process": [{"pid": 1}, {"parent": {"executable": ["x"]}}]},
    ],
)
def test_a_document_may_be_dotted_or_nested(source: dict[str, Any]) -> None:
    """Both are the same to Elasticsearch, and stay in _source as they were sent."""
    row = row_of(event(source), shape("process.parent.executable"))

    assert {"process.parent.executable": ("x",)} == row.fields


def test_what_the_mapping_says_comes_before_what_was_sent() -> None:
    """A constant_keyword is in no document, and a number may have been sent as text."""
    row = row_of(event({"a": "07"}, a=[7], b=["endpoint"]), shape("a", "b"))

    assert {"a": ("7",), "b": ("endpoint",)} == row.fields


def test_a_text_too_long_to_be_indexed_is_read_from_the_document() -> None:
    row = row_of(event({"a": "x" * 5000}), shape("a"))

    assert ("x" * 5000,) == row.fields["a"]


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ([True], ("true",)),
        ([443], ("443",)),
        ([443.0], ("443",)),
        ([1.5], ("1.5",)),
        (["a", "b"], ("a", "b")),
        ([None], None),
    ],
)
def test_values_become_text_as_sigma_compares_it(sent: list[Any], read: tuple[str, ...] | None) -> None:
    assert read == row_of(event({}, a=sent), shape("a")).fields.get("a")


def test_an_empty_text_is_absent_where_the_source_cannot_tell_them_apart() -> None:
    """The pipeline of Sysmon's events takes empty texts out; Defend's keeps them."""
    rows = [
        row_of(event({"a": ""}), shape("a", scope=scope)) for scope in ("winlogbeat-sysmon", "elastic-defend-process")
    ]

    assert [None, ("",)] == [row.fields.get("a") for row in rows]


def test_an_id_is_of_stream_document_and_time() -> None:
    row = row_of(event({}), shape())

    assert (
        "logs-endpoint.events.file-default/a1/1680084000123",
        datetime(2023, 3, 29, 10, 0, 0, 123000, tzinfo=UTC),
    ) == (
        row.id,
        row.time,
    )


def test_a_hosts_own_address_is_one_that_others_see() -> None:
    """host.ip lists every interface; a proxy's log never has the loopback's."""
    addresses = ["::1", "127.0.0.1", "fe80::1", "10.0.0.9", "172.17.0.1"]
    row = row_of(event({"host": {"ip": addresses}}), shape("host.ip"))

    assert "10.0.0.9" == row.entities["own_address"]
