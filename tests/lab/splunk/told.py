"""What a job says of itself and its rows: its properties, pages of results, the stream of an export."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import orjson

from lab.serve.exchange import Answer
from lab.spl import Row
from lab.spl.values import number, whole
from lab.splunk.atom import Entry
from lab.splunk.call import Call
from lab.splunk.errors import Failed, Unbuilt
from lab.splunk.jobs import GOING_ON, Found, Job

LINKS = ("search.log", "events", "results", "results_preview", "timeline", "summary", "control")
PAGED = frozenset({"offset", "count", "output_mode", "segmentation", "f"})
JSON = {"Content-Type": "application/json; charset=UTF-8"}
XML = {"Content-Type": "text/xml; charset=UTF-8"}


def created(call: Call, sid: str) -> Answer:
    """Answer a new job by its id alone [L1: _load_sid]."""
    if call.mode == "json":
        return Answer(201, orjson.dumps({"sid": sid}), JSON, search=sid)
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<response>\n  <sid>{escape(sid)}</sid>\n</response>\n'
    return Answer(201, body.encode(), XML, search=sid)


def entry(call: Call, job: Job) -> Entry:
    """Return a job as an entry; its title is its search (seen)."""
    return Entry(job.text, f"search/v2/jobs/{job.sid}", content(call, job), job.user.name, LINKS)


def content(call: Call, job: Job) -> dict[str, Any]:
    """Return a job's properties, as an answer of a real 10.6 server and older ones hold them (seen)."""
    state = job.state(call.deployment.jobs.clock())
    done = state not in GOING_ON
    work = job.found if done else Found(low=job.found.low, high=job.found.high)
    return {
        "cursorTime": iso(0.0),
        "defaultSaveTTL": "604800",
        "defaultTTL": str(call.settings.ttl),
        "delegate": "",
        "diskUsage": len(work.rows) * call.settings.row_bytes,
        "dispatchState": state,
        "doneProgress": int(done),
        "dropCount": 0,
        "earliestTime": iso(work.low or 0.0),
        "eventAvailableCount": len(work.events),
        "eventCount": work.event_count,
        "eventFieldCount": 0,
        "eventIsStreaming": True,
        "eventIsTruncated": len(work.events) < work.event_count,
        "eventSearch": job.text.partition("|")[0],
        "eventSorting": "desc",
        "isDone": done,
        "isFailed": state == "FAILED",
        "isFinalized": work.finalized,
        "isPaused": False,
        "isPreviewEnabled": job.request.get("preview") == "1",
        "isRealTimeSearch": False,
        "isSaved": False,
        "isSavedSearch": False,
        "isZombie": work.zombie,
        "label": job.request.get("label", ""),
        "latestTime": iso(job.made if work.high is None else work.high),
        "numPreviews": 0,
        "performance": {"command.search": {"duration_secs": job.needs, "invocations": 1}},
        "priority": 5,
        "resultCount": len(work.rows),
        "resultIsStreaming": not work.transforming,
        "resultPreviewCount": len(work.rows),
        "runDuration": job.needs if state == "DONE" else 0,
        "scanCount": work.event_count,
        "search": job.text,
        "searchEarliestTime": _number(work.low or 0.0),
        "searchLatestTime": _number(job.made if work.high is None else work.high),
        "searchProviders": [one.name for one in call.deployment.store.peers],
        "sid": job.sid,
        "statusBuckets": 0,
        "ttl": job.ttl,
        "messages": [one.plain for one in work.messages],
        "request": dict(job.request),
        "runtime": {"auto_cancel": job.request.get("auto_cancel", "0"), "auto_pause": "0"},
    }


def page(call: Call, job: Job, rows: Sequence[Row], *, preview: bool) -> Answer:
    """Answer a page of rows: 100 unless asked for, 50,000 at most whatever is asked for (1.3 [S1][S10])."""
    if call.one("exec_mode") != "oneshot" and (unknown := set(call.given) - PAGED):
        raise Unbuilt(f"{unknown} for a page of rows")
    offset, count = call.whole("offset", 0), call.whole("count", call.settings.default_count)
    if offset < 0 or count < 0:
        raise Failed(400, "offset and count must not be negative.")
    most = min(count or call.settings.page_rows, call.settings.page_rows)
    shown = rows[offset : offset + most]
    if short := call.bent("short_page"):
        shown = shown[: max(0, len(shown) - int(short.amount or 1))]
    listed = _several(shown, offset, serial=not job.found.transforming)
    if wanted := call.given.get("f"):
        listed = [{name: row[name] for name in wanted if name in row} for row in listed]
    if call.mode == "json":
        return Answer(200, _json(job, listed, offset, preview=preview), JSON, search=job.sid)
    if call.mode == "xml":
        return Answer(200, _xml(job, listed, offset, preview=preview).encode(), XML, search=job.sid)
    raise Unbuilt(f"results as {call.mode}")


def streamed(call: Call, job: Job) -> Answer:
    """Answer all rows one after another; previews come first unless preview=0, the last row says so (seen).

    A stream that breaks off looks like one that ends: splunkd sends no length (inf).
    """
    if call.mode != "json":
        raise Unbuilt(f"a stream as {call.mode}")
    rows = _several(job.found.rows, 0, serial=not job.found.transforming, layout=_export_time)
    lines: list[Any] = [{"messages": [one.plain for one in job.found.messages]}] if job.found.messages else []
    if call.truth("preview", default=True):
        lines += [{"preview": True, "offset": at, "result": row} for at, row in enumerate(rows[: len(rows) // 2])]
    told = [{"preview": False, "offset": at, "result": row} for at, row in enumerate(rows)]
    if told:
        told[-1] = {"preview": False, "offset": len(told) - 1, "lastrow": True, "result": rows[-1]}
    lines += told or [{"preview": False, "lastrow": True}]
    if dropped := call.bent("dropped_stream"):
        lines = lines[: int(dropped.amount) or len(lines) // 2]
    return Answer(200, b"".join(orjson.dumps(line) + b"\n" for line in lines), JSON)


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")


def _export_time(moment: float) -> str:
    """Write a time as a stream does, unlike a page (seen)."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S}.{int(moment * 1000) % 1000:03d} UTC"


def _number(moment: float) -> int | str:
    """Write whole seconds as a number, others as text (seen)."""
    return int(moment) if moment == int(moment) else str(moment)


def _several(rows: Iterable[Row], offset: int, *, serial: bool, layout: Any = iso) -> list[dict[str, str | list[str]]]:
    """Return rows as they are sent: the time as text, events numbered."""
    return [_row(row, str(offset + turn) if serial else "", layout) for turn, row in enumerate(rows)]


def _row(row: Row, serial: str, layout: Any) -> dict[str, str | list[str]]:
    shown = whole(row)
    moment = number(shown.get("_time"))
    if moment is not None:
        shown["_time"] = layout(float(moment))
    if serial:
        shown["_serial"] = serial
    return shown


def _names(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _json(job: Job, rows: list[dict[str, Any]], offset: int, *, preview: bool) -> bytes:
    body: dict[str, Any] = {"preview": preview, "init_offset": offset}
    body["messages"] = [one.plain for one in job.found.messages]
    body["fields"] = [{"name": name} for name in _names(rows)]
    return orjson.dumps({**body, "results": rows, "highlighted": {}})


def _xml(job: Job, rows: list[dict[str, Any]], offset: int, *, preview: bool) -> str:
    fields = "".join(f"<field>{escape(name)}</field>" for name in _names(rows))
    said = "".join(f"<msg type={quoteattr(one.type)}>{escape(one.text)}</msg>" for one in job.found.messages)
    shown = "".join(_result(row, offset + turn) for turn, row in enumerate(rows))
    return (
        f"<?xml version='1.0' encoding='UTF-8'?>\n<results preview='{int(preview)}'>\n"
        f"<meta>\n<fieldOrder>{fields}</fieldOrder>\n</meta>\n<messages>{said}</messages>\n{shown}</results>\n"
    )


def _result(row: Mapping[str, Any], offset: int) -> str:
    return f"<result offset='{offset}'>{''.join(_field(name, value) for name, value in row.items())}</result>\n"


def _field(name: str, value: str | list[str]) -> str:
    if name == "_raw":
        return f"<field k='_raw'><v xml:space='preserve' trunc='0'>{escape(str(value))}</v></field>"
    values = value if isinstance(value, list) else [value]
    inner = "".join(f"<value><text>{escape(one)}</text></value>" for one in values)
    return f"<field k={quoteattr(name)}>{inner}</field>"
