"""What proves that a search works, and what shows that it does not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from huntline.model.artifact import Artifact
from huntline.ports import Finding
from huntline_splunk.artifact import MACRO
from lab.serve.faults import Bend, Fault, When
from lab.splunk import hand
from lab.splunk.scheduler import run_saved_search
from lab.splunk.settings import DEPLOYER, DEPLOYING, SplunkSettings
from platforms.splunk.deploying import There, everything, listed, pair, put, served, there_of


@pytest.fixture
def there(tmp_path: Path) -> Iterator[There]:
    """Serve a search head that holds a macro and the search that reads it, switched on."""
    role = replace(DEPLOYING, indexes=("*", "_internal"))
    users = (*(one for one in SplunkSettings().users if one.name != DEPLOYER.name), replace(DEPLOYER, role=role))
    with served(tmp_path, SplunkSettings(users=users)) as made:
        for one in pair():
            put(made.connect(), one, on=True)
        yield made


def found(there: There, artifact: Artifact) -> dict[str, Finding]:
    deployer = there.connect()
    return listed(deployer.inspect(artifact, there_of(deployer, artifact)))


def macro_key() -> str:
    return pair()[0].remote_id


def test_what_works_is_told_part_by_part(there: There) -> None:
    macro, search = pair()

    assert {"definition": "ok", "layer": "ok"} == {name: one.state for name, one in found(there, macro).items()}
    assert {
        "schedule": "ok",
        f"macro {macro.remote_id}": "ok",
        "text": "ok",
        "query": "ok",
        "last run": "unknown",
        "layer": "ok",
    } == {name: one.state for name, one in found(there, search).items()}


def test_every_macro_is_read_as_its_searches_read_it(there: There) -> None:
    """One that begins with a command that makes events stands behind a bar."""
    macros = [one for one in everything() if one.kind == MACRO]
    for one in macros:
        put(there.connect(), one)

    assert {"ok"} == {found(there, one)["definition"].state for one in macros}


def test_inspecting_writes_nothing_and_leaves_no_job(there: There) -> None:
    before = dict(there.lab.knowledge.kept)
    found(there, pair()[1])

    assert before == there.lab.knowledge.kept
    assert () == tuple(there.lab.jobs.left())


def test_a_macro_that_is_not_there_fails(there: There) -> None:
    """So do the text and the query that read it."""
    hand.delete(there.lab, hand.place(macro_key(), conf="macros"))
    told = found(there, pair()[1])

    assert {"fail"} == {told[name].state for name in (f"macro {macro_key()}", "text", "query")}


def test_a_macro_that_is_disabled_fails(there: There) -> None:
    hand.edit(there.lab, hand.place(macro_key(), conf="macros"), {"disabled": "1"})

    assert "fail" == found(there, pair()[1])[f"macro {macro_key()}"].state


def test_a_text_that_is_none_fails(there: There) -> None:
    hand.edit(there.lab, hand.place(pair()[1].remote_id), {"search": "index=a | statz count"})
    told = found(there, pair()[1])

    assert ("fail", "fail") == (told["text"].state, told["query"].state)


def test_a_search_that_no_run_is_planned_of_fails(there: There) -> None:
    hand.edit(there.lab, hand.place(pair()[1].remote_id), {"is_scheduled": "0"})

    assert "fail" == found(there, pair()[1])["schedule"].state


def test_a_peer_that_is_lost_fails_the_query(there: There) -> None:
    """What a part of the indexers says proves nothing."""
    there.running.faults.add(Fault(Bend("peer_lost"), When(method="POST", path="jobs$", times=1)))

    assert "fail" == found(there, pair()[1])["query"].state


def test_the_last_run_stands_as_the_scheduler_says(there: There) -> None:
    """A skipped or failed run leaves no job behind, only a line in the scheduler's log."""
    search = pair()[1]
    states: list[str] = []
    key = hand.place(search.remote_id)
    for values in ({}, {"search": "index=a | statz count"}):
        hand.edit(there.lab, key, values)
        run_saved_search(there.lab, search.remote_id, time.time() - 60 + len(states))
        states.append(found(there, search)["last run"].state)

    assert ["ok", "fail"] == states


def test_a_run_that_was_skipped_fails(there: There) -> None:
    """Its owner is no user any more."""
    search = pair()[1]
    hand.own(there.lab, hand.place(search.remote_id), owner="gone")
    run_saved_search(there.lab, search.remote_id, time.time() - 60)
    told = found(there, search)["last run"]

    assert ("fail", True) == (told.state, "skipped" in told.words)


def test_without_the_scheduler_s_log_a_run_is_known_by_its_job(tmp_path: Path) -> None:
    """The usual role may not read `_internal`: of a job that is gone nothing is known."""
    with served(tmp_path) as there:
        for one in pair():
            put(there.connect(), one, on=True)
        search = pair()[1]
        run_saved_search(there.lab, search.remote_id, time.time() - 60)

        assert "unknown" == found(there, search)["last run"].state


def test_what_is_off_is_not_blamed_for_not_running(there: There) -> None:
    hand.switch(there.lab, hand.place(pair()[1].remote_id), on=False)
    run_saved_search(there.lab, pair()[1].remote_id, time.time() - 60)
    told = found(there, pair()[1])

    assert ("ok", "unknown") == (told["schedule"].state, told["last run"].state)
