"""A rule tried without being kept: it says what would go wrong, and how many alerts there would have been, to the lab alone."""

from __future__ import annotations

import time
import uuid
from datetime import datetime, timedelta
from typing import Any

from lab.elastic.dates import span
from lab.elastic.errors import Failed
from lab.kibana.call import USER, Call, body_of
from lab.kibana.check import PREVIEW, invalid, whole_rule
from lab.kibana.errors import siem
from lab.kibana.normal import created, stamp
from lab.kibana.run import Outcome, World, executed
from lab.serve.exchange import Answer

MOST = 168  # runs of one preview (lab: a week of hours)


def preview(call: Call) -> Answer:
    """POST /api/detection_engine/rules/preview: runs up to timeframeEnd, an interval apart, under the caller's key."""
    body = whole_rule(body_of(call), preview=True)
    if missing := [f"{name}: Required" for name in PREVIEW if name not in body]:
        raise invalid(missing)
    count, end = int(body.pop("invocationCount")), datetime.fromisoformat(str(body.pop("timeframeEnd")))
    if not 1 <= count <= MOST:
        raise siem(400, f"invocationCount must be between 1 and {MOST}")
    rule = created(body, by=USER, now=call.now)
    world, name = World(call.kibana.elastic, call.kibana.store, call.space), str(uuid.uuid4())
    logs, found = [], set()
    for turn in range(count):
        at = end - (count - 1 - turn) * _interval(rule["interval"])
        begun = time.monotonic()
        outcome = executed(world, rule, call.key, at)
        found |= set(outcome.events)
        logs.append(_log(outcome, at, begun))
    call.space.previews[name] = len(found)
    return Answer(200, {"previewId": name, "logs": logs, "isAborted": False})


def _log(outcome: Outcome, at: datetime, begun: float) -> dict[str, Any]:
    errors = [outcome.error] if outcome.error else []
    duration = round((time.monotonic() - begun) * 1000)
    return {"errors": errors, "warnings": list(outcome.warnings), "startedAt": stamp(at), "duration": duration}


def _interval(text: str) -> timedelta:
    try:
        return timedelta(milliseconds=span(text))
    except Failed:
        raise siem(400, f"Invalid schedule interval: {text}") from None
