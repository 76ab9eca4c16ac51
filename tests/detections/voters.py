"""Two foreign engines that vote on what a Sigma rule matches; what they cannot do, they refuse with a reason."""

from __future__ import annotations

import re
import sqlite3
import warnings
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, TypeAlias

import yaml
from azuma import Rule  # type: ignore[import-untyped]  # azuma ships no types
from sigma.backends.sqlite.sqlite import sqliteBackend
from sigma.collection import SigmaCollection
from sigma.processing.pipeline import ProcessingPipeline

Events: TypeAlias = Mapping[str, Mapping[str, Any]]
Vote: TypeAlias = "list[str] | str"


def azuma(rule: Mapping[str, Any], events: Events) -> Vote:
    """Return the ids azuma matches, or "refuses". It knows no filters and no placeholders."""
    if "filter" in rule:
        return "refuses"
    try:
        judge = Rule.model_validate_yaml(yaml.safe_dump({k: v for k, v in rule.items() if k != "id"}))
        return [name for name, event in events.items() if judge.match(dict(event))]
    except Exception:  # noqa: BLE001  # whatever a voter raises is its refusal
        return "refuses"


def sqlite(rule: Mapping[str, Any], events: Events, lists: Mapping[str, list[str]]) -> Vote:
    """Return the ids that pySigma's SQLite backend selects, or "refuses"."""
    try:
        (query,) = _queries(rule, lists)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _selected(query.replace("SELECT *", "SELECT id", 1), events)
    except Exception:  # noqa: BLE001  # whatever a voter raises is its refusal
        return "refuses"


def _queries(rule: Mapping[str, Any], lists: Mapping[str, list[str]]) -> list[str]:
    given = deepcopy(dict(rule))
    documents = [given]
    if "filter" in given:
        told = {"rules": [given["id"]], **given.pop("filter")}
        documents.append({"title": "filter", "logsource": given["logsource"], "filter": told})
    steps = [{"id": "lists", "type": "value_placeholders"}]
    pipeline = ProcessingPipeline.from_dict({"name": "lists", "priority": 1, "vars": lists, "transformations": steps})
    condition = given["detection"]["condition"]
    if isinstance(condition, list):
        given["detection"]["condition"] = " or ".join(condition)
    backend = sqliteBackend(pipeline)  # type: ignore[no-untyped-call]  # the backend ships no types
    return list(backend.convert(SigmaCollection.from_dicts(documents)))


def _selected(query: str, events: Events) -> list[str]:
    columns = sorted({field for event in events.values() for field in event})
    base = sqlite3.connect(":memory:")
    try:
        base.create_function("REGEXP", 2, lambda p, v: v is not None and re.search(p, str(v)) is not None)
        # Untyped, so that numbers stay numbers; NOCASE is what the backend asks of a table.
        base.execute(f"CREATE TABLE logs (id, {', '.join(f'{name} COLLATE NOCASE' for name in columns)})")
        for name, event in events.items():
            marks = ", ".join("?" * (len(columns) + 1))
            base.execute(f"INSERT INTO logs VALUES ({marks})", (name, *(event.get(c) for c in columns)))
        found = {row[0] for row in base.execute(query)}
    finally:
        base.close()
    return [name for name in events if name in found]
