"""The routes of one rule: read, create, replace, patch, delete. Each returns the rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.kibana.call import USER, Call, body_of, one_id
from lab.kibana.check import patch, whole_rule
from lab.kibana.errors import Refused, siem
from lab.kibana.normal import created, patched, replaced
from lab.kibana.store import Kept
from lab.serve.exchange import Answer


def read(call: Call) -> Answer:
    """GET /api/detection_engine/rules: what is written shows here at once."""
    kept = call.space.the(**one_id(call, call.request.query))
    if call.bent("stale_revision"):
        life = call.space.versions[str(kept.rule["id"])]
        kept = next((one.kept for one in life[-2::-1] if one.kept), kept)
    return Answer(200, kept.rule)


def create(call: Call) -> Answer:
    """POST /api/detection_engine/rules: 409 for a rule_id that is known (source)."""
    body = whole_rule(body_of(call))
    if body.get("rule_id") and call.space.find(rule_id=body["rule_id"]):
        raise taken(body["rule_id"])
    return Answer(200, made(call, body).rule)


def replace(call: Call) -> Answer:
    """PUT /api/detection_engine/rules: what is not sent is reset, but for `enabled` and `version` (source)."""
    body = whole_rule(body_of(call))
    old = call.space.the(**one_id(call, body))
    return Answer(200, overwritten(call, old, body).rule)


def change(call: Call) -> Answer:
    """PATCH /api/detection_engine/rules: only what is sent changes."""
    body = body_of(call)
    old = call.space.the(**one_id(call, body if isinstance(body, dict) else {}))
    sent = patch(body, old.rule["type"])
    _same_type(old, sent)
    new = patched(old.rule, sent, by=USER, now=call.now)
    return Answer(200, call.kibana.store.write(call.space.name, Kept(new, key_after(call, old, new)), call.now).rule)


def delete(call: Call) -> Answer:
    """DELETE /api/detection_engine/rules: returns what was deleted; the exceptions' lists stay."""
    kept = call.space.the(**one_id(call, call.request.query))
    call.kibana.store.remove(call.space.name, kept, call.now)
    return Answer(200, kept.rule)


def made(call: Call, body: Mapping[str, Any]) -> Kept:
    """Create a rule; an enabled one takes the caller's key."""
    rule = created(body, by=USER, now=call.now)
    return call.kibana.store.write(call.space.name, Kept(rule, call.key.id if rule["enabled"] else ""), call.now)


def overwritten(call: Call, old: Kept, body: Mapping[str, Any]) -> Kept:
    """Replace a rule's content."""
    _same_type(old, body)
    new = replaced(old.rule, body, by=USER, now=call.now)
    return call.kibana.store.write(call.space.name, Kept(new, key_after(call, old, new)), call.now)


def key_after(call: Call, old: Kept, new: Mapping[str, Any]) -> str:
    """Return whose key a rule runs under after an edit: the editor's, once it is enabled.

    An edit of a disabled rule drops the key, enabling attaches one only where there is none (source).
    """
    return call.key.id if old.rule["enabled"] or new["enabled"] else ""


def taken(rule_id: str) -> Refused:
    return siem(409, f'rule_id: "{rule_id}" already exists')


def _same_type(old: Kept, body: Mapping[str, Any]) -> None:
    """Refuse to make another type of a rule (mem)."""
    if body.get("type", old.rule["type"]) != old.rule["type"]:
        reason = f"expected value to equal [{old.rule['type']}]"
        raise siem(400, f"params invalid: [type]: {reason}")
