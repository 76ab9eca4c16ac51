"""The macros of one app that say where events are: listed with all others, read, written; their marks lie in a manifest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huntline.errors import Stale
from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed, Written
from huntline.model.mark import RETIRED, Mark
from huntline.model.pack import Json
from huntline.model.paths import with_values
from huntline.ports import expect_same
from huntline_splunk import space
from huntline_splunk.artifact import MACRO
from huntline_splunk.client import Client
from huntline_splunk.entry import Entry, differing, text
from huntline_splunk.jobs import truth
from huntline_splunk.manifest import Manifest, Noted, notes_of
from huntline_splunk.package import MANIFEST
from huntline_splunk.space import Place

MACROS = "configs/conf-macros"
FLAGS = ("iseval", "disabled")  # a macro that is disabled is none: searches that read it fail


def place_of(client: Client, app: str) -> Place:
    return Place(client, app, MACROS)


def held(place: Place) -> list[Deployed]:
    """List every macro that can be seen, with the marks in its app's manifest; the manifests are none."""
    entries = space.listed(place)
    notes = {one.app: notes_of(one) for one in entries if one.name == MANIFEST and one.shared}
    return [
        _deployed(one, place.app, notes.get(one.app, {}).get(_note(one.name)) if one.shared else None)
        for one in entries
        if one.name != MANIFEST
    ]


def read(manifest: Manifest, remote_id: str) -> Deployed | None:
    place = manifest.place
    entry = space.at(place, remote_id) if remote_id.startswith("/") else space.found(place, remote_id)
    if entry is None:
        return None
    ours = entry.app == place.app and entry.shared
    return _deployed(entry, place.app, manifest.read().get(_note(entry.name)) if ours else None)


def normal(artifact: Artifact) -> dict[str, Json]:
    """Return the managed fields of a macro we want, as they are read back."""
    return _managed(artifact.body)


def put(
    manifest: Manifest, artifact: Artifact, over: Deployed | None, *, on: bool, instead: Mapping[str, Json]
) -> Written:
    """Note the mark, then create the macro, which Splunk refuses where its name is taken, or change the one that was seen."""
    fields, noted = with_values(normal(artifact), instead), Noted(artifact.mark, on)
    if over is None:
        return _created(manifest, artifact.remote_id, fields, noted)
    return _changed(manifest, over, {**_fields(over), **fields}, noted)


def retire(manifest: Manifest, over: Deployed) -> Written:
    """Mark a macro as wanted no more. It stays: a search that somebody switches on again still reads it."""
    noted = Noted(Mark(over.mark.key, RETIRED), on=False) if over.mark else None
    return _changed(manifest, over, _fields(over), noted)


def restore(manifest: Manifest, before: Deployed, over: Deployed) -> Written:
    noted = Noted(before.mark, before.state == "on") if before.mark else None
    return _changed(manifest, over, _fields(before), noted)


def remove(manifest: Manifest, over: Deployed) -> str:
    """Delete a macro, then forget its mark; one that is not there any more is deleted. Splunk gives a request no id."""
    now = read(manifest, over.remote_id)
    if now is not None:
        expect_same(now, over)
        space.deleted(manifest.place, over.remote_id)
    manifest.note(_note(over.remote_id), None)
    return ""


def _created(manifest: Manifest, name: str, fields: Mapping[str, Json], noted: Noted) -> Written:
    form = {field: text(value) for field, value in fields.items() if field != "disabled" or value}
    manifest.note(_note(name), noted)
    try:
        entry = space.created(manifest.place, name, form)
    except Stale:
        there = space.found(manifest.place, name)
        if there is None or _managed(there.content) != fields:
            manifest.note(
                _note(name), None
            )  # somebody's: only a macro that is as we want it may be ours, of a lost answer
        raise
    return Written(_deployed(entry, manifest.place.app, noted))


def _changed(manifest: Manifest, over: Deployed, fields: Mapping[str, Json], noted: Noted | None) -> Written:
    """Write what differs, if anything does."""
    place = manifest.place
    entry = space.found(place, over.remote_id)
    if entry is None:
        raise Stale(f"{over.name}: is not there any more")
    now = expect_same(_deployed(entry, place.app, None), over)
    manifest.note(_note(over.remote_id), noted)
    if form := differing(_fields(now), fields):
        entry = space.changed(place, over.remote_id, form)
    return Written(_deployed(entry, place.app, noted))


def _deployed(entry: Entry, app: str, noted: Noted | None) -> Deployed:
    ours = entry.app == app and entry.shared
    return Deployed(
        kind=MACRO,
        remote_id=entry.name if ours else entry.path,
        name=entry.name,
        mark=noted.mark if noted else None,
        home=ours and noted is not None,
        managed=_managed(entry.content),
        whole=entry.whole,
        revision=entry.revision,
        state="on" if noted and noted.on else "off",
        changed_at=entry.updated,
    )


def _managed(fields: Mapping[str, Any]) -> dict[str, Json]:
    return {name: _spelled(name, fields.get(name)) for name in ("definition", *FLAGS)}


def _fields(one: Deployed) -> dict[str, Json]:
    """Return all fields of a macro, those we manage in one spelling."""
    return {**one.whole, **one.managed}


def _note(name: str) -> str:
    return f"macros/{name}"


def _spelled(name: str, value: Any) -> Json:
    return truth(value) if name in FLAGS else text(value).replace("\r\n", "\n").strip()
