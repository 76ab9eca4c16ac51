"""What a person does in Kibana, as Kibana would record it: revision, time and name, under a key of theirs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lab.kibana.app import KibanaLab
from lab.kibana.duplicate import duplicated
from lab.kibana.exceptions import new_item, new_list
from lab.kibana.normal import created, patched, rewritten
from lab.kibana.settings import PERSON
from lab.kibana.store import DEFAULT, Kept, Space

WHO = "ana"
KEY = PERSON.id


def edit(lab: KibanaLab, rule_id: str, *, space: str = DEFAULT, by: str = WHO, **fields: Any) -> Mapping[str, Any]:
    """Save the rule's form with some fields changed: query, severity, name, tags, interval ...; `from` is `from_`.

    The rule runs under the person's key from now on, if it is enabled. The form rewrites `meta`, and marks in it are gone.
    """
    changed = {name.removesuffix("_"): value for name, value in fields.items()}
    with lab.store.lock:
        kept = lab.store.spaces[space].the(rule_id=rule_id)
        now = datetime.now(UTC)
        form = {"kibana_siem_app_url": "https://kibana.example/app/security", "from": "1m"}
        new = patched(kept.rule, {"meta": form, **changed}, by=by, now=now)
        return lab.store.write(space, Kept(new, KEY if new["enabled"] else ""), now).rule


def switch(lab: KibanaLab, rule_id: str, *, on: bool, space: str = DEFAULT, by: str = WHO) -> Mapping[str, Any]:
    """Enable or disable a rule in the table: the revision stays, and the key if there is one (source)."""
    with lab.store.lock:
        kept = lab.store.spaces[space].the(rule_id=rule_id)
        now = datetime.now(UTC)
        new = rewritten(kept.rule, {**kept.rule, "enabled": on}, by=by, now=now)
        return lab.store.write(space, Kept(new, kept.key or (KEY if on else "")), now).rule


def delete(lab: KibanaLab, rule_id: str, *, space: str = DEFAULT) -> None:
    """Delete a rule."""
    with lab.store.lock:
        lab.store.remove(space, lab.store.spaces[space].the(rule_id=rule_id), datetime.now(UTC))


def duplicate(lab: KibanaLab, rule_id: str, *, space: str = DEFAULT, by: str = WHO) -> Mapping[str, Any]:
    """Copy a rule with its exceptions; the copy has the same tags, so our mark under another id."""
    with lab.store.lock:
        place, now = lab.store.spaces[space], datetime.now(UTC)
        copy = duplicated(lab.store, place, place.the(rule_id=rule_id).rule, by=by, now=now, exceptions=True)
        return lab.store.write(space, Kept(copy), now).rule


def add_exception(
    lab: KibanaLab, rule_id: str, entries: list[Mapping[str, Any]], *, space: str = DEFAULT, by: str = WHO
) -> Mapping[str, Any]:
    """Except events from a rule: into the rule's own list, which the first exception makes and links."""
    with lab.store.lock:
        place, now = lab.store.spaces[space], datetime.now(UTC)
        kept = place.the(rule_id=rule_id)
        own = next((one for one in kept.rule["exceptions_list"] if one["type"] == "rule_default"), None)
        if own is None:
            own = _own_list(place, kept, by, now)
            links = [*kept.rule["exceptions_list"], own]
            new = patched(kept.rule, {"exceptions_list": links}, by=by, now=now)
            kept = lab.store.write(space, Kept(new, KEY if new["enabled"] else ""), now)
        body = {
            "list_id": own["list_id"],
            "type": "simple",
            "name": "known good",
            "description": "",
            "entries": entries,
        }
        new_item(place, body, by=by, now=now)
        return kept.rule


def add_action(
    lab: KibanaLab, rule_id: str, connector: str = "soc-mail", *, space: str = DEFAULT, by: str = WHO
) -> Mapping[str, Any]:
    """Let a rule notify somebody."""
    action = {
        "id": connector,
        "action_type_id": ".email",
        "params": {"to": ["soc@example.com"], "message": "{{rule.name}}"},
    }
    with lab.store.lock:
        given = lab.store.spaces[space].the(rule_id=rule_id).rule["actions"]
        return edit(lab, rule_id, space=space, by=by, actions=[*given, action])


def make(lab: KibanaLab, *, space: str = DEFAULT, by: str = WHO, **fields: Any) -> Mapping[str, Any]:
    """Keep a rule of somebody else's; `immutable=True` is one of Elastic's own."""
    own = {"type": "query", "name": "Theirs", "description": "-", "risk_score": 1, "severity": "low"}
    immutable = bool(fields.pop("immutable", False))
    with lab.store.lock:
        now = datetime.now(UTC)
        rule = created({**own, "rule_id": str(uuid.uuid4()), **fields}, by=by, now=now)
        rule |= {"immutable": True, "rule_source": PREBUILT} if immutable else {}
        return lab.store.write(space, Kept(rule, KEY if rule["enabled"] else ""), now).rule


def _own_list(place: Space, kept: Kept, by: str, now: datetime) -> dict[str, Any]:
    body = {
        "name": f"Exceptions for rule - {kept.rule['name']}",
        "description": "Exception list",
        "type": "rule_default",
    }
    made = new_list(place, body, by=by, now=now)
    return {"id": made["id"], "list_id": made["list_id"], "type": "rule_default", "namespace_type": "single"}


PREBUILT = {"type": "external", "is_customized": False, "has_base_version": True, "customized_fields": []}
