"""The logs on disk hold what the truth says, line by line, and are byte-identical each time."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import zstandard
from evtx import PyEvtxParser

from lab.estate import HOLE, estate
from lab.events import Scene
from lab.tree import TRUNCATED, write_tree
from lab.truth import Sighting, hits, shown_to, stages


def thin() -> tuple[Scene, ...]:
    """Return all that is marked and a tenth of the noise: every file, in little time."""
    return tuple(scene for step, scene in enumerate(estate()) if scene.mark is not None or step % 10 == 0)


@pytest.fixture(scope="module")
def scenes() -> tuple[Scene, ...]:
    return thin()


@pytest.fixture(scope="module")
def tree(scenes: tuple[Scene, ...], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[Sighting, ...]]:
    out = tmp_path_factory.mktemp("tree")
    return out, write_tree(scenes, out)


def digests(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def rows(path: Path) -> list[Any]:
    """Read a log by other means than those that wrote it."""
    readers: dict[str, Callable[[Path], list[Any]]] = {
        ".gz": lambda file: [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()],
        ".zst": lambda file: [json.loads(line) for line in zstandard.decompress(file.read_bytes()).splitlines()],
        ".ndjson": lambda file: [json.loads(line) for line in file.read_bytes().splitlines()],
        ".evtx": lambda file: list(map(event_of, PyEvtxParser(str(file)).records_json())),
        ".parquet": table_rows,
    }
    return readers[path.suffix](path)


def event_of(record: Any) -> Any:
    return json.loads(record["data"])["Event"]


def table_rows(path: Path) -> list[Any]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows = connection.execute("SELECT to_json(t)::VARCHAR FROM read_parquet(?) AS t", [str(path)]).fetchall()
    return [json.loads(text) for (text,) in rows]


def test_the_same_scenes_are_the_same_bytes(
    scenes: tuple[Scene, ...], tree: tuple[Path, tuple[Sighting, ...]], tmp_path: Path
) -> None:
    """A file is known by its content: another byte would be hunted as another file."""
    out, sightings = tree

    again = write_tree(scenes, tmp_path)

    assert sightings == again
    assert digests(out) == digests(tmp_path)


def test_every_packing_an_archive_meets_is_there(tree: tuple[Path, tuple[Sighting, ...]]) -> None:
    """And nothing beside: a stray file would be counted as unreadable."""
    assert {".evtx", ".gz", ".ndjson", ".parquet", ".zst"} == {Path(file).suffix for file in digests(tree[0])}


def test_each_sighting_points_to_its_very_event(tree: tuple[Path, tuple[Sighting, ...]]) -> None:
    """The truth is by file and line; one line off and a journey compares the wrong events."""
    out, sightings = tree
    held = {file: rows(out / file) for file in sorted({one.file for one in sightings}) if file != TRUNCATED}
    for one in sightings:
        if one.file != TRUNCATED:
            text = repr(held[one.file][one.line - 1])

            assert any(spelling in text for spelling in spelt(one.time)), one


def spelt(time: datetime) -> tuple[str, ...]:
    """Return a time as the sources write it: to the second in ISO 8601 with T or space, or in epoch seconds."""
    seconds = time.isoformat(timespec="seconds")[:-6]
    return seconds, seconds.replace("T", " "), repr(round(time.timestamp(), 3))


def test_the_truncated_file_ends_early_and_hides_no_hit(tree: tuple[Path, tuple[Sighting, ...]]) -> None:
    """Its hunt must be partial; what a hunt must find has to be readable."""
    out, sightings = tree
    packed = (out / TRUNCATED).read_bytes()

    with pytest.raises(EOFError):
        gzip.decompress(packed)
    assert zlib.decompressobj(wbits=31).decompress(packed).count(b"\n") > 0
    assert TRUNCATED not in {one.file for one in hits(sightings)}


def test_flat_sysmon_never_fills_the_hashes_of_modules(tree: tuple[Path, tuple[Sighting, ...]]) -> None:
    """In no file of the source, or the detection would be blind on some days only."""
    files = [*(tree[0] / "windows/sysmon-beats").iterdir(), *(tree[0] / "windows/sysmon-nxlog").iterdir()]
    loads = [row for file in files for row in rows(file) if row["EventID"] == 7]

    assert loads
    assert all("Hashes" not in row for row in loads)


def test_the_proxy_kept_nothing_for_two_weeks(tree: tuple[Path, tuple[Sighting, ...]]) -> None:
    """The hole is in the source, not in one host."""
    days = {row["@timestamp"][:10] for row in rows(tree[0] / "network/proxy/2023-02.ndjson.zst")}

    assert f"{HOLE[0]:%Y-%m-%d}" == "2023-02-01"
    assert days == {f"2023-02-{day:02}" for day in range(15, 29)}


def test_every_first_detection_has_something_to_find(tree: tuple[Path, tuple[Sighting, ...]]) -> None:
    """The twelve first numbers of the plan, each on the estate."""
    found = {number for one in hits(tree[1]) for number in one.detections}

    assert found == {5, 6, 10, 11, 12, 13, 14, 15, 17, 20, 22, 24}


def test_hits_are_storylines_and_research_and_never_near_misses(tree: tuple[Path, tuple[Sighting, ...]]) -> None:
    """What a hunt finds beyond these is a false positive."""
    found = hits(tree[1])

    assert {"story", "research"} == {one.mark.kind for one in found}
    assert len(found) == len({(one.file, one.line) for one in found})


def test_each_storyline_shows_the_stages_it_reached(tree: tuple[Path, tuple[Sighting, ...]]) -> None:
    """By what the first detections can see: the macOS install and the Windows payload have none yet."""
    assert stages(tree[1]) == {
        "MAC-CEO-02": ("beacon", "payload"),
        "MAC-MKT-01": ("beacon",),
        "WS-ACC-01": ("install",),
        "WS-IT-04": ("install", "sideload", "loader", "beacon", "hands-on"),
        "WS-OPS-02": ("install", "sideload", "loader"),
        "WS-SAL-03": ("install", "sideload", "loader", "beacon"),
    }


def test_a_sighting_takes_its_detections_from_the_log_it_is_in(tree: tuple[Path, tuple[Sighting, ...]]) -> None:
    """The same query is one thing to the endpoint and another to the network sensor."""
    for one in tree[1]:
        assert shown_to(one.mark, one.source) == one.detections
