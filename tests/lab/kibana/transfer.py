"""A file of rules taken in: 200 whatever happened, and the errors told one by one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import orjson
from werkzeug.formparser import parse_form_data

from lab.kibana.call import USER, Call
from lab.kibana.check import whole_rule
from lab.kibana.errors import Refused, platform, siem
from lab.kibana.exceptions import drop_list, new_item, new_list, placed
from lab.kibana.rules import made, overwritten
from lab.serve.exchange import Answer

UNKNOWN = "(unknown id)"


@dataclass(slots=True)
class Lines:
    """A file, sorted by what its lines are; a line that does not read is an error among the rules."""

    rules: list[Any] = field(default_factory=list)
    lists: list[dict[str, Any]] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Errors:
    rules: list[dict[str, Any]] = field(default_factory=list)
    exceptions: list[dict[str, Any]] = field(default_factory=list)


def import_rules(call: Call) -> Answer:
    """POST /api/detection_engine/rules/_import: each rule for itself; `overwrite` resets what the file leaves out (4a)."""
    lines, errors = _sorted(_file(call), call.kibana.settings.import_rules), Errors()
    renamed = _exceptions(call, lines, errors)
    bent, taken = call.bent("import_errors"), 0
    for turn, row in enumerate(_once(call, lines.rules, errors)):
        try:
            if bent and turn < bent.amount:
                raise siem(500, bent.name or "the lab fails this rule")
            _take(call, row, renamed, errors)
            taken += 1
        except Refused as refused:
            known = not refused.message.startswith("[request body]")
            name = row.get("rule_id", UNKNOWN) if known and isinstance(row, dict) else UNKNOWN
            errors.rules.append(
                _error(str(refused.message).removeprefix("[request body]: "), refused.status, rule_id=name)
            )
    return Answer(200, {
        "success": not errors.rules, "success_count": taken, "rules_count": len(lines.rules), "errors": errors.rules,
        "exceptions_success": not errors.exceptions,
        "exceptions_success_count": len(lines.lists) + len(lines.items) - len(errors.exceptions),
        "exceptions_errors": errors.exceptions, "action_connectors_success": True, "action_connectors_success_count": 0,
        "action_connectors_errors": [], "action_connectors_warnings": [],
    })  # fmt: skip


def _take(call: Call, row: Any, renamed: Mapping[str, Mapping[str, Any]], errors: Errors) -> None:
    if isinstance(row, Refused):
        raise row
    body = whole_rule(row)
    if not body.get("rule_id"):
        raise platform(400, "[request body]: rule_id: Required")
    body["exceptions_list"] = list(_references(call, body, renamed, errors))
    body.pop("id", None)
    old = call.space.find(rule_id=body["rule_id"])
    if old is None:
        made(call, body)
    elif call.flag("overwrite"):
        overwritten(call, old, body)
    else:
        raise siem(409, f'rule_id: "{body["rule_id"]}" already exists')


def _references(
    call: Call, body: Mapping[str, Any], renamed: Mapping[str, Mapping[str, Any]], errors: Errors
) -> Iterator[Mapping[str, Any]]:
    """Yield the lists a rule names, as they are here; one that is not there is dropped, and told as an error (source)."""
    for one in body.get("exceptions_list", []):
        place = placed(call.kibana.store, call.space, one["namespace_type"])
        wanted = renamed.get(one["list_id"], one)["list_id"]
        found = next((each for each in place.lists.values() if each["list_id"] == wanted), None)
        if found and found["type"] == one["type"]:
            yield {**one, "id": found["id"], "list_id": wanted}
            continue
        name = body["rule_id"]
        reason = f'references a non existent exception list of list_id: "{one["list_id"]}". Reference has been removed.'
        errors.rules.append(_error(f'Rule with rule_id: "{name}" {reason}', 400, rule_id=name))


def _once(call: Call, rules: list[Any], errors: Errors) -> list[Any]:
    """Keep the last of rules with one id; without `overwrite` each further one is an error (source)."""
    by_id: dict[Any, Any] = {}
    for turn, row in enumerate(rules):
        name = row.get("rule_id", turn) if isinstance(row, dict) else turn
        if name in by_id and not call.flag("overwrite"):
            errors.rules.append(_error(f'More than one rule with rule-id: "{name}" found', 400, rule_id=str(name)))
        by_id[name] = row
    return list(by_id.values())


def _exceptions(call: Call, lines: Lines, errors: Errors) -> dict[str, Mapping[str, Any]]:
    """Take in lists and their items first; returns each list by the id it had in the file."""
    anew, taken = call.flag("as_new_list"), dict[str, Mapping[str, Any]]()
    for row in lines.lists:
        place = placed(call.kibana.store, call.space, row.get("namespace_type", "single"))
        old = next((one for one in place.lists.values() if one["list_id"] == row["list_id"]), None)
        if old and not anew and not call.flag("overwrite_exceptions"):
            said = (
                f'Found that list_id: "{row["list_id"]}" already exists. Import of list_id: "{row["list_id"]}" skipped.'
            )
            errors.exceptions.append(_error(said, 409, list_id=row["list_id"]))
            continue
        if old and not anew:
            drop_list(place, old)
        own = {"list_id": str(uuid.uuid4())} if anew else {}
        taken[row["list_id"]] = new_list(place, {**row, **own}, by=USER, now=call.now)
    for row in lines.items:
        if row["list_id"] in taken:
            place = placed(call.kibana.store, call.space, row.get("namespace_type", "single"))
            own = {"item_id": str(uuid.uuid4())} if anew else {}
            new_item(place, {**row, **own, "list_id": taken[row["list_id"]]["list_id"]}, by=USER, now=call.now)
        else:
            said = (
                f'Found that item_id: "{row["item_id"]}" already exists. Import of item_id: "{row["item_id"]}" skipped.'
            )
            errors.exceptions.append(_error(said, 409, list_id=row["list_id"], item_id=row["item_id"]))
    return taken


def _file(call: Call) -> bytes:
    """Return the uploaded file; raises Refused (400, 413)."""
    request = call.request
    if len(request.body) > call.kibana.settings.import_bytes:
        raise platform(413, f"Payload content length greater than maximum allowed: {call.kibana.settings.import_bytes}")
    form = {
        "REQUEST_METHOD": "POST", "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)), "wsgi.input": BytesIO(request.body),
    }  # fmt: skip
    _, _, files = parse_form_data(form, stream_factory=_in_memory)
    if "file" not in files:
        raise platform(400, "[request body]: file: Required")
    name = files["file"].filename or ""
    if not name.lower().endswith(".ndjson"):
        raise siem(400, f"Invalid file extension .{name.rpartition('.')[2]}")
    return bytes(files["file"].read())


def _in_memory(
    total_content_length: int | None,  # noqa: ARG001 (werkzeug's signature, as the others)
    content_type: str | None,  # noqa: ARG001
    filename: str | None,  # noqa: ARG001
    content_length: int | None = None,  # noqa: ARG001
) -> BytesIO:
    """Keep an upload where nothing has to be closed."""
    return BytesIO()


def _sorted(file: bytes, most: int) -> Lines:
    found = Lines()
    for line in file.splitlines():
        if line.strip():
            _sort(line, found)
    if len(found.rules) > most:
        raise siem(500, f"Can't import more than {most} rules")
    return found


def _sort(line: bytes, found: Lines) -> None:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as broken:
        found.rules.append(siem(400, str(broken)))
        return
    if not isinstance(row, dict) or ("type" in row and "list_id" not in row):
        found.rules.append(row)
    elif "exported_count" in row:
        return
    elif "entries" in row:
        found.items.append(row)
    else:
        (found.lists if "list_id" in row else found.rules).append(row)


def _error(message: str, status: int, **ids: str) -> dict[str, Any]:
    return {**ids, "error": {"status_code": status, "message": message}}
