"""A detection rule as Kibana gives it back, beside what we want of it: what is ours, what is the customer's, what is neither.

What Kibana fills in and computes: its source, `apply_rule_defaults` and `apply_rule_update`; what its page rewrites when a
person saves a rule (times in seconds, empty filters): from memory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed, State
from huntline.model.mark import RETIRED, Mark, marks_in
from huntline.model.pack import Json
from huntline.model.paths import with_values
from huntline_elastic.artifact import KIND
from huntline_elastic.ours import id_of

DESCRIBED = (
    "name",
    "description",
    "severity",
    "risk_score",
    "max_signals",
    "tags",
    "threat",
    "references",
    "false_positives",
)
RUN = ("type", "language", "query", "index", "interval", "from", "to", "timestamp_override", "required_fields")
COMPARED = ("index", "indicator_path", "language", "mapping", "query")
OF_LISTS = frozenset(f"threat_{name}" for name in COMPARED)
SAID = (*DESCRIBED, *RUN, *sorted(OF_LISTS))
"""The fields that `artifact` writes."""

UNSAID: Mapping[str, Json] = {
    "timestamp_override": None,
    "data_view_id": None,  # would be read instead of `index`
    "event_category_override": None,
    "filters": [],
    "threat_filters": [],
}
"""Fields that decide what a rule finds, as they are where nobody says anything."""

PEOPLE = ("created_at", "created_by", "updated_at", "updated_by")
STAMPED = frozenset((*PEOPLE, "id", "revision", "immutable", "rule_source", "execution_summary"))
RESOLVED = frozenset(("outcome", "alias_target_id", "alias_purpose"))
"""Fields that Kibana alone writes."""

SPAN = re.compile(r"(?:now-)?(?P<count>\d+)(?P<unit>[smhd])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def normal(artifact: Artifact) -> dict[str, Json]:
    """Return the managed fields of a rule we want, as they are read back."""
    return _managed(artifact.body)


def deployed(rule: Mapping[str, Any]) -> Deployed:
    """Read a rule as Kibana gives it. A mark at the id made of its key is home; else the rule is a copy of it."""
    marks = [mark for tag in rule.get("tags", ()) for mark in marks_in(tag)]
    mark = next((one for one in marks if id_of(one.key) == rule["rule_id"]), marks[0] if marks else None)
    state, words = _state(rule)
    return Deployed(
        kind=KIND,
        remote_id=rule["rule_id"],
        name=rule["name"],
        mark=mark,
        home=mark is not None and id_of(mark.key) == rule["rule_id"],
        managed=_managed(rule),
        whole=dict(rule),
        revision=f"{rule.get('revision')} {rule.get('updated_at')} {'on' if rule.get('enabled') else 'off'}",
        state=state,
        changed_by=rule.get("updated_by") or "",
        changed_at=_moment(rule.get("updated_at")),
        words=words,
    )


def wanted(artifact: Artifact, over: Deployed | None, *, on: bool, instead: Mapping[str, Json]) -> dict[str, Json]:
    """Return the whole body to be sent: what is ours, over what the customer's rule has besides. PUT resets what it lacks."""
    ours = with_values(normal(artifact), instead)
    tags = [*cast(list[Json], ours["tags"]), str(artifact.mark)]
    kept = {name: value for name, value in written(over.whole).items() if name not in ours} if over else {}
    said = {name: value for name, value in ours.items() if value is not None and value != UNSAID.get(name)}
    return {**kept, **said, "tags": tags, "rule_id": artifact.remote_id, "enabled": on}


def retired(over: Deployed) -> dict[str, Json]:
    """Return the body of a rule that is switched off and marked for good."""
    tags = [tag for tag in over.whole.get("tags", ()) if not marks_in(tag)]  # type: ignore[union-attr,arg-type]  # texts
    mark = [str(Mark(over.mark.key, RETIRED))] if over.mark else []
    return written(over.whole) | {"enabled": False, "tags": [*tags, *mark]}


def written(whole: Mapping[str, Json]) -> dict[str, Json]:
    """Return all of a rule that a body may say."""
    return {name: value for name, value in whole.items() if name not in STAMPED | RESOLVED and value is not None}


def seconds_of(text: Any) -> int | None:
    """Read an interval, or how far from now something lies; None for what says it in another way."""
    found = SPAN.fullmatch(text) if isinstance(text, str) else None
    return int(found["count"]) * SECONDS[found["unit"]] if found else None


def _managed(rule: Mapping[str, Any]) -> dict[str, Json]:
    """Return what decides and describes, in one spelling whoever wrote it."""
    names = [name for name in SAID if name not in OF_LISTS or rule.get("type") == "threat_match"]
    found: dict[str, Json] = {name: rule.get(name) for name in names}
    found |= {name: rule.get(name) or value for name, value in UNSAID.items()}
    told: dict[str, Json] = {
        "tags": sorted(tag for tag in rule.get("tags") or () if not marks_in(tag)),
        "required_fields": _required(rule.get("required_fields")),
        "threat": [{k: v for k, v in one.items() if v != []} for one in rule.get("threat") or ()],
        "interval": _span(rule.get("interval")),
        "from": _span(rule.get("from")),
    }
    return found | told


def _required(fields: Any) -> list[Json]:
    """Leave out whether a field is of ECS: Kibana computes it."""
    return [{"name": one["name"], "type": one["type"]} for one in fields or ()]


def _span(text: Any) -> Json:
    """Write a span of time in minutes where it is whole minutes."""
    seconds = seconds_of(text)
    if seconds is None:
        return cast(Json, text)
    before = "now-" if text.startswith("now-") else ""
    return f"{before}{f'{seconds // 60}m' if seconds % 60 == 0 else f'{seconds}s'}"


def _state(rule: Mapping[str, Any]) -> tuple[State, str]:
    """Kibana never switches a rule off: one whose runs have failed since it was last written stays on, with the words.

    So it looks when the key it runs under is gone.
    """
    if not rule.get("enabled"):
        return "off", ""
    last = (rule.get("execution_summary") or {}).get("last_execution") or {}
    ran, written_at = _moment(last.get("date")), _moment(rule.get("updated_at"))
    if last.get("status") == "failed" and ran and written_at and ran > written_at:
        return "on", str(last.get("message") or "its last run failed")
    return "on", ""


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
