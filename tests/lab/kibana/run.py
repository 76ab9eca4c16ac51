"""One execution of a rule over the lab's Elasticsearch: what it finds, warns of and fails at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from lab.elastic.app import ElasticLab
from lab.elastic.dates import moment
from lab.elastic.errors import Unbuilt
from lab.elastic.settings import Key
from lab.kibana import threat
from lab.kibana.dsl import exception, joined, kql, window
from lab.kibana.elastic import Failure, Reader, looked_in
from lab.kibana.exceptions import exceptions_of
from lab.kibana.kuery import Unread
from lab.kibana.normal import stamp
from lab.kibana.store import KibanaStore, Space

ORDER: Final[Mapping[str, int]] = {
    "succeeded": 0, "going to run": 10, "running": 15, "partial failure": 20, "failed": 30,
}  # fmt: skip
"""How an execution may stand, and its rank (facts; the ranks: source)."""

FULL: Final = "This rule reached the maximum alert limit for the rule execution. Some alerts were not created."
STAYS: Final = (
    "This warning will persist until one of the following occurs: a matching index is created or the rule is disabled."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one execution came to: the ids of the events that matched, what was wrong, and how many alerts are new."""

    events: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    error: str = ""
    new: int = 0

    @property
    def status(self) -> str:
        return "failed" if self.error else "partial failure" if self.warnings else "succeeded"


@dataclass(frozen=True, slots=True)
class World:
    """What an execution reads."""

    elastic: ElasticLab
    store: KibanaStore
    space: Space


def executed(world: World, rule: Mapping[str, Any], key: Key | None, now: datetime) -> Outcome:
    """Evaluate a rule as of a moment; what fails is part of the outcome, never raised."""
    if key is None:
        return Outcome(error='Unable to decrypt attribute "apiKey": the rule has no API key')
    reader = Reader(world.elastic, key, now)
    warnings = list(_warnings(reader, rule))
    if any(STAYS in one for one in warnings):
        return Outcome(warnings=tuple(warnings))
    try:
        events = tuple(_found(world, reader, rule, now))
    except (Failure, Unread) as failed:
        return Outcome(warnings=tuple(warnings), error=str(failed))
    if len(events) >= rule["max_signals"]:
        warnings.append(FULL)
    return Outcome(events[: rule["max_signals"]], tuple(warnings))


def summary(outcome: Outcome, now: datetime) -> dict[str, Any]:
    """Write what Kibana tells of the last execution."""
    said = outcome.error or "; ".join(outcome.warnings) or "Rule execution completed successfully"
    metrics = {"total_search_duration_ms": 1, "total_indexing_duration_ms": len(outcome.events) and 1}
    status = outcome.status
    last = {"date": stamp(now), "status": status, "status_order": ORDER[status], "message": said, "metrics": metrics}
    return {"last_execution": last}


def _found(world: World, reader: Reader, rule: Mapping[str, Any], now: datetime) -> Iterator[str]:
    at = round(now.timestamp() * 1000)
    start, end = (moment(rule[name], up=False, now=at) for name in ("from", "to"))
    items = exceptions_of(world.store, world.space, rule, now)
    except_for = [exception(one, world.space.value_lists) for one in items]
    asked = [window(rule, start, end), *rule.get("filters", [])]
    if rule["type"] == "eql":
        yield from reader.eql(rule, joined(asked, except_for), rule["max_signals"])
    elif rule["type"] == "threat_match":
        yield from threat.matches(reader, rule, joined([*asked, kql(rule["query"])], except_for))
    else:
        raise Unbuilt(f"running a rule of the type {rule['type']}")


def _warnings(reader: Reader, rule: Mapping[str, Any]) -> Iterator[str]:
    """Say what Kibana warns of before it searches: no index, no privilege, no time to go by (source)."""
    patterns = looked_in(rule)
    try:
        if denied := reader.denied([*patterns, *rule.get("threat_index", [])]):
            names = ",".join(f'"{one}"' for one in denied)
            yield f"This rule may not have the required read privileges to the following index patterns: [{names}]"
        if not reader.resolved(patterns):
            yield f"Unable to find matching indices for rule {rule['name']}. {STAYS}"
        if "threat_index" in rule and not reader.resolved(rule["threat_index"]):
            yield f"Unable to find matching threat indicator indices for rule {rule['name']}. {STAYS}"
        override = rule.get("timestamp_override")
        if override and (lacking := reader.lacking(patterns, override)):
            names = ",".join(f'"{one}"' for one in lacking)
            yield f'The following indices are missing the timestamp override field "{override}": [{names}]'
    except Failure:
        return  # the search fails the same way, and says so
