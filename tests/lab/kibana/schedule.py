"""Rules at work: an execution when the lab says so, its alerts, and the summary Kibana keeps of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from lab.elastic.settings import Key
from lab.kibana.app import KibanaLab
from lab.kibana.run import Outcome, World, executed, summary
from lab.kibana.store import DEFAULT, Kept, Space


def run_rule(lab: KibanaLab, rule_id: str, now: datetime, *, space: str = DEFAULT) -> Outcome:
    """Run an enabled rule as of a moment (aware UTC): its alerts and its execution summary are kept.

    It runs under the key it holds, whatever has become of that. Raises ValueError for a disabled rule, and LookupError for
    none.
    """
    with lab.store.lock:
        place = lab.store.spaces[space]
        kept = place.find(rule_id=rule_id)
        if kept is None:
            raise LookupError(rule_id)
        if not kept.rule["enabled"]:
            raise ValueError(f"{rule_id} is disabled: it does not run")
        found = executed(World(lab.elastic, lab.store, place), kept.rule, _key(lab, kept.key), now)
        outcome = replace(found, new=_alerted(place, kept.rule, found))
        lab.store.note(space, Kept({**kept.rule, "execution_summary": summary(outcome, now)}, kept.key))
    return outcome


def _alerted(space: Space, rule: Mapping[str, Any], found: Outcome) -> int:
    """Keep an alert for each event that has none yet: looking twice at the same events alerts once (2.2)."""
    fresh = [one for one in found.events if (rule["rule_id"], one) not in space.alerts]
    for one in fresh:
        space.alerts[rule["rule_id"], one] = {"rule_id": rule["rule_id"], "name": rule["name"], "event": one}
    return len(fresh)


def _key(lab: KibanaLab, name: str) -> Key | None:
    return next((one for one in lab.elastic.settings.keys if one.id == name), None)
