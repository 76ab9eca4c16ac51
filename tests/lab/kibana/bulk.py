"""One action on many rules: what was done, what failed (as a 500), and what would be done in a dry run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from lab.elastic.errors import Unbuilt
from lab.kibana.bulk_edit import EDIT, edited
from lab.kibana.call import USER, Call, body_of
from lab.kibana.check import invalid, record_of
from lab.kibana.duplicate import duplicated
from lab.kibana.errors import siem
from lab.kibana.export import exported
from lab.kibana.find import filtered, held
from lab.kibana.kinds import Flag, Kind, Record, Several, Text
from lab.kibana.normal import differs, rewritten
from lab.kibana.store import Kept
from lab.serve.exchange import Answer

WHICH: Final[Mapping[str, Kind]] = {"action": Text(), "ids": Several(Text(), 1), "query": Text()}
DUPLICATE = Record({"include_exceptions": Flag(), "include_expired_exceptions": Flag()}, {})
RUN = Record({"start_date": Text(), "end_date": Text()}, {})
NEEDS: Final[Mapping[str, Mapping[str, Kind]]] = {"edit": {"edit": EDIT}, "run": {"run": RUN}}
BACK: Final = timedelta(days=90)  # how far back a manual run may begin [E7]


@dataclass(frozen=True, slots=True)
class Wrong(Exception):
    """One rule the action failed for; `code` is one of a dry run's words (facts)."""

    message: str
    code: str = ""
    status: int = 500


@dataclass(slots=True)
class Done:
    """What came of an action, rule by rule."""

    updated: list[Any] = field(default_factory=list)
    created: list[Any] = field(default_factory=list)
    deleted: list[Any] = field(default_factory=list)
    skipped: list[Any] = field(default_factory=list)
    errors: list[tuple[Wrong, dict[str, str]]] = field(default_factory=list)


def bulk_action(call: Call) -> Answer:
    """POST /api/detection_engine/rules/_bulk_action: by ids, at most a page of them, or by a query."""
    body = body_of(call)
    name = str(body.get("action", "")) if isinstance(body, dict) else ""
    if name not in ACTIONS and name != "export":
        if name == "fill_gaps":
            raise Unbuilt("filling gaps")
        raise invalid([f"action: Invalid enum value. Expected {', '.join(sorted(ACTIONS))}, export"])
    asked, dry = record_of(body, _record(name)), call.flag("dry_run")
    if name == "export":
        if dry:
            raise siem(400, "Export action doesn't support dry_run mode")
        return exported(call, [one.rule["rule_id"] for one in _chosen(call, asked, Done())])
    done = Done()
    for turn, kept in enumerate(_chosen(call, asked, done)):
        try:
            _fail_by_script(call, turn)
            ACTIONS[name](call, asked, kept, done, dry=dry)
        except Wrong as wrong:
            done.errors.append((wrong, {"id": kept.rule["id"], "name": kept.rule["name"]}))
    return _told(done, dry=dry)


def _chosen(call: Call, asked: Mapping[str, Any], done: Done) -> list[Kept]:
    """Return the rules an action is for; an id that is none is an error of its own."""
    ids, most = asked.get("ids"), call.kibana.settings.bulk_ids
    if ids is None:
        wanted = filtered(asked.get("query", ""))
        return [one for one in call.space.rules() if held(one.rule, wanted)]
    if len(ids) > most:
        raise siem(400, f"More than {most} ids sent for bulk edit action.")
    if "query" in asked:
        raise siem(400, "Both query and ids are sent. Define either ids or query in request payload.")
    done.errors += [(Wrong("Rule not found"), {"id": one}) for one in ids if call.space.find(id=one) is None]
    return [kept for one in ids if (kept := call.space.find(id=one))]


def _enable(call: Call, asked: Mapping[str, Any], kept: Kept, done: Done, *, dry: bool) -> None:
    """Switch a rule; one that has a key keeps it, whoever asks (source)."""
    on = asked["action"] == "enable"
    rule = rewritten(kept.rule, {**kept.rule, "enabled": on}, by=USER, now=call.now)
    key = kept.key or (call.key.id if on else "")
    done.updated.append(_kept(call, Kept(rule, key), dry=dry))


def _delete(call: Call, _: Mapping[str, Any], kept: Kept, done: Done, *, dry: bool) -> None:
    if not dry:
        call.kibana.store.remove(call.space.name, kept, call.now)
    done.deleted.append(kept.rule)


def _edit(call: Call, asked: Mapping[str, Any], kept: Kept, done: Done, *, dry: bool) -> None:
    rule = rewritten(kept.rule, edited(kept.rule, asked["edit"]), by=USER, now=call.now)
    if not differs(kept.rule, rule):
        own = {"id": kept.rule["id"], "name": kept.rule["name"]}
        done.skipped.append({**own, "skip_reason": "RULE_NOT_MODIFIED"})
        return
    key = call.key.id if rule["enabled"] else ""
    done.updated.append(_kept(call, Kept(rule, key), dry=dry))


def _duplicate(call: Call, asked: Mapping[str, Any], kept: Kept, done: Done, *, dry: bool) -> None:
    wanted = asked.get("duplicate", {}).get("include_exceptions", True)
    copy = duplicated(call.kibana.store, call.space, kept.rule, by=USER, now=call.now, exceptions=wanted and not dry)
    done.created.append(_kept(call, Kept(copy), dry=dry))


def _run(call: Call, asked: Mapping[str, Any], kept: Kept, done: Done, *, dry: bool) -> None:
    """Ask for a manual run: of an enabled rule, 90 days back at most [E6][E7]; the lab notes it and does not run it."""
    if not kept.rule["enabled"]:
        raise Wrong("Cannot schedule manual rule run for a disabled rule", "MANUAL_RULE_RUN_DISABLED_RULE")
    start, end = asked["run"]["start_date"], asked["run"]["end_date"]
    if datetime.fromisoformat(start) < call.now - BACK:
        raise Wrong("Backfill cannot look back more than 90 days", status=400)
    if not dry:
        call.space.backfills.append((str(kept.rule["id"]), start, end))
    done.updated.append(kept.rule)


def _kept(call: Call, kept: Kept, *, dry: bool) -> Mapping[str, Any]:
    return kept.rule if dry else call.kibana.store.write(call.space.name, kept, call.now).rule


def _fail_by_script(call: Call, turn: int) -> None:
    bent = call.bent("partial_failure")
    if bent and turn < bent.amount:
        raise Wrong(bent.name or "the lab fails this rule")


def _told(done: Done, *, dry: bool) -> Answer:
    """Answer 200, or 500 where anything failed [E11]; a dry run shows numbers and no rules (source)."""
    worked = len(done.updated) + len(done.created) + len(done.deleted)
    failed, skipped = len(done.errors), len(done.skipped)
    summary = {"failed": failed, "skipped": skipped, "succeeded": worked, "total": worked + failed + skipped}
    lists = {name: [] if dry else getattr(done, name) for name in ("updated", "created", "deleted", "skipped")}
    attributes = {"results": lists, "summary": summary}
    if not failed:
        return Answer(200, {"success": True, "rules_count": summary["total"], "attributes": attributes})
    message = "Bulk edit partially failed" if worked else "Bulk edit failed"
    return Answer(500, {"message": message, "status_code": 500, "attributes": {"errors": _grouped(done), **attributes}})


def _grouped(done: Done) -> list[dict[str, Any]]:
    """Put the rules of one message together (source)."""
    found: dict[str, dict[str, Any]] = {}
    for wrong, rule in done.errors:
        code = {"err_code": wrong.code} if wrong.code else {}
        row = found.setdefault(
            wrong.message, {"message": wrong.message, "status_code": wrong.status, **code, "rules": []}
        )
        row["rules"].append(rule)
    return list(found.values())


def _record(name: str) -> Record:
    return Record({"action": Text(), **NEEDS.get(name, {})}, {**WHICH, "duplicate": DUPLICATE})


Action = Callable[..., None]
ACTIONS: Final[Mapping[str, Action]] = {
    "enable": _enable, "disable": _enable, "delete": _delete, "edit": _edit, "duplicate": _duplicate, "run": _run,
}  # fmt: skip
