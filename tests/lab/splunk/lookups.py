"""Lookup files and definitions, and how rows get into a file: by `outputlookup`, or by the Lookup Editor app.

Core REST takes only a file that lies on the server's own disk already (1.2), which no stand-in has: that is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson

from lab.serve.exchange import Answer
from lab.spl import Row, SplError
from lab.spl.tree import Command, Pipeline
from lab.splunk.call import TRUE, Call
from lab.splunk.errors import Failed, Unbuilt, unsupported
from lab.splunk.knowledge import NOBODY, Acl, Kept, Key, Namespace
from lab.splunk.objects import Kind, clash

Table = list[dict[str, str]]
FLAGS: Final[Mapping[str, bool]] = {
    "CAN_OPTIMIZE": True, "CLEAN_KEYS": True, "case_sensitive_match": True, "disabled": False, "replicate_delta": False,
}  # fmt: skip
NUMBERS: Final = frozenset({"max_matches", "min_matches"})
KNOWN: Final = frozenset(
    {
        "filename",
        "collection",
        "external_cmd",
        "external_type",
        "fields_list",
        "default_match",
        "match_type",
        "time_field",
    }
    | {"time_format", "max_offset_secs", "min_offset_secs", "filter", "batch_index_query", "allow_caching"}
)


def visible(call: Call) -> dict[str, Sequence[Row]]:
    """Return the tables a search of this namespace can name: files by name, definitions by theirs."""
    files = {one.key.name: call.knowledge.tables.get(one.key, []) for one in _seen(call, "lookups")}
    defined = {one.key.name: _defined(call, one, files) for one in _seen(call, "transforms")}
    return {**files, **{name: rows for name, rows in defined.items() if rows is not None}}


def write(call: Call, pipeline: Pipeline, rows: Sequence[Row]) -> None:
    """Keep what `outputlookup` at the end of a search writes; raises SplError where the user may not, or for no table."""
    at = [place for place, one in enumerate(pipeline.commands) if one.name == "outputlookup"]
    if not at:
        return
    if at != [len(pipeline.commands) - 1]:
        raise Unbuilt("outputlookup before the end of a search")
    command = pipeline.commands[-1]
    if "output_file" not in call.user.role.capabilities:
        raise SplError("insufficient permission: output_file", command.at)  # words (lab)
    name = command.arguments["table"]
    defined = next((one for one in _seen(call, "transforms") if one.key.name == name), None)
    if defined is not None and "collection" in defined.values:
        _store(call, defined, command, rows)
        return
    name = defined.values.get("filename", name) if defined else name
    if not name.endswith(".csv"):
        raise SplError(f"The lookup table '{name}' requires a .csv or KV store lookup definition.", command.at)
    _keep(call, name, command, rows)


def edited(call: Call) -> Answer:
    """POST data/lookup_edit/lookup_contents: a whole file as a list of lists (S5); only where the Lookup Editor app is."""
    if not call.settings.lookup_editor:
        raise Failed(404, "Not Found")
    heading, *rows = orjson.loads(call.one("contents"))
    where = Namespace(call.one("owner", NOBODY) or NOBODY, call.one("namespace", call.settings.default_app))
    key = _place(call, call.one("lookup_file"), where)
    if isinstance(key, str):
        raise Failed(403, key)
    _put(call, key, [dict(zip(heading, row, strict=False)) for row in rows])
    return Answer(200, f"/opt/splunk/etc/apps/{key.app}/lookups/{key.name}".encode(), {"Content-Type": "text/plain"})


def _keep(call: Call, name: str, command: Command, rows: Sequence[Row]) -> None:
    said = command.arguments
    key = _place(call, name, Namespace(NOBODY, call.namespace.app))
    if isinstance(key, str):
        raise SplError(key, command.at)
    old = call.knowledge.tables.get(key, [])
    if not rows and (said["append"] or not said["override_if_empty"]):
        return
    if not rows and not said["create_empty"]:  # an empty result takes the file away (docs: override_if_empty)
        call.knowledge.tables.pop(key, None)
        call.knowledge.kept.pop(key, None)
        return
    _put(call, key, [*(old if said["append"] else []), *map(_flat, rows)])


def _store(call: Call, defined: Kept, command: Command, rows: Sequence[Row]) -> None:
    """Write rows to a collection: with append those of the same key are replaced, without all others go (docs)."""
    key = Key("collections", NOBODY, defined.key.app, defined.values["collection"])
    found = call.knowledge.kept.get(key)
    if found is None or not call.knowledge.writable(found, call.asker):
        raise SplError(f"insufficient permission, or no collection {key.name}", command.at)
    held = call.knowledge.documents.setdefault((key, NOBODY), {})
    if not command.arguments["append"]:
        held.clear()
    for turn, row in enumerate(rows, len(held)):
        name = str(row.get(command.arguments["key_field"], f"lab-{turn}"))
        held[name] = {**_flat(row), "_key": name, "_user": NOBODY}


def _place(call: Call, name: str, where: Namespace) -> Key | str:
    """Return where a file lies or would be made, or why not: who writes a file needs the right to, or the app's."""
    key = Key("lookups", where.owner, where.app, name)
    app = call.knowledge.apps.get(where.app)
    if app is None:
        return f"there is no app {where.app}"
    there = call.knowledge.kept.get(key) or Kept(key, Acl("", "app", app.read, app.write), None, {}, None)
    return key if call.knowledge.writable(there, call.asker) else f"insufficient permission to write {name}"


def _put(call: Call, key: Key, rows: Table) -> None:
    app = call.knowledge.apps[key.app]
    new = Kept(key, Acl(call.user.name, "app", app.read, app.write), None, {}, call.request.now)
    with call.knowledge.lock:
        call.knowledge.tables[key] = rows
        call.knowledge.put(replace(call.knowledge.kept.get(key, new), updated=call.request.now))


def _flat(row: Row) -> dict[str, str]:
    """Return a row as a file holds it: text, several values in lines, no internal field but the time (mem)."""
    kept = {name: value for name, value in row.items() if not name.startswith("_") or name == "_time"}
    return {name: "\n".join(value) if isinstance(value, list) else value for name, value in kept.items()}


def _seen(call: Call, conf: str) -> list[Kept]:
    return call.knowledge.seen(conf, call.namespace, call.asker)


def _defined(call: Call, one: Kept, files: Mapping[str, Table]) -> Sequence[Row] | None:
    values = one.values
    if "filename" in values:
        return files.get(values["filename"])
    key = Key("collections", NOBODY, one.key.app, values.get("collection", ""))
    held = call.knowledge.documents.get((key, NOBODY), {})
    return [{name: str(value) for name, value in row.items()} for row in held.values()]


def _no_upload(call: Call, given: Mapping[str, str]) -> dict[str, str]:  # noqa: ARG001 (a kind's signature)
    raise Failed(400, "The path of eai:data must lie in the server's own lookup staging folder, where no such file is.")


def _file(call: Call, one: Kept) -> dict[str, Any]:
    """Return what is told of a file, never its content (seen)."""
    rows = call.knowledge.tables.get(one.key, [])
    return {
        "disabled": False, "eai:data": f"/opt/splunk/etc/apps/{one.key.app}/lookups/{one.key.name}",
        "fields_array": list(dict.fromkeys(name for row in rows for name in row)),
        "lastModifiedTime": int(one.updated.timestamp()) if one.updated else 0,
        "size": sum(len(value) + 1 for row in rows for value in row.values()),
    }  # fmt: skip


def _taken(call: Call, given: Mapping[str, str]) -> dict[str, str]:  # noqa: ARG001 (a kind's signature)
    if unknown := set(given) - KNOWN - NUMBERS - set(FLAGS):
        raise unsupported(*unknown)
    return {name: value.strip() for name, value in given.items()}


def _definition(call: Call, one: Kept) -> dict[str, Any]:  # noqa: ARG001 (a kind's signature)
    """Return a definition's settings with the defaults (seen, trimmed)."""
    values = one.values
    said: dict[str, Any] = {name: value.lower() in TRUE for name, value in values.items() if name in FLAGS}
    said |= {name: int(value) for name, value in values.items() if name in NUMBERS and value.isdigit()}
    kind = values.get("external_type") or ("file" if "filename" in values else "external")
    fields = [name.strip() for name in values.get("fields_list", "").split(",") if name.strip()]
    blank = {"collection": "", "external_cmd": "", "external_type": "", "fields_list": "", "filename": ""}
    return {**FLAGS, **blank, **values, **said, "fields_array": fields, "type": kind}


FILES: Final = Kind("data/lookup-table-files", "lookups", "lookup-table-files", ("eai:data",), _no_upload, _file, clash)
DEFINITIONS: Final = Kind("data/transforms/lookups", "transforms", "transforms-lookup", (), _taken, _definition, clash)
