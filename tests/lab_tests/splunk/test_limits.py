"""What the stand-in does not do: it says so, and never answers something else instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from splunklib.binding import HTTPError

from lab.serve.faults import Bend, Fault, Refusal, When
from lab.serve.server import serve
from lab.splunk.app import SplunkLab
from lab.splunk.settings import HUNTER, TOKEN
from lab_tests.splunk.served import ALL, connect, deployed, small


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("GET", "data/ui/views", {}),
        ("GET", "server/status", {}),
        ("GET", "search/v2/jobs/a/search.log", {}),
        ("POST", "search/v2/jobs/a/control", {"action": "pause"}),
        ("POST", "search/v2/jobs/a/results", {"sort_key": "x"}),
        ("POST", "search/v2/jobs/a/results", {"search": "head 1"}),
        ("POST", "search/v2/jobs/a/results", {"output_mode": "csv"}),
        ("POST", "search/v2/jobs", {"search": ALL, "status_buckets": 300}),
        ("POST", "search/v2/jobs", {"search": "| rest /services/server/info"}),
        ("POST", "search/v2/jobs", {"search": "| tstats count from datamodel=Endpoint where nodename=Processes"}),
        ("POST", "search/v2/jobs/export", {"search": ALL, "output_mode": "xml"}),
    ],
)
def test_what_it_lacks_is_kept_in_the_journal(tmp_path: Path, method: str, path: str, said: dict[str, str]) -> None:
    """And answered by 500, as nothing of Splunk's."""
    with serve(SplunkLab(small()), tmp_path) as running:
        service = connect(running, splunkToken=TOKEN.encoded)
        service.jobs.create(ALL, id="a")
        ask = service.get if method == "GET" else service.post
        with pytest.raises(HTTPError, match="HTTP 500"):
            ask(path, **said)
        assert 1 == len(running.journal.violations())


def test_a_bend_nobody_knows_is_a_mistake_of_the_script(tmp_path: Path) -> None:
    """Else a law would hold for want of a fault."""
    with serve(SplunkLab(small()), tmp_path) as running:
        running.faults.add(Fault(Bend("auto_finalised")))
        with pytest.raises(HTTPError, match="HTTP 500"):
            connect(running, splunkToken=TOKEN.encoded).get("server/info")
        assert "auto_finalised" in running.journal.violations()[0]


def test_a_path_nobody_serves_is_not_found(tmp_path: Path) -> None:
    """Splunk's own answer; a method it does not take is refused."""
    with deployed(tmp_path) as there:
        assert 404 == there.http("GET", "/services/nothing")[0]
        assert 405 == there.http("DELETE", "/services/server/info")[0]


def test_a_scripted_refusal_is_worded_as_splunk_words_one(tmp_path: Path) -> None:
    """The SDK reads the message; Retry-After is the frame's."""
    with deployed(tmp_path) as there:
        there.running.faults.add(Fault(Refusal(503, wait=7), When(path="jobs")))
        with pytest.raises(HTTPError, match=r"HTTP 503 .*refuses by 503") as refused:
            there.service.jobs.create(ALL)
        assert "7" == dict(refused.value.headers)["Retry-After"]
        there.running.faults.add(Fault(Refusal(502, "proxy"), When(path="jobs")))
        with pytest.raises(HTTPError, match="HTTP 502"):
            there.service.jobs.create(ALL)


def test_no_credential_is_kept(tmp_path: Path) -> None:
    """Neither in headers nor in the form and the answer of a login."""
    with deployed(tmp_path) as there:
        there.service.get("server/info")
        connect(there.running, splunkToken=TOKEN.encoded).get("server/info")
        told = "".join(map(repr, there.running.journal.entries()))
    assert "username=hunter" in told
    assert not [one for one in (TOKEN.encoded, HUNTER.password, there.service.token.split()[1]) if one in told]
