"""The life of a search job: made, waiting, running, done, touched, gone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from splunklib.binding import HTTPError

from lab.serve.faults import Bend, Cut, Fault, When
from lab.serve.server import serve
from lab.splunk.app import SplunkLab
from lab.splunk.settings import HUNTER, TOKEN, Role, SplunkSettings, User
from lab_tests.splunk.served import ALL, JOBS, Deployed, connect, content, deployed, read, small

CREATE = When(method="POST", path=r"/jobs/?$", times=None)


def states(there: Deployed, *sids: str) -> list[str]:
    return [there.http("GET", f"{JOBS}/{sid}")[2]["entry"][0]["content"]["dispatchState"] for sid in sids]


def test_a_job_bears_the_id_it_was_given(tmp_path: Path) -> None:
    """So that a hunter that died finds it again (1.3)."""
    with deployed(tmp_path) as there:
        made = there.service.jobs.create(ALL, id="ours-1")
        assert "ours-1" == made.sid
        assert ["ours-1"] == [one.sid for one in there.service.jobs.list()]
        assert "ours-1" == connect(there.running, splunkToken=TOKEN.encoded).job("ours-1").sid


def test_an_id_is_taken_once_unless_the_server_replaces(tmp_path: Path) -> None:
    """Which of the two Splunk does is not documented (inf): a hunter must live with both."""
    with deployed(tmp_path / "a") as there:
        there.service.jobs.create(ALL, id="ours")
        with pytest.raises(HTTPError, match="already exists"):
            there.service.jobs.create(ALL, id="ours")
    with deployed(tmp_path / "b", None, SplunkSettings(reused_id="replaced")) as there:
        there.job(f"{ALL} | head 1", id="ours")
        assert "2" == content(there.job(f"{ALL} | head 2", id="ours"))["resultCount"]
        assert ("ours",) == there.lab.jobs.left()


def test_a_job_is_made_though_its_answer_is_lost(tmp_path: Path) -> None:
    """The id is all that leads back to it."""
    with deployed(tmp_path, None, None, Fault(Cut("after"), When(method="POST", path="jobs"))) as there:
        with pytest.raises(ConnectionError):
            there.service.jobs.create(ALL, id="ours")
        assert there.service.job("ours").is_done()


def test_a_job_is_not_known_at_once(tmp_path: Path) -> None:
    """204 without a body until then; the SDK calls that not ready [L1]."""
    with deployed(tmp_path, None, SplunkSettings(unknown_seconds=0.2)) as there:
        made = there.service.jobs.create(ALL)
        assert not made.is_ready()
        assert 204 == there.running.journal.entries()[-1].status
        there.clock.pass_by(0.25)
        assert made.is_done()


def test_a_job_is_parsed_before_it_runs(tmp_path: Path) -> None:
    """The SDK calls it not ready until then [L1: Job.is_ready]."""
    with deployed(tmp_path, None, SplunkSettings(parsing_seconds=0.2, search_seconds=5)) as there:
        made = there.service.jobs.create(ALL)
        assert (False, "PARSING") == (made.is_ready(), content(made)["dispatchState"])
        there.clock.pass_by(0.25)
        assert (True, "RUNNING") == (made.is_ready(), content(made)["dispatchState"])


def test_a_job_runs_and_then_is_done(tmp_path: Path) -> None:
    """Nothing of what it finds is told before."""
    with deployed(tmp_path, None, SplunkSettings(search_seconds=0.3)) as there:
        made = there.service.jobs.create(ALL)
        told = content(made)
        assert ("RUNNING", "0", "0", "0") == tuple(
            told[name] for name in ("dispatchState", "isDone", "eventCount", "resultCount")
        )
        assert b"" == made.results(output_mode="json").read()
        there.clock.pass_by(0.35)
        told = content(made)
        assert ("DONE", "1", "90", "90") == tuple(
            told[name] for name in ("dispatchState", "isDone", "eventCount", "resultCount")
        )


def test_a_preview_has_rows_of_a_search_that_goes_on(tmp_path: Path) -> None:
    """And says so; when it is done it has them all."""
    with deployed(tmp_path, None, SplunkSettings(search_seconds=0.3)) as there:
        made = there.service.jobs.create(ALL)
        status, _, said = there.http("POST", f"{JOBS}/{made.sid}/results_preview", count=0)
        assert (200, True, 45) == (status, said["preview"], len(said["results"]))
        there.clock.pass_by(0.35)
        said = there.http("POST", f"{JOBS}/{made.sid}/results_preview", count=0)[2]
        assert (False, 90) == (said["preview"], len(said["results"]))


def test_what_is_over_the_quota_waits_in_its_order(tmp_path: Path) -> None:
    """Three of a user run by default; the fourth starts when one is cancelled, the fifth when the next is done [S3a]."""
    with deployed(tmp_path, None, SplunkSettings(search_seconds=1)) as there:
        sids = [there.service.jobs.create(ALL, id=f"j{turn}").sid for turn in range(5)]
        assert ["RUNNING"] * 3 + ["QUEUED"] * 2 == states(there, *sids)
        there.clock.pass_by(0.5)
        moment = there.clock()
        there.service.job("j0").cancel()
        assert ["RUNNING"] * 3 + ["QUEUED"] == states(there, *sids[1:])
        there.clock.pass_by(1)
        second, fourth, fifth = (there.lab.jobs.job(sid, HUNTER) for sid in ("j1", "j3", "j4"))
        assert moment == fourth.started
        assert second.done_at == fifth.started


def test_one_user_does_not_wait_for_another(tmp_path: Path) -> None:
    """Quotas are a user's own."""
    other = User("other", "pw", Role(jobs=1))
    settings = SplunkSettings(search_seconds=5, users=(replace(HUNTER, role=Role(jobs=1)), other))
    with deployed(tmp_path, None, settings) as there:
        there.service.jobs.create(ALL, id="mine")
        connect(there.running, username="other", password="pw").jobs.create(ALL, id="theirs")
        assert (1, 1) == tuple(map(there.lab.jobs.running, settings.users))
        assert 404 == there.http("GET", f"{JOBS}/theirs")[0]


@pytest.mark.parametrize("how", ["blocking", "oneshot", "export"])
def test_what_cannot_wait_is_refused_over_the_quota(tmp_path: Path, how: str) -> None:
    """503, in words that tell usage and quota (1.3)."""
    settings = SplunkSettings(search_seconds=5, users=(replace(HUNTER, role=Role(jobs=1)),))
    with deployed(tmp_path, None, settings) as there:
        there.service.jobs.create(ALL)
        with pytest.raises(HTTPError, match=r"HTTP 503 .*\(usage=1, quota=1\)"):
            asked(there, how)


def asked(there: Deployed, how: str) -> Any:
    if how == "blocking":
        return there.service.jobs.create(ALL, exec_mode="blocking")
    jobs = there.service.jobs
    return jobs.oneshot(ALL, output_mode="json") if how == "oneshot" else jobs.export(ALL, output_mode="json")


def test_a_blocking_search_is_done_when_it_is_answered(tmp_path: Path) -> None:
    """And is kept as any job; by the real clock, since the answer waits."""
    lab = SplunkLab(small(), SplunkSettings(search_seconds=0.2))
    with serve(lab, tmp_path) as running:
        service = connect(running, splunkToken=TOKEN.encoded)
        assert service.jobs.create(ALL, exec_mode="blocking").is_done()
    assert 1 == len(lab.jobs.left())


def test_a_script_makes_a_job_wait_and_another_take_its_time(tmp_path: Path) -> None:
    """Two different states for whoever counts."""
    waits, runs = (
        Fault(Bend("queued", 5), replace(CREATE, says="id=a")),
        Fault(Bend("slow", 5), replace(CREATE, says="id=b")),
    )
    with deployed(tmp_path, None, None, waits, runs) as there:
        for sid in "ab":
            there.service.jobs.create(ALL, id=sid)
        assert ["QUEUED", "RUNNING"] == states(there, "a", "b")


def test_a_job_ends_with_its_time_to_live_unless_touched(tmp_path: Path) -> None:
    """ttl counts from its end, touch starts it anew, setttl sets another (1.3)."""
    with deployed(tmp_path, None, SplunkSettings(ttl=1)) as there:
        left, touched, longer = (there.job(id=name) for name in ("left", "touched", "longer"))
        longer.set_ttl(60)
        there.clock.pass_by(0.6)
        touched.touch()
        there.clock.pass_by(0.6)
        assert [404, 200, 200] == [there.http("GET", f"{JOBS}/{one.sid}")[0] for one in (left, touched, longer)]
        assert ("touched", "longer") == there.lab.jobs.left()


def test_a_search_nobody_asks_after_is_given_up_where_it_was_asked_to(tmp_path: Path) -> None:
    """auto_cancel counts from the last look, and no more once the search is done (docs)."""
    with deployed(tmp_path, None, SplunkSettings(search_seconds=2)) as there:
        watched, left = (there.service.jobs.create(ALL, id=name, auto_cancel=1) for name in ("watched", "left"))
        for _ in range(2):
            there.clock.pass_by(0.7)
            assert not watched.is_done()
        assert 404 == there.http("GET", f"{JOBS}/{left.sid}")[0]
        there.clock.pass_by(0.7)
        assert watched.is_done()
        there.clock.pass_by(1.2)
        assert watched.is_done()


@pytest.mark.parametrize("action", ["cancel", "delete"])
def test_a_cancelled_job_is_gone(tmp_path: Path, action: str) -> None:
    """With its rows; to cancel it again does no harm in the SDK."""
    with deployed(tmp_path) as there:
        made = there.job()
        if action == "cancel":
            made.cancel()
        else:
            there.service.delete(f"{JOBS}/{made.sid}")
        assert () == there.lab.jobs.left()
        with pytest.raises(HTTPError, match=r"HTTP 404 .*Unknown sid\."):
            made.results()
        made.cancel()


def test_a_finalized_search_has_what_it_had(tmp_path: Path) -> None:
    """It is done, and says that it is not whole."""
    with deployed(tmp_path, None, SplunkSettings(search_seconds=5)) as there:
        made = there.service.jobs.create(ALL)
        made.finalize()
        told = content(made)
        assert ("DONE", "1", "45") == (told["dispatchState"], told["isFinalized"], told["resultCount"])
        assert 45 == len(read(made, count=0)["results"])


def test_all_jobs_may_be_lost(tmp_path: Path) -> None:
    """As when a search head dies: whoever asks is told of no such job."""
    with deployed(tmp_path) as there:
        made = there.job()
        there.running.faults.add(Fault(Bend("lost_job"), When(path="results")))
        with pytest.raises(HTTPError, match="HTTP 404"):
            made.results()
        assert () == there.lab.jobs.left()


def test_an_argument_nobody_knows_is_refused(tmp_path: Path) -> None:
    """And so is a text that is no search, or says what it is not."""
    with deployed(tmp_path) as there:
        assert 400 == there.http("POST", JOBS, search=ALL, earliest="0")[0]
        assert 400 == there.http("POST", JOBS, search="index=sysmon")[0]
        assert 400 == there.http("POST", JOBS, search="search index=(")[0]
        assert 400 == there.http("POST", JOBS, search=ALL, earliest_time="yesterday")[0]
        assert 400 == there.http("POST", JOBS, search=ALL, max_count="many")[0]
        assert () == there.lab.jobs.left()


def test_a_namespace_leads_to_the_same_jobs(tmp_path: Path) -> None:
    """servicesNS/user/app is where the SDK asks with a namespace [L1]."""
    with deployed(tmp_path) as there:
        service = connect(there.running, splunkToken=TOKEN.encoded, owner="hunter", app="search")
        assert 90 == len(read(service.jobs.create(ALL, exec_mode="blocking"), count=0)["results"])
        assert any("/servicesNS/hunter/search/" in one.path for one in there.running.journal.entries())
