"""A small source made by hand: nothing here depends on the sources that are shipped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from huntline.model.pack import LogSource
from huntline.model.predicate import Every, Predicate, Test
from huntline.model.scope import Scope
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
DNS = {"category": "dns"}  # the same in a rule
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
