"""Sources and detections made for these tests alone, so that a law speaks of one thing."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from huntline.detections.load import load_pack
from huntline.model.pack import Detection, LogSource, Pack
from huntline.model.predicate import Every, Test
from huntline.model.query import Rule
from huntline.model.scope import Binding, Scope
from huntline.translate.compiler import SourceCompiler, compiler_of
from huntline.translate.sources import Source, Store
from huntline_splunk.language import Spl
from huntline_splunk.render import SplunkRenderer

PACK_3CX = Path(__file__).parents[3] / "detections" / "3cx-2023"
SYSMON_LOG = "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational"
PROCESS = LogSource("windows", "process_creation")
HEADER = {
    "title": "t",
    "status": "test",
    "level": "high",
    "logsource": {"product": "windows", "category": "process_creation"},
}


def compiler(*, cadence: int = 15, latency: int = 60) -> SourceCompiler:
    """Return a compiler of one searched and one modelled source; times in minutes."""
    sources = (_sysmon(cadence, latency), _cim(cadence, latency))
    return compiler_of(Spl(), sources, {})


def renderer() -> SplunkRenderer:
    return SplunkRenderer(compiler())


@cache
def pack_3cx() -> Pack:
    return load_pack(PACK_3CX)[0]


def detection(folder: Path, detect: dict[str, Any], **header: Any) -> Detection:
    """Return the one detection of a pack written here."""
    return pack(folder, {"detection": detect, **header}).detections[0]


def pack(folder: Path, *rules: dict[str, Any]) -> Pack:
    """Write rules, each its header and detection, and load them as a pack."""
    for place, rule in enumerate(rules):
        (folder / f"rule_{place}.yml").write_text(yaml.safe_dump(HEADER | rule), encoding="utf-8")
    loaded, findings = load_pack(folder)
    assert [] == [finding for finding in findings if finding.severity == "error"]
    return loaded


def rule(found: Detection, scope: str, by: SourceCompiler | None = None) -> Rule:
    """Compile; a refusal fails the test that asked."""
    given = by or compiler()
    made = given.rule(found, given.bounds[scope].store.scope, Binding(scope, {}, {}))
    assert isinstance(made, Rule), made
    return made


def _sysmon(cadence: int, latency: int) -> Source:
    fields = {"EventCode": "number", "ProcessId": "number", "SourceIp": "address", "*": "text"}
    native = {"search": f'index={{index}} source="{SYSMON_LOG}"', "macro": "huntline_sysmon"}
    return _source("sysmon", cadence, native, fields, latency, population=Test("EventCode", "is", ("1",)))


def _cim(cadence: int, latency: int) -> Source:
    fields = {"process": "text", "process_path": "text", "parent_process_path": "text"}
    native = {"datamodel": "Endpoint.Processes", "macro": "huntline_cim_processes"}
    mapping = {"Image": "process_path", "CommandLine": "process", "ParentImage": "parent_process_path"}
    pipeline = {"transformations": [{"id": "names", "type": "field_name_mapping", "mapping": mapping}]}
    return _source("cim-processes", cadence, native, fields, latency, population=Every(()), pipeline=pipeline)


def _source(
    name: str, cadence: int, native: dict[str, str], fields: dict[str, str], latency: int, **more: Any
) -> Source:
    scope = Scope(
        name, name, {PROCESS: more["population"]}, {}, timedelta(minutes=latency), frozenset({"rule", "hunt"}), {}
    )
    store = Store(scope, native, fields, {}, {}, {})
    return Source(
        name=name,
        title=name,
        represents="",
        cadence=timedelta(minutes=cadence),
        names={"index": "*"},
        time="_time",
        happened="UtcTime",
        id=("_bkt", "_cd"),
        empty_is_absent=False,
        pipeline=more.get("pipeline", {"transformations": []}),
        stores=(store,),
    )
