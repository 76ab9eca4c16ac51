"""The calls of search jobs, with every default that loses events spelled out: rows kept, peers that fail, sampling, fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from huntline.errors import Denied, QueryRejected, Transient
from huntline.model.window import Window
from huntline_splunk.client import Client, entries_of
from huntline_splunk.faults import Missing, messages_of
from huntline_splunk.reading import Results

KEEP = 600  # seconds a job is kept after it has ended, or was touched
PAGE = 50_000  # [restapi] maxresultrows: more are cut from an answer without a word
WAITING = frozenset({"", "QUEUED", "PARSING"})
# What is told of a search that costs it nothing, by level and by how it begins. Everything else that is told does.
HARMLESS = (
    ("DEBUG", ""),  # how the search was read: its terms, its user, its lookups
    ("INFO", "Your timerange was substituted"),  # by times in the text itself: arrivals are asked for so
    ("WARN", "Configuration initialization for"),  # before the first event is read, a slow disk
)


@dataclass(frozen=True, slots=True)
class Ask:
    """One search, of events in `[start, end)` of whole seconds. `sample`: one event in so many, 1 for all."""

    sid: str
    text: str
    window: Window
    rows: int  # most that are kept
    sample: int = 1
    alone: int = (
        0  # seconds nobody asks after it until it is given up; 0: it goes on, so that another run can take it up
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How a job stands."""

    state: str
    done: bool
    finalized: bool  # ended before it was through, by a person or a quota
    lost: str  # why what it found is not all there is, as far as its own marks tell; "" where they tell nothing
    results: int
    progress: float
    events: int
    available: int  # of the events; fewer where it keeps only some
    earliest: datetime | None  # what it searched, where it says
    latest: datetime | None
    messages: tuple[tuple[str, str], ...]  # level and text


def create(client: Client, ask: Ask) -> None:
    """Start a job under our id; one that has it already is of a run that did not come to note it, and is begun anew.

    It could be taken up, but for what arrived since it was begun: that would never be looked for again.
    """
    try:
        begin(client, ask)
    except QueryRejected:
        if look(client, ask.sid) is None:
            raise
        remove(client, ask.sid)
        begin(client, ask)
    if not ask.alone:
        control(client, ask.sid, action="setttl", ttl=str(KEEP))


def begin(client: Client, ask: Ask) -> None:
    """Ask for a job. Raises QueryRejected for a text that is refused, and for an id that is taken."""
    sampled = {} if ask.sample == 1 else {"sample_ratio": str(ask.sample)}
    told = client.ask(
        "POST",
        client.jobs(),
        id=ask.sid,
        search=ask.text,
        exec_mode="normal",
        earliest_time=epoch(ask.window.start),
        latest_time=epoch(ask.window.end),
        max_count=str(ask.rows),
        max_time="0",
        status_buckets="0",
        auto_cancel=str(ask.alone),
        auto_finalize_ec="0",
        adhoc_search_level="smart",
        allow_partial_results="false",
        timeout=str(KEEP),
        **sampled,
    ).body
    if told.get("sid") != ask.sid:
        raise Transient("a job under another id than was asked for")


def look(client: Client, sid: str) -> Standing | None:
    """Return how a job stands; None where there is none. One that is not known yet (204) stands nowhere: its state is ""."""
    try:
        answer = client.ask("GET", f"{client.jobs()}/{sid}")
    except Missing:
        return None
    found = entries_of(answer.body)
    return standing_of(found[0][1] if found else {})


def results(client: Client, sid: str, *, offset: int) -> Results:
    """Read a page of a job that has ended."""
    path = f"{client.jobs()}/{sid}/results"
    method = "POST" if "/v2/" in path else "GET"
    return Results(client.stream(method, path, count=str(PAGE), offset=str(offset)))


def control(client: Client, sid: str, **what: str) -> None:
    """Do something to a job that is there. Raises Missing where it is not."""
    client.ask("POST", f"{client.jobs()}/{sid}/control", **what)


def remove(client: Client, sid: str) -> None:
    """Stop and forget a job; one that is not there, or that we may not touch, ends by itself."""
    try:
        control(client, sid, action="cancel")
    except (Missing, Denied):
        return


def standing_of(told: Mapping[str, Any]) -> Standing:
    state = str(told.get("dispatchState", ""))
    marks = {"isFailed": "failed", "isZombie": "died", "isFinalized": "was ended early"}
    lost = [words for mark, words in marks.items() if truth(told.get(mark))]
    lost += ["failed"] if state == "FAILED" and "failed" not in lost else []
    return Standing(
        state=state,
        done=truth(told.get("isDone")) or truth(told.get("isZombie")) or state in ("DONE", "FAILED"),
        finalized=truth(told.get("isFinalized")),
        lost=f"the search {' and '.join(lost)}" if lost else "",
        results=int(told.get("resultCount") or 0),
        progress=float(told.get("doneProgress") or 0),
        events=int(told.get("eventCount") or 0),
        available=int(told.get("eventAvailableCount") or 0),
        earliest=moment(told.get("searchEarliestTime")),
        latest=moment(told.get("searchLatestTime")),
        messages=tuple(messages_of(told)),
    )


def harmful(messages: tuple[tuple[str, str], ...]) -> str:
    """Return what of the messages may mean that something is missing, each once."""
    told = (
        f"{level}: {text}"
        for level, text in messages
        if not any(level == known and text.startswith(begins) for known, begins in HARMLESS)
    )
    return "; ".join(dict.fromkeys(told))


def truth(value: Any) -> bool:
    """Read a flag as the interface writes it: true or false, 1 or 0, as text or not."""
    return str(value).lower() in ("true", "1")


def moment(value: Any) -> datetime | None:
    """Read seconds of the epoch, or a date in ISO form; None where there is neither."""
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    try:
        return datetime.fromisoformat(str(value)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def epoch(when: datetime) -> str:
    """Write a moment as whole seconds: fractions are documented, and not needed."""
    return str(int(when.timestamp()))
