"""A rule as Splunk objects: a saved search that is an alert, and the macro that says where its events are."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache

from huntline.model.artifact import Artifact, key_of
from huntline.model.pack import Detection, Json
from huntline.model.query import Rule
from huntline.translate.translator import Bound
from huntline.translate.words import one_line
from huntline_splunk.listing import listed
from huntline_splunk.security import correlation

SEARCH = "saved_search"
MACRO = "macro"
LONGEST = 99  # characters of a name that Enterprise Security takes for a search
SEVERITY = {"informational": 1, "low": 2, "medium": 3, "high": 4, "critical": 5}  # as Splunk Web names 1 to 5
SETTLED = 5  # minutes after which an indexed event can be searched on every peer
STRAY = timedelta(days=1)  # how much later than usual an event may come, and how far ahead its clock may run


def artifacts(
    detection: Detection, rule: Rule, bound: Bound, *, pack: str, every: timedelta | None, security: bool
) -> tuple[Artifact, ...]:
    """Return the macro of the rule's scope, the lookup of its long lists, then the search, under the names of the REST interface.

    Once it is enabled the search is scheduled already. `security`: Enterprise Security reads it.
    """
    macro, description, found = _macro(bound, pack), _description(detection), listed(detection, rule, bound, pack)
    rule, needed = (found.rule, (macro, found.lookup)) if found else (rule, (macro,))
    key = key_of(pack, detection.id, rule.scope)
    body: dict[str, Json] = {
        "search": rule.text,
        "description": description,
        "is_scheduled": True,
        **_schedule(every or bound.source.cadence, bound.store.scope.latency, key),
        "dispatch.allow_partial_results": False,  # a lost peer fails the search, and does not shorten its answer
        "alert_type": "number of events",
        "alert_comparator": "greater than",
        "alert_threshold": "0",
        "alert.digest_mode": True,
        "alert.severity": SEVERITY.get(detection.level, SEVERITY["medium"]),
        "alert.track": True,
        "action.huntline.param.detection": _facts(detection),
        **(correlation(detection, rule, bound.store.scope, description) if security else {}),
    }
    name = name_of(key)
    return *needed, Artifact(key, SEARCH, name, name, body, needs=tuple(one.key for one in needed))


def name_of(key: str) -> str:
    """Make a stanza name of the key alone, so that a new title is no new search; what does not fit ends in a digest."""
    pack, _, rest = key.partition("/")
    detection, _, scope = rest.rpartition("/")
    full = f"Huntline {pack} {scope} {detection}"
    plain = re.sub(r"[^A-Za-z0-9 ._-]", "_", full)
    if plain == full and len(plain) <= LONGEST:
        return plain
    return f"{plain[: LONGEST - 9]}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def place_in(key: str) -> str:
    """Return kind and name of what a key is of that bears no mark itself: `macros/<name>`, `lookups/<name>`."""
    return "/".join(key.split("/")[-2:])


def definition_of(bound: Bound) -> str:
    """Say where a scope's events are, as its macro does."""
    return bound.native("search") or f'from datamodel:"{bound.native("datamodel")}"'


def _macro(bound: Bound, pack: str) -> Artifact:
    name = bound.native("macro")
    body: dict[str, Json] = {"definition": definition_of(bound), "iseval": False}
    return Artifact(key_of(pack, "macros", name), MACRO, name, name, body)


def _description(detection: Detection) -> str:
    """Say in plain text what a person needs who sees the alert. The last line is ours: no backslash of a rule ends it."""
    told = [
        one_line(detection.title),
        *map(one_line, detection.description.splitlines()),
        *_listed("False positives", detection.falsepositives),
        *_listed("References", detection.references),
        *_listed("Tags", detection.tags),
        f"Sigma rule {one_line(detection.id)}, level {detection.level or 'not given'}.",
    ]
    return "\n".join(filter(None, told))


def _listed(what: str, items: Sequence[str]) -> list[str]:
    return [f"{what}: {'; '.join(map(one_line, items))}"] if items else []


def _facts(detection: Detection) -> str:
    """Give the same to programs: JSON on one line."""
    return json.dumps(
        {
            "attack": [tag.removeprefix("attack.") for tag in detection.tags if tag.startswith("attack.")],
            "falsepositives": [*detection.falsepositives],
            "id": detection.id,
            "level": detection.level,
            "references": [*detection.references],
            "title": detection.title,
        },
        sort_keys=True,
    )


def _schedule(cadence: timedelta, latency: timedelta, key: str) -> Mapping[str, Json]:
    """Cut time by arrival, so that each event is searched once, however late it comes; no run is ever skipped.

    Splunk picks buckets by event time, which bounds what a run reads: look a day behind what is usual, and a day ahead.
    """
    every = max(minutes for minutes in _intervals() if timedelta(minutes=minutes) <= cadence)
    back = timedelta(minutes=every + SETTLED) + latency + STRAY
    return {
        "cron_schedule": _cron(every, key),
        "realtime_schedule": False,
        "dispatch.index_earliest": f"-{every + SETTLED}m@m",
        "dispatch.index_latest": f"-{SETTLED}m@m",
        "dispatch.earliest_time": f"-{back // timedelta(minutes=1)}m@m",
        "dispatch.latest_time": f"+{STRAY // timedelta(hours=1)}h",
    }


@cache
def _intervals() -> tuple[int, ...]:
    """Return the minutes at which cron comes round evenly: those that divide an hour, and the hours that divide a day."""
    return (*(n for n in range(1, 61) if 60 % n == 0), *(60 * n for n in range(2, 25) if 24 % n == 0))


def _cron(every: int, key: str) -> str:
    """Spread the searches over their interval, each at a place of its own for ever."""
    place = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) % every
    if every <= 60:
        return f"{','.join(map(str, range(place, 60, every)))} * * * *"
    return f"{place % 60} {','.join(map(str, range(place // 60, 24, every // 60)))} * * *"
