"""What is readable of a damaged file is hunted, the rest is counted exactly, and nothing of it passes for whole."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from huntline.errors import ConfigError, Unreadable
from huntline.model.window import Window, day_window
from platforms.archive.hunting import WANTED, event, hunted, lines, parts, search

EVENTS = [
    event(n, "C:\\Temp\\evil.exe" if n % 5 == 0 else "C:\\good.exe", pad=f"{n * 7919 % 99991}") for n in range(3000)
]
TEXT = lines(EVENTS)
PACKED = {"gzip": gzip.compress(TEXT), "zstd": zstandard.compress(TEXT)}


def readable(container: str, cut: bytes) -> int:
    """Rows an independent reader gets out of a packed stream that ends too early."""
    if container == "gzip":
        text = zlib.decompressobj(31).decompress(cut)
    else:
        text = zstandard.ZstdDecompressor().decompressobj().decompress(cut)
    return text.count(b"\n") + (text.endswith(b"}") and not text.endswith(b"\n"))


@settings(max_examples=12, deadline=None)
@given(container=st.sampled_from(["gzip", "zstd"]), share=st.floats(0.02, 0.999))
def test_a_cut_file_gives_every_row_before_the_cut(
    tmp_path_factory: pytest.TempPathFactory, container: str, share: float
) -> None:
    path = tmp_path_factory.mktemp("cut") / "x"
    cut = PACKED[container][: int(len(PACKED[container]) * share)]
    path.write_bytes(cut)

    _, outcome = hunted(path)

    assert ("partial", "truncated", readable(container, cut)) == (outcome.end, outcome.reason, outcome.rows)


def test_a_cut_file_in_day_order_misses_only_what_follows_its_last_day(tmp_path: Path) -> None:
    ordered = gzip.compress(lines([event(n, pad=f"{n * 7919 % 99991}") for n in range(250)]))
    path = tmp_path / "x"
    path.write_bytes(ordered[:-400])
    page, outcome = hunted(path)

    (missing,) = outcome.tainted

    last = max(fact.day for fact in outcome.facts if hasattr(fact, "day") and fact.day)
    assert Window(day_window(last).start, WANTED.end) == missing
    assert () == page.rows


def test_lines_that_are_no_events_are_counted_exactly(tmp_path: Path) -> None:
    """Mended where a reader can make sense of them: bytes that are no UTF-8, lone surrogates, raw control characters."""
    lost = [b"not json", b"[1, 2]", b'"text"', b"null", b'{"Image": ', b"{", b"\xff\xfe\x00"]
    mended = [b'{"Image": "C:\\\\\xff\\\\evil.exe", "EventID": 1}', b'{"a": "\\ud800"}', b'{"a": "\x01"}']
    good = lines(EVENTS[:20]).splitlines()
    path = tmp_path / "x"
    path.write_bytes(b"\n".join([*good, *lost, b"", b"   ", *mended]) + b"\n")

    _, outcome = hunted(path)

    assert (len(lost), len(good) + len(mended)) == (outcome.unreadable, outcome.rows)
    assert ("partial", "unreadable_lines") == (outcome.end, outcome.reason)


def test_a_mended_line_is_still_a_hit(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(lines([event(1, "C:\\evil.exe")])[:-2] + b', "b": "\xff"}\n')

    page, _ = hunted(path)

    assert ["\ufffd"] == [json.loads(row.raw)["b"] for row in page.rows]


def test_a_line_too_long_is_counted_and_the_rest_is_hunted(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(lines([event(1, "C:\\evil.exe"), event(2, "x" * (40 << 20)), event(3, "C:\\evil.exe")]))

    page, outcome = hunted(path)

    assert (2, 1) == (len(page.rows), outcome.unreadable)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_hides_nothing(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(lines([event(1, "C:\\evil.exe"), event(2)]).decode().encode(encoding))

    page, outcome = hunted(path)

    assert (1, 2, 0) == (len(page.rows), outcome.rows, outcome.unreadable)


@pytest.mark.parametrize("raw", [b'{"a": ' * 5000 + b"1" + b"}" * 5000, b'"x": 1,}'])
def test_a_line_only_the_search_can_read_is_a_hit_all_the_same(tmp_path: Path, raw: bytes) -> None:
    """Nested too deep for Python's reader, or with a comma too many."""
    head = lines([event(1, "C:\\evil.exe")])[:-2]
    path = tmp_path / "x"
    path.write_bytes(head + b", " + (b'"deep": ' + raw + b"}" if raw.startswith(b"{") else raw) + b"\n")

    page, outcome = hunted(path)

    assert [("C:\\evil.exe",)] == [row.fields["Image"] for row in page.rows]
    assert 0 == outcome.unreadable


def test_a_damaged_middle_is_never_whole(tmp_path: Path) -> None:
    broken = bytearray(PACKED["gzip"])
    broken[len(broken) // 2] ^= 0xFF
    path = tmp_path / "x"
    path.write_bytes(broken)

    _, outcome = hunted(path)

    assert "partial" == outcome.end
    assert 0 < outcome.rows < len(EVENTS)


def test_a_file_that_grew_is_read_as_far_as_it_was_known(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(lines(EVENTS[:10]))
    (part,) = parts(path)
    with path.open("ab") as file:
        file.write(lines(EVENTS[10:30]))

    _, outcome = search(part)

    assert ("partial", "grew", 10) == (outcome.end, outcome.reason, outcome.rows)


def test_a_file_that_was_rewritten_is_not_hunted_under_its_old_name(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(lines(EVENTS[:10]))
    (part,) = parts(path)
    path.write_bytes(lines(EVENTS[10:40]))

    with pytest.raises(Unreadable, match="changed since it was found"):
        search(part)


@pytest.mark.parametrize(
    "name", ["a'b\".ndjson", "a\nb", "*?[x].json", "x;--", b"\xff\xfe".decode("utf-8", "surrogateescape")]
)
def test_a_hostile_name_is_only_a_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(lines([event(1, "C:\\evil.exe")]))

    page, outcome = hunted(tmp_path)

    assert (1, "whole") == (len(page.rows), outcome.end)


def test_the_same_content_twice_is_one_part_that_names_both(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(TEXT)

    (part,) = parts(tmp_path)

    assert ("a", "same content: b") == (part.title, part.words)


def test_a_folder_without_a_log_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "notes.pdf").write_bytes(b"%PDF-1.4")

    with pytest.raises(ConfigError, match="no log in"):
        parts(tmp_path)


def test_a_link_in_a_circle_is_walked_once(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(TEXT)
    (tmp_path / "loop").symlink_to(tmp_path)

    assert ["x"] == [part.title for part in parts(tmp_path)]


def test_a_link_out_of_the_folder_is_told_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "x").write_bytes(TEXT)
    (tmp_path / "secret").write_bytes(lines(EVENTS[:3]))
    (tmp_path / "logs" / "link").symlink_to(tmp_path / "secret")

    states = {part.title: part.state for part in parts(tmp_path / "logs")}

    assert {"x": "searchable", "link": "unreadable"} == states


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_told_as_denied(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(TEXT)
    path.chmod(0)

    assert ["denied"] == [part.state for part in parts(tmp_path)]


def test_a_damaged_file_larger_than_memory_set_aside_is_still_hunted_whole(tmp_path: Path) -> None:
    """DuckDB keeps what it reads from a pipe: a rescue hands the lines over in batches, and adds them up."""
    filler = lines([event(0, "C:\\" + "x" * 60_000)])
    path = tmp_path / "x"
    with path.open("wb") as file:
        for _ in range(5600):
            file.write(filler)
        file.write(b"broken\n" + lines([event(1, "C:\\evil.exe")]))

    page, outcome = hunted(path)

    assert (1, 5601, 1) == (len(page.rows), outcome.rows, outcome.unreadable)
