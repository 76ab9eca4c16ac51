"""A watchlist as the service gives it back, beside what we want of it, and what is sent for it.

Fields: Azure/azure-rest-api-specs, SecurityInsights Watchlists 2025-09-01. Names and aliases: Microsoft Learn, "Watchlists in
Microsoft Sentinel" (3 to 64 characters, letters and digits at both ends).
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, cast
from uuid import uuid5

from huntline.model.artifact import Artifact, key_of
from huntline.model.deployed import Deployed
from huntline.model.jsonable import dumps
from huntline.model.mark import RETIRED, Mark, marks_in
from huntline.model.pack import Json
from huntline.model.paths import with_values
from huntline_sentinel.artifact import OURS
from huntline_sentinel.lists import COLUMN, Listed
from huntline_sentinel.rule_shape import moment_of

KIND = "watchlist"
PREFIX = "huntline-"
ALIAS = re.compile(rf"_GetWatchlist\([\"']({PREFIX}[0-9a-f]{{32}})[\"']\)")
ON, OFF = f"{PREFIX}on", f"{PREFIX}off"
"""Labels: a list has no switch, and what it was deployed as is kept with it."""
LONGEST_NAME = 64
DONE, LOST = frozenset(("", "Succeeded")), frozenset(("Failed", "Canceled"))
"""States in which nothing goes on any more (ProvisioningState)."""
SAID = ("displayName", "description", "provider", "itemsSearchKey")
THEIRS = ("defaultDuration",)
"""What only the customer has: it goes along with every write, since PUT replaces what it says nothing of."""
Row: TypeAlias = Mapping[str, Any]


def list_of(listed: Listed, pack: str, detection: str, scope: str) -> Artifact:
    """Return the watchlist of a rule's list, as an object of its own."""
    key = key_of(pack, "lists", detection, scope, listed.name)
    alias = alias_of(key)
    name = _name(listed.name, alias)
    what = "endings of " if listed.ends else ""
    body: dict[str, Json] = {
        "displayName": name,
        "description": f"Values that a rule of Huntline compares with {what}{listed.name.partition('.')[0]}",
        "provider": "Huntline",
        "itemsSearchKey": COLUMN,
        "labels": [],
        "values": [*listed.values],
    }
    return Artifact(key, KIND, alias, name, body)


def alias_of(key: str) -> str:
    """Return the alias of a list, made of its key alone; as long as any other."""
    return f"{PREFIX}{uuid5(OURS, key).hex}"


def aliases_in(query: str) -> tuple[str, ...]:
    """Return the aliases of ours that a query reads, each once."""
    return tuple(dict.fromkeys(ALIAS.findall(query)))


def deployed(resource: Mapping[str, Any], items: Iterable[Mapping[str, Any]] | None) -> Deployed:
    """Read a watchlist as the service gives it; `items` None: what is in it was not asked."""
    told, alias = _told(resource), alias_in(resource)
    labels = [str(label) for label in told.get("labels") or ()]
    marks = [mark for label in labels for mark in marks_in(label)]
    mark = next((one for one in marks if alias_of(one.key) == alias), marks[0] if marks else None)
    rows = sorted((dict(row_of(item)) for item in items or ()), key=dumps)
    managed: dict[str, Json] = {name: told.get(name) or "" for name in SAID}
    managed |= {"labels": _others(labels), "values": values_of(rows, column_of(resource))}
    by = told.get("updatedBy") or {}
    whole: dict[str, Json] = {**resource, "items": [*rows]}
    return Deployed(
        kind=KIND,
        remote_id=alias,
        name=str(told.get("displayName") or alias),
        mark=mark,
        home=mark is not None and alias_of(mark.key) == alias,
        managed=managed,
        whole=whole,
        revision=hashlib.sha256(dumps([managed, sorted(labels), rows]).encode()).hexdigest()[:32],
        state="on" if ON in labels else "off",
        changed_by=str(by.get("name") or by.get("email") or ""),
        changed_at=moment_of(told.get("updated")),
    )


def alias_in(resource: Mapping[str, Any]) -> str:
    return str(_told(resource).get("watchlistAlias") or resource["name"])


def column_of(resource: Mapping[str, Any]) -> str:
    """Return the column that is a list's search key."""
    return str(_told(resource).get("itemsSearchKey") or "")


def state_of(resource: Mapping[str, Any]) -> str:
    """Return how far the service is with a list, "" where it does not say."""
    return str(_told(resource).get("provisioningState") or "")


def is_busy(resource: Mapping[str, Any]) -> bool:
    """Say whether an upload goes on."""
    return state_of(resource) not in DONE | LOST


def gone(resource: Mapping[str, Any]) -> bool:
    """Say whether a list that is still told of is deleted, or being so."""
    return bool(_told(resource).get("isDeleted")) or state_of(resource) == "Deleting"


def row_of(item: Mapping[str, Any]) -> Row:
    """Return the columns of an item."""
    return cast(Row, _told(item).get("itemsKeyValue") or {})


def values_of(rows: Iterable[Row], column: str) -> list[Json]:
    """Return what is listed, each value once: a query finds by it what it finds by two."""
    return [*sorted({str(row.get(column, "")) for row in rows})]


def wanted(artifact: Artifact, over: Deployed | None, *, on: bool, instead: Mapping[str, Json]) -> dict[str, Any]:
    """Return the properties to be sent, but for the items, and what is the customer's."""
    body = with_values(artifact.body, instead)
    labels = [str(artifact.mark), ON if on else OFF, *cast(list[str], body["labels"])]
    return {**_theirs(over), **{name: body[name] for name in SAID}, "labels": labels}


def retired(over: Deployed) -> dict[str, Any]:
    """Return the properties of a list that is marked as wanted no more. What is in it stays: a rule may read it still."""
    labels = [str(Mark(over.mark.key, RETIRED))] if over.mark else []
    return {**_said(over), "labels": [*labels, OFF, *cast(list[str], over.managed["labels"])]}


def restored(before: Deployed) -> dict[str, Any]:
    labels = _told(before.whole).get("labels") or []
    return {**_said(before), "labels": labels}


def rows_of(values: Iterable[str]) -> list[Row]:
    return [{COLUMN: value} for value in values]


def content(rows: Sequence[Row]) -> str:
    """Return items as a file with a line of columns."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    file = io.StringIO()
    writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def marked(artifact: Artifact, *, on: bool) -> dict[str, Json]:
    """Return the body of a list with all that is in it, as it is sent where nothing is there."""
    rows = rows_of(cast(list[str], artifact.body["values"]))
    return {"properties": {**wanted(artifact, None, on=on, instead={}), **uploaded(artifact.remote_id, rows)}}


def uploaded(alias: str, rows: Sequence[Row]) -> dict[str, Any]:
    """Return the properties that bring items along."""
    return {
        "source": f"{alias}.csv",
        "sourceType": "Local",
        "contentType": "text/csv",
        "numberOfLinesToSkip": 0,
        "rawContent": content(rows),
    }


def _told(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], resource.get("properties") or {})


def _said(over: Deployed) -> dict[str, Any]:
    return {**_theirs(over), **{name: over.managed[name] for name in SAID}}


def _theirs(over: Deployed | None) -> dict[str, Any]:
    told = _told(over.whole) if over else {}
    return {name: told[name] for name in THEIRS if told.get(name)}


def _others(labels: Iterable[str]) -> list[Json]:
    """Return the labels that are none of ours."""
    return [*sorted(label for label in labels if label not in (ON, OFF) and not marks_in(label))]


def _name(listed: str, alias: str) -> str:
    """Return a name as people read it, of signs that a name may have, with what makes it the only one."""
    ending = f" {alias.removeprefix(PREFIX)[:8]}"
    plain = re.sub(r"[^A-Za-z0-9_-]+", " ", f"Huntline {listed}").strip()
    return plain[: LONGEST_NAME - len(ending)].rstrip() + ending
