"""A small source made by hand, and detections of one rule each: nothing here depends on the sources that are shipped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from huntline.detections.load import load_pack
from huntline.model.pack import Detection, LogSource
from huntline.model.predicate import Test
from huntline.model.query import Refused, Rule
from huntline.model.scope import Binding, Scope
from huntline.translate.compiler import SourceCompiler
from huntline.translate.pipeline import pipeline_of
from huntline.translate.settings import Overrides
from huntline.translate.sources import Source, Store
from huntline.translate.translator import Bound
from huntline_elastic.language import Eql
from huntline_elastic.render import ElasticRenderer

STARTED = LogSource("windows", "process_creation")
BINDING = Binding("", {}, {})
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


def detection(folder: Path, selection: Mapping[str, Any], **told: Any) -> Detection:
    """Load one Sigma rule with this selection; `told` are other keys of the rule."""
    folder.mkdir(exist_ok=True)
    rule = {
        "title": "A rule",
        "id": "6f0d2d5c-0c4b-4a5e-9d4b-0d6d0a6a1e11",
        "level": "high",
        "logsource": {"product": "windows", "category": "process_creation"},
        "detection": {"s": selection, "condition": "s"},
        **told,
    }
    (folder / "rule.yml").write_text(json.dumps(rule), encoding="utf-8")  # JSON is YAML
    pack, findings = load_pack(folder)
    assert [] == [finding.problem for finding in findings if finding.severity == "error"]
    (found,) = pack.detections
    return found


def ruled(render: ElasticRenderer, found: Detection) -> Rule:
    rule = render.rule(found, render.compiler.bounds["starts"].store.scope, BINDING)
    assert not isinstance(rule, Refused), rule
    return rule
