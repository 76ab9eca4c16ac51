"""A small source made by hand, and detections of one rule each: nothing here depends on the sources that are shipped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from huntline.detections.load import load_pack
from huntline.model.pack import Detection, LogSource
from huntline.model.predicate import Every, Predicate, Test
from huntline.model.query import Refused, Rule
from huntline.model.scope import Binding, Scope
from huntline.translate.compiler import SourceCompiler
from huntline.translate.pipeline import pipeline_of
from huntline.translate.settings import Overrides
from huntline.translate.sources import Source, Store
from huntline.translate.translator import Bound
from huntline_sentinel.language import Kql
from huntline_sentinel.render import SentinelRenderer
from lab.kql.model import KqlType

STARTED = LogSource("windows", "process_creation")
ASKED = LogSource("", "dns")
BINDING = Binding("", {}, {})
ENTITIES = {
    "host": ("AbsentName", "ClientIP", "DeviceName"),
    "user": ("AccountSid", "AccountName"),
    "process": ("Path", "CommandLine"),
    "file": ("Path",),
    "hash": ("Sha",),
    "address": ("Made",),
    "url": ("Name",),
}
COLUMNS: Mapping[str, KqlType] = {
    "TimeGenerated": "datetime",
    "ActionType": "string",
    "ClientIP": "string",
    "DeviceName": "string",
    "Path": "string",
    "CommandLine": "string",
    "AccountName": "string",
    "AccountSid": "string",
    "Sha": "string",
    "odd name": "string",
    "Small": "int",
    "Big": "long",
    "Share": "real",
    "Signed": "bool",
    "Seen": "datetime",
    "Key": "guid",
    "More": "dynamic",
}
FIELDS = {**COLUMNS, "Made": "string", "x.*": "string"}
COMPUTED = {"Small": "", "Made": "tostring(More.made)"}  # "" is stored as it is
NAMES = {"Image": "Path", "ImageLoaded": "Made"}


def renderer(*, cadence: int = 15, latency: int = 60) -> SentinelRenderer:
    """Render for a table `Started` and a function `_Im_Dns()`; times in minutes."""
    stores = (
        _store("starts", {"table": "{Started}"}, FIELDS, {STARTED: Test("ActionType", "is", ("Started",))}, latency),
        _store("asks", {"table": "_Im_Dns()"}, {"query": "string"}, {ASKED: Every(())}, latency),
    )
    mapping: Mapping[str, Any] = {"transformations": [{"type": "field_name_mapping", "mapping": NAMES}]}
    source = Source(
        "made", "Made", "", timedelta(minutes=cadence), {"Started": "Started"}, "TimeGenerated", "Seen",
        ("Key",), True, mapping, stores,
    )  # fmt: skip
    bounds = {store.scope.name: Bound(source, store, Overrides(), pipeline_of(mapping)) for store in stores}
    return SentinelRenderer(SourceCompiler(Kql(), bounds))


def _store(
    name: str, native: Mapping[str, str], fields: Mapping[str, str], served: Mapping[LogSource, Predicate], latency: int
) -> Store:
    entities = ENTITIES if fields is FIELDS else {}
    scope = Scope(name, name, served, {}, timedelta(minutes=latency), frozenset({"rule", "hunt"}), entities)
    return Store(scope, native, fields, COMPUTED if fields is FIELDS else {}, {}, {})


def detection(folder: Path, selection: Mapping[str, Any], *, dns: bool = False, **told: Any) -> Detection:
    """Load one Sigma rule with this selection; `told` are other keys of the rule."""
    folder.mkdir(exist_ok=True)
    rule = {
        "title": "A rule",
        "id": "6f0d2d5c-0c4b-4a5e-9d4b-0d6d0a6a1e11",
        "level": "high",
        "logsource": {"category": "dns"} if dns else {"product": "windows", "category": "process_creation"},
        "detection": {"s": selection, "condition": "s"},
        **told,
    }
    (folder / "rule.yml").write_text(json.dumps(rule), encoding="utf-8")  # JSON is YAML
    pack, findings = load_pack(folder)
    assert [] == [finding.problem for finding in findings if finding.severity == "error"]
    (found,) = pack.detections
    return found


def ruled(render: SentinelRenderer, found: Detection, scope: str = "starts") -> Rule:
    rule = render.rule(found, render.compiler.bounds[scope].store.scope, BINDING)
    assert not isinstance(rule, Refused), rule
    return rule
