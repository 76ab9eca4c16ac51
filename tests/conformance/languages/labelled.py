"""The pack's labelled events as each source stores them, and what a query finds among them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from conformance.languages.voters import Row, Vote, by_duck, by_eql, by_spl, by_stream
from huntline.detections.load import load_pack
from huntline.model.pack import Detection
from huntline.model.query import Query, Refused, Rule
from huntline.model.scope import Binding
from huntline.registry import load_platform
from huntline.translate.compiler import SourceCompiler
from huntline.translate.translator import Bound
from huntline_splunk.artifact import definition_of
from lab.render.siem.catalogue import sources
from lab.render.siem.labelled import Renderer
from lab.render.siem.sentinel_schema import COLUMNS, types

PACK = Path(__file__).parents[3] / "detections" / "3cx-2023"
DETECTIONS: Mapping[str, Detection] = {Path(one.file).stem: one for one in load_pack(PACK)[0].detections}
PLATFORMS = ("splunk", "elastic", "sentinel")
TABLE = "T"


@dataclass(frozen=True, slots=True)
class Held:
    """Rows of one store, and which of them the rule must find by the word of its author."""

    rows: Sequence[Row]
    matches: Sequence[str]


@cache
def compilers() -> Mapping[str, SourceCompiler]:
    """Return each platform's compiler under its usual names."""
    found = {name: load_platform(name).compiler({}) for name in PLATFORMS}
    return {name: one for name, one in found.items() if isinstance(one, SourceCompiler)}


@cache
def rule_of(platform: str, scope: str, stem: str) -> Rule | Refused:
    compiler = compilers()[platform]
    return compiler.rule(DETECTIONS[stem], compiler.bounds[scope].store.scope, Binding(scope, {}, {}))


@cache
def query_of(platform: str, scope: str, stem: str) -> Query | Refused:
    compiler = compilers()[platform]
    return compiler.compile(DETECTIONS[stem], compiler.bounds[scope].store.scope, Binding(scope, {}, {}))


def stores() -> Iterator[tuple[str, str, str]]:
    """Yield platform, renderer and scope wherever a renderer writes what the scope holds."""
    for renderer, scopes in WRITTEN.items():
        yield from ((renderer.partition("_")[0], renderer, scope) for scope in scopes)


WRITTEN: Mapping[str, Sequence[str]] = {
    "splunk_sysmon": ("sysmon",),
    "splunk_windows": ("security", "security-process"),
    "splunk_windows_classic": ("classic-process",),
    "splunk_defender": ("windows-other",),
    "splunk_cim": (
        "cim-processes",
        "cim-filesystem",
        "cim-registry",
        "cim-dns",
        "cim-proxy",
        "cim-web-server",
        "cim-macos-processes",
        "cim-macos-filesystem",
    ),
    "splunk_zeek": ("zeek-dns", "zeek-http", "zeek-conn"),
    "elastic_sysmon_winlogbeat": ("winlogbeat-sysmon",),
    "elastic_sysmon_agent": ("agent-sysmon",),
    "elastic_windows_winlogbeat": ("windows-events-winlogbeat",),
    "elastic_windows_agent": ("windows-events-security", "windows-events-defender"),
    "elastic_defend": (
        "elastic-defend-process",
        "elastic-defend-library",
        "elastic-defend-file",
        "elastic-defend-registry",
        "elastic-defend-network",
    ),
    "elastic_zeek": ("zeek-dns",),
    "elastic_zscaler": ("proxy",),
    "elastic_squid": ("proxy",),
    "sentinel_xdr": (
        "defender-xdr-process",
        "defender-xdr-image",
        "defender-xdr-file",
        "defender-xdr-registry",
        "defender-xdr-network",
        "defender-xdr-events",
    ),
    "sentinel_sysmon_event": ("sysmon-event",),
    "sentinel_sysmon_event_ama": ("sysmon-event",),
    "sentinel_security_event": ("security-event",),
    "sentinel_asim": ("asim-dns-table", "asim-network-table", "asim-web-table"),
    "sentinel_asim_function": ("asim-dns", "asim-network", "asim-web"),
    "sentinel_dns_events": ("dns-events",),
    "sentinel_csl": ("common-security-log",),
}
"""Which scopes hold what a renderer writes."""


@cache
def held(platform: str, renderer: str, scope: str, stem: str) -> Held:
    """Render the events of a detection for a store; those that belong elsewhere are left out."""
    render, bound, detection = sources()[renderer], compilers()[platform].bounds[scope], DETECTIONS[stem]
    rows: list[Row] = []
    matches: list[str] = []
    for kind in ("match", "miss"):
        for at, event in enumerate(_events(stem, kind)):
            row = _rendered(render, event, str(detection.logsource))
            if row is not None and _belongs(platform, row, bound):
                rows.append({**row, "id": f"{kind}{at}"})
                matches += [f"{kind}{at}"] if kind == "match" else []
    return Held(rows, matches)


def _events(stem: str, kind: str) -> Iterator[dict[str, Any]]:
    for line in (PACK / "events" / stem / f"{kind}.ndjson").read_text("utf-8").splitlines():
        yield json.loads(line)


def _rendered(render: Renderer, event: Mapping[str, Any], logsource: str) -> Mapping[str, Any] | None:
    try:
        return render(event, logsource)
    except LookupError:
        return None


def _belongs(platform: str, row: Row, bound: Bound) -> bool:
    """Tell whether a row lies in the table or data model; what a search narrows by itself it may have all of."""
    native = bound.store.native
    if platform == "sentinel":
        return row["Type"] in (bound.native("table"), FUNCTIONS.get(bound.native("table")))
    if platform == "splunk":
        model = f"{row.get('datamodel')}.{row.get('nodename')}" if "datamodel" in row else ""
        # What a web proxy tells bears its tag and lies in the child of the model's root, too.
        return native.get("datamodel", "") in ((model, "Web.Proxy") if model == "Web.Web" else (model,))
    return True


FUNCTIONS = {
    "_Im_Dns()": "ASimDnsActivityLogs",
    "_Im_NetworkSession()": "ASimNetworkSessionLogs",
    "_Im_WebSession()": "ASimWebSessionLogs",
}


def votes(platform: str, text: str, reads: Sequence[str], rows: Sequence[Row], bound: Bound) -> Mapping[str, Vote]:
    """Run a query over the rows of a store on every engine of its language."""
    match platform:
        case "splunk":
            macros = {bound.native("macro"): definition_of(bound)}
            return {"evaluator": by_spl(text, rows, {}, macros=macros)}
        case "elastic":
            return {"python-eql": by_eql(text, rows, _elastic_types(rows, reads, bound))}
    columns = _columns(rows, bound)
    asked = text.replace(bound.native("table"), TABLE, 1)
    return {"duckdb-kql": by_duck(asked, rows, columns), "streaming-kql": by_stream(asked, rows, columns)}


def _elastic_types(rows: Sequence[Row], reads: Sequence[str], bound: Bound) -> Mapping[str, str]:
    fields = {*(name for row in rows for name in row), *reads}
    listed = {name: kind for name, kind in bound.store.fields.items() if "*" not in name}
    return {name: bound.type_of(name) or "keyword" for name in fields} | listed


def _columns(rows: Sequence[Row], bound: Bound) -> Mapping[str, str]:
    """Take the vendor's types for the vendor's columns, the source's own word for what no row fills."""
    table = str(rows[0]["Type"])
    vendor = dict(types(table)) if table in COLUMNS else {}
    listed = {n: k for n, k in bound.store.fields.items() if "*" not in n and bound.store.expression_of(n) is None}
    aliases = {name: "string" for row in rows for name in row}
    return {name: kind for name, kind in (aliases | listed | vendor).items() if name != "id"}
