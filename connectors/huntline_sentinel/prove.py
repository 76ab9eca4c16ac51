"""A rule over labelled events that the query itself carries: nothing is read from the workspace, nothing written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

from huntline.model.pack import Json
from huntline.model.predicate import fields_of
from huntline.model.proof import Proof
from huntline.model.query import Rule
from huntline.translate.translator import Bound
from huntline_sentinel.columns import columns_of
from huntline_sentinel.literals import name, text

MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,7})?(?:Z|\+00:00)?", re.ASCII)
WHOLE = re.compile(r"-?\d{1,19}", re.ASCII)
REAL = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?(?:e[+-]?\d{1,3})?", re.ASCII)
GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


def proof(rule: Rule, bound: Bound, events: Sequence[Mapping[str, Json]]) -> Proof:
    """Return the rule's text over these events under the name of its table; the answer is one column, `proof_id`.

    A name in a query comes before the workspace's own. Where the rule calls a function, the call becomes its name.
    Events are native rows and bear `proof_id`. Raises ValueError for a value that its column's type cannot hold.
    """
    asked = (*(read.field for read in rule.reads), *fields_of(bound.store.scope.logsources[rule.logsource]))
    columns = {**columns_of(bound, asked), "proof_id": "string"}
    rows = ",\n".join(", ".join(_cell(field, kind, event) for field, kind in columns.items()) for event in events)
    shape = ", ".join(f"{name(field)}: {kind}" for field, kind in columns.items())
    native = bound.native("table")
    word = native.partition("(")[0]
    table = f"let {word} = datatable({shape}) [\n{rows}\n];"
    return Proof((), f"{table}\n{word}{rule.text.removeprefix(native)}\n| project proof_id")


def _cell(field: str, kind: str, event: Mapping[str, Json]) -> str:
    value = event.get(field)
    if value is None:
        return '""' if kind == "string" else f"{kind}(null)"
    try:
        return LITERALS[kind](value)
    except (TypeError, ValueError) as wrong:
        raise ValueError(f"{field} is of type {kind}, which {value!r} is not") from wrong


def _string(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError
    return text(value)


def _shaped(kind: str, shape: re.Pattern[str]) -> Callable[[Json], str]:
    """Only what has the shape of a literal may stand in one."""

    def written(value: Json) -> str:
        if isinstance(value, bool) or not shape.fullmatch(str(value)):
            raise ValueError
        return f"{kind}({value})"

    return written


def _truth(value: Json) -> str:
    if not isinstance(value, bool):
        raise TypeError
    return f"bool({str(value).lower()})"


def _dynamic(value: Json) -> str:
    return f"dynamic({json.dumps(value)})"


LITERALS: Mapping[str, Callable[[Json], str]] = {
    "string": _string,
    "int": _shaped("int", WHOLE),
    "long": _shaped("long", WHOLE),
    "real": _shaped("real", REAL),
    "bool": _truth,
    "datetime": _shaped("datetime", MOMENT),
    "dynamic": _dynamic,
    "guid": _shaped("guid", GUID),
}
