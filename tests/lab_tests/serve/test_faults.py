"""Laws of the script of faults: what goes wrong, for whom, and for how long."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import IncompleteRead, RemoteDisconnected
from pathlib import Path

import pytest

from lab.serve.faults import Bend, Blank, Fault, Refusal, Script, Skew, Stall, When, read_faults
from lab.serve.server import serve
from lab_tests.serve.echo import Echo, ask


def test_a_refusal_comes_before_the_work_with_the_delay_it_asks_for(tmp_path: Path) -> None:
    """Retry-After is seconds, a date, or not there at all; a client must live with all three."""
    faults = Script(
        Fault(Refusal(429, "busy", wait=7), When(nth=1)),
        Fault(Refusal(503, wait=60, as_date=True), When(nth=2)),
        Fault(Refusal(502), When(nth=3)),
    )
    app = Echo()
    with serve(app, tmp_path, faults=faults) as running:
        seconds, date, none = (ask(running, "/") for _ in range(3))
        after = ask(running, "/")

    assert ((429, "7", "busy"), (502, None), 200) == (
        (seconds[0], seconds[1]["Retry-After"], seconds[2]["refused"]), (none[0], none[1].get("Retry-After")), after[0],
    )  # fmt: skip
    assert 50 < (parsedate_to_datetime(date[1]["Retry-After"]) - datetime.now(UTC)).total_seconds() <= 60
    assert 1 == app.worked


@pytest.mark.parametrize(("at", "worked", "error"), [
    ("before", 0, RemoteDisconnected), ("middle", 1, IncompleteRead), ("after", 1, RemoteDisconnected),
])  # fmt: skip
def test_a_cut_connection_looks_cut_and_the_work_is_done_or_not(
    at: str, worked: int, error: type[Exception], tmp_path: Path
) -> None:
    """Whether the server had done the work is what makes repeating safe or not, and the client cannot see it."""
    app = Echo()
    (fault,) = read_faults([{"what": "cut", "at": at}])
    with serve(app, tmp_path, faults=Script(fault)) as running:
        with pytest.raises(error):
            ask(running, "/")
        entry = running.journal.entries()[0]
        again, _, _ = ask(running, "/")

    assert (worked, 0, 200) == (app.worked - 1, entry.status, again)


def test_a_stalled_answer_stops_in_the_middle_and_goes_on(tmp_path: Path) -> None:
    """A read time-out is per byte, not per answer: only a stall in the middle shows which one a client has."""
    with serve(Echo(), tmp_path, faults=Script(Fault(Stall(0.5)))) as running:
        started = time.monotonic()
        status, _, body = ask(running, "/")

    assert (200, "/") == (status, body["path"])
    assert time.monotonic() - started >= 0.5


def test_a_blank_answer_has_a_status_and_nothing_else(tmp_path: Path) -> None:
    """Documented answers come without a body, and clients have been seen to break on them."""
    with serve(Echo(), tmp_path, faults=Script(Fault(Blank(204)), Fault(Blank(200), When(nth=2)))) as running:
        answers = [ask(running, "/") for _ in range(2)]

    assert [(204, None), (200, None)] == [answer[::2] for answer in answers]
    assert ("yes", None) == (answers[1][1]["X-Echo"], answers[1][1].get("Content-Type"))


def test_a_skewed_clock_shows_in_the_date(tmp_path: Path) -> None:
    """A hunter that takes its own clock for the platform's loses or repeats the newest hour."""
    with serve(Echo(), tmp_path, faults=Script(Fault(Skew(-3600)))) as running:
        _, headers, _ = ask(running, "/")

    assert -3610 < (parsedate_to_datetime(headers["Date"]) - datetime.now(UTC)).total_seconds() < -3590


def test_a_fault_hits_the_requests_it_names_from_the_nth_on(tmp_path: Path) -> None:
    """A script is only worth something if a law can say which request breaks."""
    when = When(method="POST", path="^/search", says="needle", nth=2, times=2)
    with serve(Echo(), tmp_path, faults=Script(Fault(Refusal(500), when))) as running:
        asked = [("GET", "/search", b"needle"), ("POST", "/other", b"needle"), ("POST", "/search", b"hay")]
        others = [ask(running, path, method=method, body=body)[0] for method, path, body in asked]
        mine = [ask(running, "/search/1", method="POST", body=b"a needle")[0] for _ in range(4)]

    assert ([200, 200, 200], [200, 500, 500, 200]) == (others, mine)


def test_a_fault_can_last_for_a_while(tmp_path: Path) -> None:
    """An outage is a time, not a number of requests."""
    with serve(Echo(), tmp_path, faults=Script(Fault(Refusal(503), When(seconds=0.4)))) as running:
        during = [ask(running, "/")[0] for _ in range(3)]
        time.sleep(0.45)
        after = ask(running, "/")[0]

    assert ([503, 503, 503], 200) == (during, after)


def test_the_journal_names_the_fault_that_hit(tmp_path: Path) -> None:
    """A failing law is read together with what the script did."""
    with serve(Echo(), tmp_path, faults=Script(Fault(Bend("partial", 2)))) as running:
        ask(running, "/")
        ask(running, "/")
        hit, whole = running.journal.entries()

    assert (("Bend(word='partial', amount=2, name='')",), ()) == (hit.faults, whole.faults)


def test_a_script_is_read_from_json() -> None:
    """The lab is started from a shell too; what a file cannot say must be refused, not passed over."""
    rows = [{"what": "refusal", "status": 429, "wait": 3, "when": {"path": "_eql", "times": None}}]

    assert (Fault(Refusal(429, wait=3), When(path="_eql", times=None)),) == read_faults(rows)
    with pytest.raises(KeyError):
        read_faults([{"what": "weather"}])
    with pytest.raises(TypeError):
        read_faults([{"what": "cut", "at": "before", "then": 1}])
