"""A Splunk app of all artifacts of a pack, to be installed by hand: text files, the same bytes each time."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence

from huntline.model.artifact import Artifact
from huntline.model.pack import Json, Pack
from huntline.translate.words import one_line
from huntline_splunk import listing
from huntline_splunk.artifact import MACRO, SEARCH

# The REST interface calls these otherwise than savedsearches.conf does.
IN_CONF = {
    "is_scheduled": "enableSched",
    "alert_type": "counttype",
    "alert_comparator": "relation",
    "alert_threshold": "quantity",
}
MARK = "action.huntline.param.mark"  # the field of a search that bears its mark
MANIFEST = "huntline_manifest"  # the macro that bears the marks of macros, which have no place for one
AUTHOR = "Huntline"  # by which an app is known for a package of ours
VERSION = "1.0.0"


def package(artifacts: Sequence[Artifact], pack: Pack) -> Mapping[str, str]:
    """Return the app's files by path, its folder first; nothing for no artifacts.

    Raises ValueError for a value that no conf file holds.
    """
    if not artifacts:
        return {}
    app = f"huntline_{re.sub(r'[^a-z0-9]+', '_', pack.id.lower())}"  # an app's id takes no hyphen
    every = sorted({artifact.key: artifact for artifact in artifacts}.values(), key=lambda one: one.remote_id)
    macros = [one for one in every if one.kind == MACRO]
    lookups = [one for one in every if one.kind == listing.KIND]
    searches = [one for one in every if one.kind == SEARCH]
    marked = {MANIFEST: _manifest([*macros, *lookups])}
    files = {
        "README.md": _readme(pack, macros, lookups, searches),
        "default/app.conf": _conf(_app(app, pack)),
        "default/macros.conf": _conf({one.remote_id: one.body for one in macros} | marked),
        "default/savedsearches.conf": _conf({one.remote_id: _search(one) for one in searches}),
        "metadata/default.meta": _conf({"": {"access": "read : [ * ], write : [ admin, sc_admin ]", "export": "none"}}),
        **_tables(lookups),
    }
    return {f"{app}/{path}": text for path, text in files.items()}


def _app(app: str, pack: Pack) -> Mapping[str, Mapping[str, Json]]:
    return {
        "id": {"name": app, "version": VERSION},
        "install": {"is_configured": False},
        "launcher": {
            "author": AUTHOR,
            "description": f"Detections of {one_line(pack.title)[:150]}",
            "version": VERSION,
        },
        "package": {"check_for_updates": False, "id": app},
        "ui": {"is_visible": False, "label": f"Huntline: {one_line(pack.title)[:60]} ({pack.id[:8]})"},
    }


def _manifest(unmarked: Sequence[Artifact]) -> Mapping[str, Json]:
    return {"definition": f'"{" ".join(str(one.mark) for one in unmarked)}"', "iseval": False}


def _tables(lookups: Sequence[Artifact]) -> Mapping[str, str]:
    """Return each lookup's table and the definitions of all, which searches name."""
    if not lookups:
        return {}
    defined = {
        one.remote_id: {key: value for key, value in one.body.items() if key != listing.VALUES} for one in lookups
    }
    tables = {f"lookups/{one.body['filename']}": _table(listing.rows_of(one.body)) for one in lookups}
    return {"default/transforms.conf": _conf(defined), **tables}


def _table(rows: Sequence[Mapping[str, str]]) -> str:
    written = io.StringIO()
    table = csv.DictWriter(written, listing.COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return written.getvalue()


def _search(artifact: Artifact) -> Mapping[str, Json]:
    fields = {IN_CONF.get(name, name): value for name, value in artifact.body.items()}
    return fields | {"disabled": True, MARK: str(artifact.mark)}


def _conf(stanzas: Mapping[str, Mapping[str, Json]]) -> str:
    return "\n".join(
        f"[{name}]\n" + "".join(f"{key} = {_value(value)}\n" for key, value in sorted(fields.items()))
        for name, fields in sorted(stanzas.items())
    )


def _value(value: Json) -> str:
    """Write a value; a backslash at the end of a line continues it, so that none may stand at the end of the value."""
    if isinstance(value, bool):
        return str(int(value))
    text = str(value)
    if text != text.strip() or text.endswith("\\") or re.search(r"[\r\0]", text):
        raise ValueError(f"no conf file holds {text!r}")
    return text.replace("\n", "\\\n")


def _readme(pack: Pack, macros: Sequence[Artifact], lookups: Sequence[Artifact], searches: Sequence[Artifact]) -> str:
    title = re.sub(r"([\\`*_\[\]<>#|&])", r"\\\1", one_line(pack.title))
    places = "\n".join(f"- `{one.remote_id}`: `{one.body['definition']}`" for one in macros)
    return f"""# Huntline: {title}

Detections of the pack `{pack.id}` as saved searches ({len(searches)}), made by Huntline. Not meant to be edited by hand.

## Before you enable them
The searches find their events by macros. Look whether these say where your events are; set your own indexes in
`local/macros.conf`, or in Splunk Web under Settings, Advanced search, Search macros:

{places}

## Enabling
All searches are disabled. Enabled, each runs on its schedule over what was indexed since its last run, and fails rather
than answer without a search peer. Alerts are listed under Triggered alerts; add actions of your own.

## Marks
`action.huntline.param.mark` and the macro `{MANIFEST}` say which object is Huntline's, and with which content.
{_of_lists(lookups)}"""


def _of_lists(lookups: Sequence[Artifact]) -> str:
    if not lookups:
        return ""
    return f"""
## Lists of indicators
Long ones are lookups ({len(lookups)}), which the searches read. One that is not there, or empty, fails the search.
"""
