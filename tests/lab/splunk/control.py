"""A job once it is there: its state, its rows, and what is done to it."""

from __future__ import annotations

from dataclasses import replace

from lab.serve.exchange import Answer
from lab.splunk.atom import alone, collection
from lab.splunk.call import Call
from lab.splunk.dispatch import halved
from lab.splunk.errors import Failed, Message, Unbuilt, messages_answer
from lab.splunk.jobs import GOING_ON, Job
from lab.splunk.told import entry, page


def status(call: Call) -> Answer:
    """GET search/v2/jobs/{sid}: 204 without a body until the job is known [L1: Job.is_ready]."""
    job = _job(call)
    if call.deployment.jobs.clock() < job.known:
        return Answer(204, None, search=job.sid)
    answer = alone(call, entry(call, job))
    return Answer(answer.status, answer.body, answer.headers, search=job.sid)


def listed(call: Call) -> Answer:
    """GET search/v2/jobs: the user's jobs."""
    return collection(call, "search/v2/jobs", [entry(call, one) for one in call.deployment.jobs.of(call.user)])


def results(call: Call) -> Answer:
    """GET or POST search/v2/jobs/{sid}/results, of v1 GET: 204 while the search goes on, unless the script says otherwise.

    GET of v2 takes no `search` to work on the rows again [L1: Endpoint.get]; what the others do with it the lab does not run.
    """
    job = _job(call)
    _no_search(call)
    if call.bent("preview"):
        return page(call, job, job.found.rows[: (len(job.found.rows) + 1) // 2], preview=True)
    if job.state(call.deployment.jobs.clock()) in GOING_ON:
        return Answer(204, None, search=job.sid)
    return page(call, job, job.found.rows, preview=False)


def preview(call: Call) -> Answer:
    """GET or POST search/v2/jobs/{sid}/results_preview: the rows so far, half of them while the search goes on (lab)."""
    job = _job(call)
    _no_search(call)
    going = job.state(call.deployment.jobs.clock()) in GOING_ON
    rows = job.found.rows[: len(job.found.rows) // 2] if going else job.found.rows
    return page(call, job, rows, preview=going)


def events(call: Call) -> Answer:
    """GET or POST search/v2/jobs/{sid}/events: the events kept, none for a search that makes tables of them (seen)."""
    job = _job(call)
    _no_search(call)
    return page(call, job, job.found.events, preview=job.state(call.deployment.jobs.clock()) in GOING_ON)


def cancel(call: Call) -> Answer:
    """DELETE search/v2/jobs/{sid}."""
    job = _job(call)
    call.deployment.jobs.drop(job.sid)
    return _said(call, job, "Search job cancelled.")


def control(call: Call) -> Answer:
    """POST search/v2/jobs/{sid}/control (docs); cancel also forgets the job."""
    job = _job(call)
    action, now = call.one("action"), call.deployment.jobs.clock()
    match action:
        case "cancel":
            return cancel(call)
        case "touch":
            call.deployment.jobs.change(replace(job, touched=now))
        case "setttl":
            call.deployment.jobs.change(replace(job, ttl=call.whole("ttl", call.settings.ttl), touched=now))
        case "finalize":
            call.deployment.jobs.change(_finalized(job, now))
        case "enablepreview" | "disablepreview" | "save" | "unsave" | "pause" | "unpause" | "setpriority":
            raise Unbuilt(f"the control action {action}")
        case _:
            raise Failed(400, f"Invalid action '{action}'.", kind="FATAL")
    return _said(call, job, f"Search job {_DONE[action]}.")


_DONE = {"touch": "touched", "setttl": "ttl set", "finalize": "finalized"}  # (lab): nobody reads these words


def _finalized(job: Job, now: float) -> Job:
    """End a search that goes on, with half of its rows (lab); one that waits ends with none of it done."""
    if job.state(now) not in GOING_ON:
        return job
    started = now if job.started is None else job.started
    return replace(job, started=started, parses=0, needs=now - started, found=halved(job.found, "Search finalized."))


def _job(call: Call) -> Job:
    return call.deployment.jobs.job(call.names["sid"], call.user)


def _no_search(call: Call) -> None:
    if "search" not in call.given:
        return
    if "/v2/" in call.request.path and call.request.method == "GET":
        raise Failed(400, 'Argument "search" is not supported by this handler.')
    raise Unbuilt("a search over the rows of a job")


def _said(call: Call, job: Job, text: str) -> Answer:
    answer = messages_answer(200, [Message("INFO", text)], call.mode)
    return Answer(answer.status, answer.body, answer.headers, search=job.sid)
