"""Bad input: a clear error or an honest verdict, a stable exit code, nothing lost."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from journeys.cli import beacon, hunt, huntline, lookup, report, write_lines


def stores(document: dict[str, object]) -> dict[str, dict[str, object]]:
    customers = document["cases"]
    assert isinstance(customers, list)
    return {store["title"]: store for store in customers[0]["stores"]}


def events(document: dict[str, object]) -> list[str]:
    customers = document["cases"]
    assert isinstance(customers, list)
    return sorted(hit["event"] for hit in customers[0]["hits"])


def test_a_folder_without_logs_is_an_error_with_the_next_step(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ended = hunt(tmp_path / "empty", tmp_path)

    assert (2, True, True) == (ended.code, "log" in ended.err, "next:" in ended.err)


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    ended = hunt(tmp_path / "nowhere", tmp_path)

    assert (2, True) == (ended.code, "nowhere" in ended.err)


def test_lines_that_are_no_json_are_counted_exactly_and_the_rest_is_hunted(tmp_path: Path) -> None:
    """Invalid UTF-8 and lone surrogates are mended, broken JSON is counted."""
    lines = [json.dumps(lookup(n)).encode() for n in range(50)]
    lines[7] = b'{"EventID": 22, "Chan'
    lines[9] = b"not json at all"
    lines[11] = json.dumps(beacon(1)).encode().replace(b"203.0.113.7", b"\xff\xfe")
    lines[13] = json.dumps(beacon(2)).encode().replace(b"203.0.113.7", b"\\ud800")
    path = tmp_path / "logs" / "a.ndjson"
    path.parent.mkdir()
    path.write_bytes(b"\n".join(lines) + b"\n")
    ended = hunt(path.parent, tmp_path)
    document = report(tmp_path)

    assert (3, 2, 2, "partial") == (
        ended.code,
        len(events(document)),
        stores(document)["a.ndjson"]["unreadable"],
        stores(document)["a.ndjson"]["state"],
    )


def test_values_of_other_types_do_not_hide_a_hit(tmp_path: Path) -> None:
    """Numbers as text, text as lists, objects where text is expected."""
    odd = [
        beacon(1, EventID="22"),
        beacon(2, QueryName=["akamaitechcloudservices.com"]),
        lookup(3, Image={"path": "x"}, QueryName=None),
        lookup(4, QueryName=17),
        lookup(5, **{"@timestamp": 12}),
    ]
    write_lines(tmp_path / "logs" / "a.ndjson", odd)
    hunt(tmp_path / "logs", tmp_path)

    assert 2 == len(events(report(tmp_path)))


@pytest.mark.parametrize(
    "moment", ["1601-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "2023-03-21T10:00:00", "never", None]
)
def test_a_hit_without_a_believable_time_is_still_a_hit(tmp_path: Path, moment: str | None) -> None:
    """Naive time stamps are not guessed, and nothing is filtered by a date nobody believes."""
    write_lines(tmp_path / "logs" / "a.ndjson", [lookup(0), beacon(1, **{"@timestamp": moment, "UtcTime": moment})])
    ended = hunt(tmp_path / "logs", tmp_path)

    assert (3, 1) == (ended.code, len(events(report(tmp_path))))


def test_the_same_file_twice_is_hunted_once(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "logs" / "a.ndjson", [lookup(0), beacon(1)])
    shutil.copy(path, path.with_name("b.ndjson"))
    hunt(path.parent, tmp_path)
    document = report(tmp_path)
    coverage = [c for c in document["cases"][0]["coverage"] if c["logsource"].endswith("dns_query/*")]

    assert (1, 2) == (len(events(document)), sum(c["events"] for c in coverage))


def test_a_file_that_grew_is_hunted_again_and_its_hits_stay_one(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "logs" / "a.ndjson", [lookup(0), beacon(1)])
    first = hunt(path.parent, tmp_path)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(beacon(2)) + "\n")
    second = hunt(path.parent, tmp_path)
    third = hunt(path.parent, tmp_path)
    document = report(tmp_path)

    assert ([3, 3, 4], 2, ["a.ndjson"]) == (
        [first.code, second.code, third.code],
        len(events(document)),
        list(stores(document)),
    )


def test_a_truncated_gzip_is_hunted_as_far_as_it_goes_and_told(tmp_path: Path) -> None:
    whole = "".join(json.dumps(e) + "\n" for e in [beacon(1), *(lookup(n) for n in range(5000))])
    packed = gzip.compress(whole.encode(), mtime=0)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.ndjson.gz").write_bytes(packed[: len(packed) // 2])
    ended = hunt(tmp_path / "logs", tmp_path)
    document = report(tmp_path)

    assert (3, 1, "partial") == (ended.code, len(events(document)), stores(document)["a.ndjson.gz"]["state"])


def test_a_rule_with_an_unknown_modifier_is_named_and_hides_no_other(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    good = "title: T\nid: 2a1cb7b6-3e0e-4c6e-9d0c-8f0c4c9a5a11\nlevel: high\nlogsource: {category: dns_query, product: windows}\n"
    (pack / "good.yml").write_text(good + "detection:\n  s:\n    QueryName|contains: akamai\n  condition: s\n")
    bad = good.replace("2a1c", "3b2d")
    (pack / "bad.yml").write_text(bad + "detection:\n  s:\n    QueryName|sounds_like: akamai\n  condition: s\n")
    write_lines(tmp_path / "logs" / "a.ndjson", [beacon(1)])
    ended = hunt(tmp_path / "logs", tmp_path, "--pack", str(pack))
    linted = huntline("packs", "lint", pack, cwd=tmp_path)

    assert (3, True, 1, True) == (ended.code, "bad.yml:" in ended.err, linted.code, "sounds_like" in linted.out)


def test_a_broken_pack_yml_is_told_with_file_line_and_key(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "pack.yml").write_text("id: x\ntitle: X\nstages:\n  - {id: a, title: A, answer: Seen, colour: red}\n")
    write_lines(tmp_path / "logs" / "a.ndjson", [beacon(1)])
    ended = hunt(tmp_path / "logs", tmp_path, "--pack", str(pack))

    assert (2, True, True) == (ended.code, "pack.yml:4" in ended.err, "colour" in ended.err)


def test_a_read_only_ledger_folder_is_told_before_anything_is_searched(tmp_path: Path) -> None:
    write_lines(tmp_path / "logs" / "a.ndjson", [beacon(1)])
    locked = tmp_path / "locked"
    locked.mkdir()
    with read_only(locked):
        ended = hunt(tmp_path / "logs", tmp_path, "--ledger", str(locked / "l.sqlite"))

    assert (1, True, True, False) == (
        ended.code,
        "ledger" in ended.err,
        "next:" in ended.err,
        "rows" in ended.err,
    )


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nothing can be written below `folder`; root needs a mount for that, since it may write anywhere."""
    if os.geteuid() != 0:
        folder.chmod(0o555)
        yield
        folder.chmod(0o755)
        return
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "ro", "none", folder], capture_output=True, check=False
    ).returncode:
        pytest.skip("root may write anywhere, and this root may not mount a read-only file system")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full or a small tmpfs, which only Linux has")
def test_a_full_disk_is_told_and_nothing_recorded_is_lost(tmp_path: Path) -> None:
    """SQLite on a file system without room; the next run with room goes on."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("this user may not mount a tmpfs to fill")
    try:
        write_lines(tmp_path / "logs" / "a.ndjson", [beacon(n) for n in range(300)])
        full = hunt(tmp_path / "logs", tmp_path, "--ledger", str(disk / "l.sqlite"))
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        again = hunt(tmp_path / "logs", tmp_path, "--ledger", str(disk / "l.sqlite"))
    finally:
        subprocess.run(["umount", disk], check=True)

    assert (1, True, 3) == (full.code, "disk" in full.err, again.code)


def test_no_input_at_all_is_wrong_usage(tmp_path: Path) -> None:
    assert 2 == huntline("hunt", cwd=tmp_path).code


def test_a_window_that_ends_before_it_starts_is_wrong_usage(tmp_path: Path) -> None:
    ended = huntline("hunt", "--logs", tmp_path, "--since", "2023-05-01", "--until", "2023-04-01", cwd=tmp_path)

    assert (2, True) == (ended.code, "2023-05-01" in ended.err)


def test_a_report_without_a_ledger_says_what_to_do(tmp_path: Path) -> None:
    ended = huntline("report", "--out", "r", cwd=tmp_path)

    assert (1, True) == (ended.code, "huntline hunt" in ended.err)


def test_the_clock_is_only_the_end_of_the_window(tmp_path: Path) -> None:
    """Without --until a hunt ends at the last full hour, and says so in the report."""
    write_lines(tmp_path / "logs" / "a.ndjson", [lookup(0)])
    huntline("hunt", "--logs", tmp_path / "logs", cwd=tmp_path)
    until = datetime.fromisoformat(report(tmp_path)["cases"][0]["wanted"]["end"])

    assert (0, 0) == (until.minute, until.second)
    assert until <= datetime.now(UTC)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_the_ledger_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    """It holds raw log lines."""
    write_lines(tmp_path / "logs" / "a.ndjson", [beacon(1)])
    hunt(tmp_path / "logs", tmp_path)

    assert 0o600 == (tmp_path / "huntline-ledger.sqlite").stat().st_mode & 0o777
