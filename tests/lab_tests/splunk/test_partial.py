"""Searches that are not whole: what tells, and what does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.serve.faults import Bend, Fault, When
from lab.splunk.plant import plant
from lab.splunk.settings import HUNTER, Peer, Role, SplunkSettings
from lab.splunk.store import Store
from lab_tests.splunk.served import ALL, FIELDS, INDEX, JOBS, at, content, crowd, deployed, read

CREATE = When(method="POST", path=r"/jobs/?$")


def told_of(tmp_path: Path, bend: Bend, **said: Any) -> tuple[Any, int]:
    """Return a job's properties and how many rows it gives, where a script bent its making."""
    with deployed(tmp_path, crowd(100), None, Fault(bend, CREATE)) as there:
        made = there.job(**said)
        return content(made), len(read(made, count=0)["results"])


@pytest.mark.parametrize(("name", "words"), [("disk", "disk usage limit (100MB)"), ("time", "time limit (60 seconds)")])
def test_a_search_ended_early_looks_done(tmp_path: Path, name: str, words: str) -> None:
    """isFinalized and a message of the level INFO tell, nothing else (1.3)."""
    told, rows = told_of(tmp_path, Bend("auto_finalized", name=name))
    assert ("1", "0", "1", "DONE") == tuple(told[key] for key in ("isDone", "isFailed", "isFinalized", "dispatchState"))
    assert ("50", 50) == (told["resultCount"], rows)
    assert [f"Search auto-finalized after {words} reached."] == told["messages"]["info"]


def test_a_search_ended_early_counts_less(tmp_path: Path) -> None:
    """Counts are made of what it saw."""
    with deployed(tmp_path, crowd(100), None, Fault(Bend("auto_finalized"), CREATE)) as there:
        assert [{"count": "50"}] == there.rows("| tstats count where index=*")


def test_the_disk_quota_of_a_role_ends_a_search(tmp_path: Path) -> None:
    """All kept jobs of a user take of it; to cancel one makes room."""
    role = Role(disk_megabytes=1)  # 5,000 rows of 200 bytes
    with deployed(tmp_path, crowd(4_000), SplunkSettings(users=(replace(HUNTER, role=role),))) as there:
        first, second = there.job(), there.job()
        assert [("4000", "0"), ("1000", "1")] == [
            (content(one)["resultCount"], content(one)["isFinalized"]) for one in (first, second)
        ]
        assert ["Search auto-finalized after disk usage limit (1MB) reached."] == content(second)["messages"]["info"]
        for one in (first, second):
            one.cancel()
        assert "4000" == content(there.job())["resultCount"]


def test_the_time_of_a_role_or_of_a_job_ends_a_search(tmp_path: Path) -> None:
    """srchMaxTime of one, max_time of the other: half of it is there then."""
    role = Role(max_seconds=0.1)
    settings = SplunkSettings(search_seconds=0.3, users=(replace(HUNTER, role=role),))
    with deployed(tmp_path / "a", crowd(100), settings) as there:
        told = content(there.job())
        assert ("1", "50") == (told["isFinalized"], told["resultCount"])
    with deployed(tmp_path / "b", crowd(100), SplunkSettings(search_seconds=1.2)) as there:
        told = content(there.job(max_time=1))
        assert ("1", "50") == (told["isFinalized"], told["resultCount"])


def test_a_capped_job_tells_by_its_counts_alone(tmp_path: Path) -> None:
    """More events than are available."""
    told, rows = told_of(tmp_path, Bend("capped", 10))
    assert ("100", "10", "10", "0", {}) == tuple(
        told[key] for key in ("eventCount", "eventAvailableCount", "resultCount", "isFinalized", "messages")
    )
    assert 10 == rows


def test_a_lost_peer_is_a_warning_by_default(tmp_path: Path) -> None:
    """Its events are missing (1.3: partial results are allowed)."""
    told, rows = told_of(tmp_path, Bend("peer_lost", name="idx2"))
    assert ("DONE", "50", 50) == (told["dispatchState"], told["resultCount"], rows)
    assert "idx2" in told["messages"]["warn"][0]


def test_a_lost_peer_fails_a_search_that_takes_nothing_partial(tmp_path: Path) -> None:
    """allow_partial_results=0 (1.2)."""
    told, rows = told_of(tmp_path, Bend("peer_lost"), allow_partial_results=0)
    assert ("FAILED", "1", 0) == (told["dispatchState"], told["isFailed"], rows)
    assert {"error", "fatal"} == set(told["messages"])


def test_a_peer_that_is_down_is_missing_from_every_search(tmp_path: Path) -> None:
    """And is listed as such."""
    store = Store(Peer("idx1"), Peer("idx2", "Down"))
    store.add(INDEX, plant([at("2023-01-15"), at("2023-01-16")], FIELDS))
    with deployed(tmp_path, store) as there:
        assert (1, 1) == (len(there.rows()), len(there.rows("| dbinspect index=*")))
        entries = there.http("GET", "/services/search/distributed/peers")[2]["entry"]
    assert {"idx1": "Up", "idx2": "Down"} == {one["content"]["peerName"]: one["content"]["status"] for one in entries}


def test_a_server_that_retries_searches_keeps_still_about_lost_peers(tmp_path: Path) -> None:
    """Partial without any warning [S1]: only the setting tells that this may be so."""
    settings = SplunkSettings(search_retry=True)
    with deployed(tmp_path, crowd(100), settings, Fault(Bend("peer_lost"), CREATE)) as there:
        told = content(there.job())
    assert ("50", {}) == (told["resultCount"], told["messages"])


def test_several_messages_come_as_several(tmp_path: Path) -> None:
    """By level in XML, one after another in JSON, in the job and with its rows."""
    with deployed(tmp_path, None, None, Fault(Bend("several_messages"), CREATE)) as there:
        made = there.job(id="a")
        assert {"info": 2, "warn": 1, "error": 1} == {
            level: len(texts) for level, texts in content(made)["messages"].items()
        }
        said = there.http("GET", f"{JOBS}/a")[2]["entry"][0]["content"]["messages"]
        assert ["INFO", "WARN", "ERROR", "INFO"] == [one["type"] for one in said]
        assert said == read(made)["messages"]


@pytest.mark.parametrize(("word", "sign"), [("zombie", "isZombie"), ("failed", "isFailed")])
def test_a_search_whose_process_died_says_so(tmp_path: Path, word: str, sign: str) -> None:
    """By a property of its own."""
    assert "1" == told_of(tmp_path, Bend(word))[0][sign]


def test_rows_may_be_fewer_than_counted(tmp_path: Path) -> None:
    """Nothing tells but the count."""
    with deployed(tmp_path, crowd(100)) as there:
        made = there.job()
        there.running.faults.add(Fault(Bend("short_page", 3), When(path="results")))
        page = read(made, count=0)
        assert (97, False, []) == (len(page["results"]), page["preview"], page["messages"])
        assert 100 == len(read(made, count=0)["results"])


def test_a_preview_may_come_in_place_of_the_rows(tmp_path: Path) -> None:
    """The page itself says what it is."""
    with deployed(tmp_path, crowd(100), SplunkSettings(search_seconds=0.2)) as there:
        made = there.service.jobs.create(ALL)
        there.running.faults.add(Fault(Bend("preview"), When(path="results")))
        page = read(made, count=0)
        assert (50, True) == (len(page["results"]), page["preview"])
        there.clock.pass_by(0.25)
        assert (100, False) == (len((page := read(made, count=0))["results"]), page["preview"])
