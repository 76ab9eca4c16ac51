"""The lookups of one app that searches read long lists from: each a definition, and a table that a search of ours fills.

The interface takes no table that is not on the server already; `outputlookup` writes one whole. The definition comes last, so
that a lookup is there with its table or not at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from huntline.errors import Stale, Transient
from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed, Written
from huntline.model.jsonable import dumps
from huntline.model.mark import RETIRED, Mark
from huntline.model.pack import Json
from huntline.model.paths import with_values
from huntline.model.window import Window
from huntline.ports import expect_same
from huntline_splunk import space
from huntline_splunk.client import Client
from huntline_splunk.entry import Entry, differing, text
from huntline_splunk.jobs import truth
from huntline_splunk.listing import COLUMNS, KIND, VALUES, rows_of
from huntline_splunk.literals import name, rows
from huntline_splunk.literals import text as quoted
from huntline_splunk.manifest import Manifest, Noted, Notes
from huntline_splunk.pages import utc_now
from huntline_splunk.space import Place
from huntline_splunk.table import Tables

DEFINITIONS, FILES = "data/transforms/lookups", "data/lookup-table-files"
FLAGS = ("case_sensitive_match", "disabled")  # a definition that is disabled is none: searches that read it fail
DEFAULTS: Mapping[str, Json] = {"case_sensitive_match": True, "disabled": False}  # transforms.conf.spec
DERIVED = frozenset({VALUES, "fields_array", "type"})  # none of them is a setting of a definition
COLUMN = ", ".join(COLUMNS)
AWHILE = timedelta(hours=1)  # a job has a time, though a table has none


@dataclass(frozen=True, slots=True)
class Lookups:
    """Where the lookups of one app lie, and what reads and fills their tables."""

    definitions: Place
    files: Place
    manifest: Manifest = field(repr=False)
    tables: Tables = field(repr=False)


def lookups_of(client: Client, app: str, manifest: Manifest) -> Lookups:
    return Lookups(Place(client, app, DEFINITIONS), Place(client, app, FILES), manifest, Tables(client))


def held(at: Lookups) -> list[Deployed]:
    """List every definition that can be seen; the tables of those in our manifest are read."""
    notes = at.manifest.read()
    return [_seen(one, at, notes) for one in space.listed(at.definitions)]


def read(at: Lookups, remote_id: str) -> Deployed | None:
    place = at.definitions
    entry = space.at(place, remote_id) if remote_id.startswith("/") else space.found(place, remote_id)
    return _seen(entry, at, at.manifest.read()) if entry else None


def normal(artifact: Artifact) -> dict[str, Json]:
    """Return the managed fields of a lookup we want, as they are read back."""
    return {**_managed(artifact.body), VALUES: _grouped(rows_of(artifact.body))}


def put(at: Lookups, artifact: Artifact, over: Deployed | None, *, on: bool, instead: Mapping[str, Json]) -> Written:
    """Note the mark, fill the table, then define it; or change what was seen."""
    fields, noted = with_values(normal(artifact), instead), Noted(artifact.mark, on)
    if over is None:
        return _created(at, artifact.remote_id, fields, noted)
    return _changed(at, over, {**_fields(over), **fields}, noted)


def retire(at: Lookups, over: Deployed) -> Written:
    """Mark a lookup as wanted no more. It stays: a search that somebody switches on again still reads it."""
    noted = Noted(Mark(over.mark.key, RETIRED), on=False) if over.mark else None
    return _changed(at, over, _fields(over), noted)


def restore(at: Lookups, before: Deployed, over: Deployed) -> Written:
    noted = Noted(before.mark, before.state == "on") if before.mark else None
    return _changed(at, over, _fields(before), noted)


def remove(at: Lookups, over: Deployed) -> str:
    """Delete our table and its definition, then forget the mark; what is not there any more is deleted."""
    now = read(at, over.remote_id)
    if now is not None:
        expect_same(now, over)
        space.deleted(at.files, f"{over.remote_id}.csv")
        space.deleted(at.definitions, over.remote_id)
    at.manifest.note(_note(over.remote_id), None)
    return ""


def _created(at: Lookups, called: str, fields: Mapping[str, Json], noted: Noted) -> Written:
    """A table that is there without a mark is somebody's; with one it is of a run that was killed."""
    filename = str(fields["filename"])
    if space.found(at.definitions, called):
        raise Stale(f"{called}: is there")
    if _note(called) not in at.manifest.read() and space.found(at.files, filename):
        raise Stale(f"{filename}: is there, and is not ours")
    at.manifest.note(_note(called), noted)
    _fill(at, filename, fields)
    form = {one: text(value) for one, value in fields.items() if one not in (VALUES, "disabled")}
    try:
        space.created(at.definitions, called, form)
    except Stale:
        there = read(at, called)
        if there is None or there.managed != fields:
            at.manifest.note(_note(called), None)  # somebody's, made meanwhile
        raise
    return _written(at, called)


def _changed(at: Lookups, over: Deployed, fields: Mapping[str, Json], noted: Noted | None) -> Written:
    """Write what differs, if anything does."""
    found = read(at, over.remote_id)
    now = _fields(expect_same(found, over))
    at.manifest.note(_note(over.remote_id), noted)
    if fields[VALUES] != now[VALUES] or fields["filename"] != now["filename"]:
        _fill(at, str(fields["filename"]), fields)
    if form := differing(_definition(now), _definition(fields)):
        space.changed(at.definitions, over.remote_id, form)
    return _written(at, over.remote_id)


def _written(at: Lookups, called: str) -> Written:
    """Read back what a write left there."""
    left = read(at, called)
    if left is None:
        raise Transient(f"{called}: was written, and is not there yet")
    return Written(left)


def _fill(at: Lookups, filename: str, fields: Mapping[str, Json]) -> None:
    """Write a table whole, in one search; one without rows is no table."""
    listed = rows_of(fields)
    if not listed:
        space.deleted(at.files, filename)
        return
    made = f"| makeresults format=json data={quoted(rows(listed))}"
    _ran(at, f"{made} | table {COLUMN} | outputlookup {name(filename)}")


def _seen(entry: Entry, at: Lookups, notes: Notes) -> Deployed:
    ours = entry.app == at.definitions.app and entry.shared
    noted = notes.get(_note(entry.name)) if ours else None
    table = _table(at, str(entry.content.get("filename", ""))) if noted else None
    values = _values(at, table) if table else {}
    whole: dict[str, Json] = {**entry.whole, VALUES: values}
    return Deployed(
        kind=KIND,
        remote_id=entry.name if ours else entry.path,
        name=entry.name,
        mark=noted.mark if noted else None,
        home=noted is not None,
        managed={**_managed(entry.content), VALUES: values},
        whole=whole,
        revision=f"{entry.revision} {hashlib.sha256(dumps(values).encode()).hexdigest()[:16]}",
        state="on" if noted and noted.on else "off",
        changed_at=max((one.updated for one in (entry, table) if one and one.updated), default=None),
    )


def _table(at: Lookups, filename: str) -> Entry | None:
    return space.found(at.files, filename) if filename else None


def _values(at: Lookups, table: Entry) -> dict[str, Json]:
    """Read a table by its lists."""
    return _grouped(_ran(at, f"| inputlookup strict=true {name(table.name)} | table {COLUMN}"))


def _ran(at: Lookups, asked: str) -> list[Mapping[str, Any]]:
    now = utc_now().replace(microsecond=0)
    return list(at.tables.rows(asked, Window(now - AWHILE, now)))


def _grouped(listed: Sequence[Mapping[str, Any]]) -> dict[str, Json]:
    """Return values by list, as often as they stand there, in one order."""
    found: dict[str, list[Json]] = {}
    for row in listed:
        found.setdefault(str(row.get("list", "")), []).append(str(row.get("value", "")))
    return {one: sorted(values, key=str) for one, values in sorted(found.items())}


def _managed(fields: Mapping[str, Any]) -> dict[str, Json]:
    flags: dict[str, Json] = {one: truth(fields.get(one, DEFAULTS[one])) for one in FLAGS}
    return {**flags, "filename": text(fields.get("filename")).strip()}


def _fields(one: Deployed) -> dict[str, Json]:
    """Return all fields of a lookup, those we manage in one spelling."""
    return {**one.whole, **one.managed}


def _definition(fields: Mapping[str, Json]) -> dict[str, Json]:
    return {one: value for one, value in fields.items() if one not in DERIVED}


def _note(called: str) -> str:
    return f"lookups/{called}"
