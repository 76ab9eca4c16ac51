"""One execution of a scheduled rule over the workspace: what it finds, how many alerts that makes, what it fails at."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from lab.sentinel.app import SentinelLab
from lab.sentinel.engine import days_before
from lab.sentinel.errors import Failed
from lab.sentinel.rules.kept import PREFIX, Rule, Rules
from lab.sentinel.rules.normal import length
from lab.sentinel.rules.query import MISSING, check_query
from lab.sentinel.timespan import Span

LATE: Final = timedelta(minutes=5)  # the service runs that late, and looks at what lies before [M1]
MOST_ALERTS: Final = 150  # a run, with an alert for each result [M13]
ID: Final = "_ItemId"
FAILED: Final = "The alert rule was disabled due to too many consecutive failures. Reason:"  # (seen)
NO_TABLE: Final = "The target table (on which the rule query operated) was deleted."  # (seen)
INVALID: Final = "A function used by the rule query is no longer valid."  # (seen)
TRIGGERS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "GreaterThan": operator.gt,
    "LessThan": operator.lt,
    "Equal": operator.eq,
    "NotEqual": operator.ne,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The rows a run found, the alerts they made, and the words of what it failed at."""

    rows: tuple[Mapping[str, Any], ...] = ()
    alerts: int = 0
    error: str = ""

    @property
    def events(self) -> tuple[str, ...]:
        """Return the ids of the events found; none where the query leaves them out."""
        return tuple(str(row[ID]) for row in self.rows if ID in row)


def run_rule(lab: SentinelLab, rule_id: str, now: datetime) -> Outcome:
    """Run an enabled rule over its period before now; one that has failed often enough is disabled by the service.

    Raises KeyError for no rule of that id, ValueError for a disabled one, which never runs.
    """
    rule = lab.rules.the(rule_id)
    if not rule.properties["enabled"]:
        raise ValueError(f"the rule {rule_id} is disabled")
    try:
        rows = _found(lab, rule, now)
    except Failed as failed:
        return _failed(lab, rule, failed.answer.body["error"]["message"], now)
    lab.rules.succeed(rule.name)
    return Outcome(rows, _alerts(rule.properties, len(rows)))


def auto_disable(rules: Rules, name: str, reason: str, now: datetime) -> Rule:
    """Disable a rule as the service does: with a prefix to its name, and the reason before its description [M8]."""
    with rules.lock:
        rule = rules.the(name)
        said, title = rule.properties["description"] or "", rule.properties["displayName"]
        changed = {
            "enabled": False,
            "displayName": title if title.startswith(PREFIX) else f"{PREFIX}{title}",
            "description": f"{FAILED} {reason}\n{said}".strip(),
        }
        return rules.write(rule.name, rule.kind, {**rule.properties, **changed}, now)


def _found(lab: SentinelLab, rule: Rule, now: datetime) -> tuple[Mapping[str, Any], ...]:
    query = rule.properties["query"]
    check_query(lab.workspace, query, now)
    end = now - LATE
    seen = Span(end - length(rule.properties["queryPeriod"]), end - timedelta(microseconds=1))
    made = lab.workspace.engine.run(
        query, lambda table: seen.within(days_before(now, table.keep.interactive)), now, keeping=frozenset({ID})
    )
    names = [name for name, _ in made.columns]
    return tuple(MappingProxyType(dict(zip(names, row, strict=True))) for row in made.rows)


def _alerts(said: Mapping[str, Any], count: int) -> int:
    if not TRIGGERS[said["triggerOperator"]](count, said["triggerThreshold"]):
        return 0
    if said["eventGroupingSettings"]["aggregationKind"] == "AlertPerResult":
        return min(count, MOST_ALERTS)
    return 1


def _failed(lab: SentinelLab, rule: Rule, words: str, now: datetime) -> Outcome:
    """Count a failure, and disable the rule at the last one; the lab knows lasting failures only."""
    if lab.rules.fail(rule.name) >= lab.settings.failures:
        auto_disable(lab.rules, rule.name, NO_TABLE if words.endswith(MISSING) else INVALID, now)
    return Outcome(error=words)
