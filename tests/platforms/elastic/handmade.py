"""A small source made by hand: nothing here depends on the sources that are shipped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from huntline.model.pack import LogSource
from huntline.model.predicate import Test
from huntline.model.scope import Scope
from huntline.translate.compiler import SourceCompiler
from huntline.translate.pipeline import pipeline_of
from huntline.translate.settings import Overrides
from huntline.translate.sources import Source, Store
from huntline.translate.translator import Bound
from huntline_elastic.language import Eql
from huntline_elastic.render import ElasticRenderer

STARTED = LogSource("windows", "process_creation")
FIELDS = {
    "process.executable": "keyword",
    "process.command_line": "wildcard",
    "process.pid": "long",
    "process.exit_code": "integer",
    "process.entropy": "double",
    "process.signed": "boolean",
    "process.start": "date",
    "process.version": "version",
    "source.ip": "ip",
    "odd-name.x y": "keyword",
    "extra.*": "keyword",
}
NAMES = {"Image": "process.executable", "CommandLine": "process.command_line"}


def renderer(*, cadence: int = 15, latency: int = 60, arrival: bool = False) -> ElasticRenderer:
    """Render for the patterns `logs-a-*` and `logs-b-*`; times in minutes."""
    served = {STARTED: Test("event.category", "is", ("process",))}
    scope = Scope("starts", "starts", served, {}, timedelta(minutes=latency), frozenset({"rule", "hunt"}), {})
    fields = {**FIELDS, **({"event.ingested": "date"} if arrival else {})}
    store = Store(scope, {"index": "{index}, logs-b-*"}, fields, {}, {}, {})
    mapping: Mapping[str, Any] = {"transformations": [{"type": "field_name_mapping", "mapping": NAMES}]}
    source = Source(
        "made", "Made", "", timedelta(minutes=cadence), {"index": "logs-a-*"}, "@timestamp", "@timestamp",
        ("_index", "_id"), False, mapping, (store,),
    )  # fmt: skip
    bound = Bound(source, store, Overrides(), pipeline_of(mapping))
    return ElasticRenderer(SourceCompiler(Eql(), {"starts": bound}))
