"""The vendor's specifications, where they lie beside the checkout: the repository keeps no copy.

Log Analytics' query v1, the tables, workspace, search jobs and saved searches of Microsoft.OperationalInsights 2025-07-01, and
the watchlists and alert rules of Microsoft.SecurityInsights 2025-10-01-preview with what 2025-09-01 requires of a scheduled one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator

from lab.serve.exchange import Answer, Request

SPECIFICATION: Final = Path(__file__).parents[3].parent / "shared" / "specs" / "sentinel"
LONGEST: Final = 20  # rows of an answer that are looked at
ERROR: Final = "errorResponse"
SENT_NULL: Final = ("string", "array")  # the query client writes null for a timespan and workspaces it does not say
# What the last segments of a path of Resource Manager's are about: the name of the schema.
KINDS: Final = {
    "tables": "Table",
    "savedsearches": "SavedSearch",
    "alertrules": "OneRule",
    "watchlists": "OneWatchlist",
    "watchlistitems": "OneWatchlistItem",
}
ANSWERED_NULL: Final = (*SENT_NULL, "object")  # the service answers null for what a rule does not say


@dataclass(frozen=True, slots=True)
class Contract:
    """Schemas by name."""

    schemas: dict[str, Draft202012Validator]

    def broken_by(self, request: Request, answer: Answer) -> str:
        """Say how an exchange breaks the specification; "" where it keeps it or the path is not in it.

        A refused request may well be broken: then only the refusal itself is looked at.
        """
        asked, told = _names(request)
        refused = answer.status >= 400
        broken = self._broken(asked, request.body) if asked and not refused and request.body else ""
        name = ERROR if refused and request.path.startswith(("/v1/", "/subscriptions/")) else told
        if broken or not name or answer.body is None or isinstance(answer.body, bytes):
            return broken
        if name == "queryResults" and "tables" not in answer.body:
            return ""  # a partial answer without a table: seen in the client, not in the specification
        return self._broken(name, json.dumps(_shortened(answer.body), default=str).encode())

    def _broken(self, name: str, body: bytes) -> str:
        errors = self.schemas[name].iter_errors(json.loads(body))
        return "; ".join(f"{name}/{'/'.join(map(str, one.absolute_path))}: {one.message}"[:300] for one in errors)


@cache
def vendor_contract() -> Contract | None:
    """Return the contract every exchange is held to, None where the specification is not at hand."""
    if not SPECIFICATION.is_dir():
        return None
    query = _open(json.loads((SPECIFICATION / "loganalytics-query.v1.subset.json").read_text())["definitions"])
    tables = _open(json.loads((SPECIFICATION / "loganalytics.models.json").read_text())["definitions"])
    schemas = {name: _schema(name, query) for name in ("queryBody", "queryResults", ERROR)}
    schemas |= {name: _schema(name, tables) for name in ("Table", "Workspace", "SavedSearch")}
    schemas |= {f"All{name}": _all(name, tables) for name in ("Table", "SavedSearch")}
    return Contract(schemas | _rules())


def _names(request: Request) -> tuple[str, str]:
    """Return the names of the schemas of a request's body and of a good answer to it, "" where there is none."""
    segments = request.path.lower().strip("/").split("/")
    if segments[0] == "v1":
        return "queryBody", "queryResults"
    if "permissions" in segments or "microsoft.operationalinsights" not in segments:
        return "", ""
    if segments[-1] in KINDS:
        return "", f"All{KINDS[segments[-1]]}"
    if segments[-2] in KINDS:
        return KINDS[segments[-2]], KINDS[segments[-2]]
    return "", "Workspace" if segments[-2] == "workspaces" else ""


def _rules() -> dict[str, Draft202012Validator]:
    """Return the schemas of Sentinel's objects and of lists of them; a rule of a kind without model has its frame held."""
    models = _open(
        json.loads((SPECIFICATION / "securityinsights.models.json").read_text())["definitions"], ANSWERED_NULL
    )
    asked = json.loads((SPECIFICATION / "scheduled-rule.constraints.json").read_text())
    strict = {"required": ["properties"], "properties": {"properties": {"required": asked["properties.required"]}}}
    by_kind = [
        _when("Scheduled", {"allOf": [{"$ref": "#/definitions/ScheduledAlertRule"}, strict]}),
        _when("NRT", {"$ref": "#/definitions/NrtAlertRule"}),
    ]
    models["OneRule"] = {"allOf": [{"$ref": "#/definitions/AlertRule"}, *by_kind]}
    models["OneWatchlist"] = _with_properties("Watchlist")
    models["OneWatchlistItem"] = _with_properties("WatchlistItem")
    names = ("OneRule", "OneWatchlist", "OneWatchlistItem")
    return {name: _schema(name, models) for name in names} | {f"All{name}": _all(name, models) for name in names}


def _with_properties(name: str) -> dict[str, Any]:
    """Return a model whose properties have to be there: what they require is nothing where they are left out."""
    return {"allOf": [{"$ref": f"#/definitions/{name}"}], "required": ["properties"]}


def _when(kind: str, then: Any) -> dict[str, Any]:
    return {"if": {"properties": {"kind": {"const": kind}}}, "then": then}


def _schema(name: str, definitions: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/definitions/{name}", "definitions": definitions})


def _all(name: str, definitions: dict[str, Any]) -> Draft202012Validator:
    """Return the schema of a page of them."""
    value = {"type": "array", "items": {"$ref": f"#/definitions/{name}"}}
    page = {"type": "object", "required": ["value"], "properties": {"value": value}}
    return Draft202012Validator(page | {"definitions": definitions})


def _open(value: Any, null: tuple[str, ...] = SENT_NULL) -> Any:
    """Return schemas with the vendor's enums open, as they are: an unknown value is kept, not refused.

    `null` are the types of what is null where nothing is said.
    """
    if isinstance(value, dict):
        kept = {
            name: _open(inner, null) for name, inner in value.items() if name != "enum" or "x-open-enum" not in value
        }
        if kept.get("type") in null and "enum" not in kept:
            kept["type"] = [kept["type"], "null"]
        return kept
    return [_open(inner, null) for inner in value] if isinstance(value, list) else value


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shortened(inner) for name, inner in value.items()}
    return [_shortened(inner) for inner in value[:LONGEST]] if isinstance(value, list | tuple) else value
