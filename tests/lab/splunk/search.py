"""One search worked out: parsed, run over what its user can see, cut to what a job keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

from lab.spl import Macro, Row, SplError, parse, staged
from lab.spl.times import instant
from lab.spl.tree import Command, Pipeline
from lab.spl.values import whole
from lab.splunk import lookups, rested
from lab.splunk.bends import SEVERAL
from lab.splunk.call import Call
from lab.splunk.errors import Failed, Message
from lab.splunk.events import Event, Shown
from lab.splunk.jobs import Found
from lab.splunk.macros import visible
from lab.splunk.sight import Sight, Span, bounds_of, reach

# What comes back of an event unless fields are asked for: search extracts no others then (mem; rf and fields, docs).
DEFAULTS: Final = (
    "_bkt", "_cd", "_indextime", "_raw", "_si", "_sourcetype", "_time", "host", "index", "linecount", "source",
    "sourcetype", "splunk_server",
)  # fmt: skip
SUBSTITUTED: Final = Message("INFO", "Your timerange was substituted based on your search string")  # seen, shortened


def found(call: Call) -> Found:
    """Work a search out; raises Failed (400) for a text that is none."""
    pipeline = _parsed(call.one("search"), visible(call))
    time, messages = _time(call, pipeline)
    sight = Sight(
        settings=call.settings,
        store=call.deployment.store,
        role=call.user.role,
        now=call.now,
        time=time,
        arrival=_arrival(call),
        losing=_losing(call),
        sample=max(1, call.whole("sample_ratio", 1)),
    )
    lost, said = _lost(call)
    if lost and not call.truth("allow_partial_results", default=True):
        return Found(failed=True, low=_known(time.low), high=_known(time.high), messages=_errors(said))
    try:
        seen = partial(_read, call, replace(sight, lost=lost))
        ran = staged(pipeline, seen, now=_now(call), timezone="UTC", lookups=lookups.visible(call))
        lookups.write(call, pipeline, ran.rows)
    except SplError as wrong:
        return Found(failed=True, messages=(Message("FATAL", f"Error in the search: {wrong}"),))
    transforming = ran.rows is not ran.events
    work = Found(
        events=() if transforming else ran.events,
        rows=ran.rows,
        event_count=len(ran.events),
        low=_known(time.low),
        high=_known(time.high),
        transforming=transforming,
        messages=(*messages, *said),
    )
    kept = _kept(call, work)
    shown = _shown(call, pipeline, kept.rows)
    return _bent(call, replace(kept, rows=shown, events=() if transforming else shown))


def _parsed(text: str, macros: Mapping[str, Macro]) -> Pipeline:
    """Parse a text, which begins with the search command or a bar [docs: search/v2/jobs]."""
    words = text.split(None, 1)
    if not words:
        raise Failed(400, "Empty search.", kind="FATAL")
    if words[0] != "search" and not text.lstrip().startswith("|"):
        raise Failed(400, f"Unknown search command '{words[0]}'.", kind="FATAL")
    try:
        return parse(text, macros=macros)
    except SplError as wrong:
        raise Failed(400, f"Error in 'SearchParser': {wrong}", kind="FATAL") from wrong


def _read(call: Call, sight: Sight, command: Command) -> Iterable[Row]:
    """Return what a generating command reads: knowledge objects by its user's rights, all else by what the search sees."""
    if command.name == "rest" and rested.known(command.arguments["path"]):
        return rested.rows(call, command.arguments["path"])
    return sight.rows(command)


def _time(call: Call, pipeline: Pipeline) -> tuple[Span, tuple[Message, ...]]:
    """Return the time a search looks at: as asked, as its text says instead, narrowed by the role without a word."""
    low = _moment(call, "earliest_time", float("-inf"))
    high = _moment(call, "latest_time", float("inf"))
    first = pipeline.commands[0]
    said = bounds_of(first.arguments.get("condition", first.arguments.get("where")), call.now)
    if said:
        low, high = (one if one is not None else other for one, other in zip(said, (low, high), strict=True))
    role = call.user.role
    low = max(low, reach(role, call.now))
    if role.window > 0:
        low = max(low, min(high, call.now) - role.window)
    return Span(low, high), (SUBSTITUTED,) if said else ()


def _arrival(call: Call) -> Span:
    return Span(_moment(call, "index_earliest", float("-inf")), _moment(call, "index_latest", float("inf")))


def _now(call: Call) -> float:
    return _moment(call, "now", call.now)


def _moment(call: Call, name: str, default: float) -> float:
    """Read epoch seconds with fractions, ISO with a zone (UTC without one), or a relative time (docs)."""
    text = call.one(name)
    if not text:
        return default
    try:
        when = datetime.fromisoformat(text) if "T" in text else None
        if when is not None:
            return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
        return instant(text, now=call.now, timezone="UTC", at=0)
    except (SplError, ValueError):
        raise Failed(400, f"Invalid {name}: '{text}'.", kind="FATAL") from None


def _known(moment: float) -> float | None:
    return None if moment in {float("inf"), float("-inf")} else moment


def _losing(call: Call) -> bool:
    return call.bent("auto_finalized") is not None


def _lost(call: Call) -> tuple[frozenset[str], tuple[Message, ...]]:
    """Return the peers that do not answer, and what is said of it: nothing under search_retry [S1]."""
    peers = call.deployment.store.peers
    bent = call.bent("peer_lost")
    named = {bent.name or peers[0].name} if bent else set()
    lost = frozenset(one.name for one in peers if one.status == "Down" or one.name in named)
    if call.settings.search_retry:
        return lost, ()
    # The words of splunkd's log (docs: Intermittent authentication timeouts on search peers) and of the search bar (mem).
    return lost, tuple(
        Message(
            "WARN",
            f"Unable to distribute to peer named {name} at uri=https://{name}:8089 because peer has status=Down. "
            "Search results might be incomplete.",
        )
        for name in sorted(lost)
    )


def _errors(said: tuple[Message, ...]) -> tuple[Message, ...]:
    """Word the failure of a search that takes no partial results (docs: allow_partial_results)."""
    return (
        *(replace(one, type="ERROR") for one in said),
        Message("FATAL", "A search peer did not answer; the search failed."),
    )


def _shown(call: Call, pipeline: Pipeline, rows: Sequence[Row]) -> Sequence[Row]:
    """Leave the default fields and those of rf, unless the search names fields or its level finds them all."""
    named = any(one.name in {"fields", "table"} for one in pipeline.commands)
    asked = call.given.get("rf", ())
    if named or "*" in asked or call.one("adhoc_search_level") in {"smart", "verbose"}:
        return rows
    wanted = frozenset((*DEFAULTS, *asked))
    return [_Named(row, wanted) if isinstance(row, Event | Shown) else row for row in rows]


class _Named(dict[str, "str | list[str]"]):
    """Some fields of an event."""

    def __init__(self, row: Row, wanted: frozenset[str]) -> None:
        super().__init__((name, value) for name, value in whole(row).items() if name in wanted)


def _kept(call: Call, work: Found) -> Found:
    """Cut to max_count, of which nothing tells but the counts, and to the disk quota, which ends the search (1.3)."""
    most = call.whole("max_count", call.settings.max_count)
    bent = call.bent("capped")
    most = min(most, int(bent.amount)) if bent else most
    cut = replace(work, rows=work.rows[:most], events=work.events[:most])
    quota = call.user.role.disk_megabytes * 1_000_000
    used = sum(len(one.found.rows) * call.settings.row_bytes for one in call.deployment.jobs.of(call.user))
    room = max(0, (quota - used) // call.settings.row_bytes)
    if len(cut.rows) <= room:
        return cut
    message = f"Search auto-finalized after disk usage limit ({call.user.role.disk_megabytes}MB) reached."
    ended = (*cut.messages, Message("INFO", message))
    return replace(cut, rows=cut.rows[:room], events=cut.events[:room], finalized=True, messages=ended)


def _bent(call: Call, work: Found) -> Found:
    if bent := call.bent("auto_finalized"):
        what = "time limit (60 seconds)" if bent.name == "time" else "disk usage limit (100MB)"
        ended = Message("INFO", f"Search auto-finalized after {what} reached.")
        work = replace(work, finalized=True, messages=(*work.messages, ended))
    if call.bent("several_messages"):
        work = replace(work, messages=(*work.messages, *SEVERAL))
    if call.bent("zombie"):
        work = replace(work, zombie=True)
    if call.bent("failed"):
        work = replace(work, failed=True, messages=(*work.messages, Message("FATAL", "The search process died.")))
    return work
