"""Measure conversion of a foreign corpus against stock pySigma, side by side, and write docs/reference/conversion.md.

Needs the corpus beside the project (../shared/data); without it it says so and stops.
"""

from __future__ import annotations

import io
import os
import platform
import re
import statistics
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
import zstandard
from sigma.backends.elasticsearch.elasticsearch_eql import EqlBackend
from sigma.backends.kusto.kusto import KustoBackend
from sigma.backends.splunk.splunk import SplunkBackend
from sigma.collection import SigmaCollection
from sigma.conversion.base import Backend
from sigma.pipelines.elasticsearch.windows import ecs_windows
from sigma.pipelines.microsoftxdr.microsoftxdr import microsoft_xdr_pipeline
from sigma.pipelines.splunk.splunk import splunk_windows_pipeline
from sigma.pipelines.sysmon.sysmon import sysmon_pipeline
from sigma.rule import SigmaRule

from huntline.detections.load import load_pack
from huntline.model.query import Refused
from huntline.model.scope import Binding, Scope
from huntline.registry import load_platform
from lab.eql.check import findings as eql_findings
from lab.kql.check import Schema
from lab.kql.check import findings as kql_findings
from lab.spl import SplError
from lab.spl import parse as parse_spl

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "data" / "sigma-corpus.tar.zst"
PAGE = ROOT / "docs" / "reference" / "conversion.md"
WORKERS, RUNS, BAR = 2, 3, 1.5
TARGETS: Mapping[str, tuple[str, str]] = {
    "Splunk Sysmon": ("splunk", "sysmon"),
    "Elastic ECS": ("elastic", "agent-sysmon"),
    "Defender XDR": ("sentinel", "defender-xdr-"),
}
STOCK: Mapping[str, Callable[[], Backend]] = {
    "Splunk Sysmon": lambda: SplunkBackend(sysmon_pipeline() + splunk_windows_pipeline()),  # type: ignore[no-untyped-call]  # stock ships no types
    "Elastic ECS": lambda: EqlBackend(ecs_windows()),
    "Defender XDR": lambda: KustoBackend(microsoft_xdr_pipeline()),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What became of one rule on one target: its text, or a code and its construct."""

    text: str = ""
    code: str = ""
    construct: str = ""


def main() -> None:
    if not CORPUS.exists():
        sys.exit("the Sigma corpus is not beside the project (../shared/data): nothing is measured")
    with tempfile.TemporaryDirectory() as scratch:
        halves = _unpacked(Path(scratch))
        with ProcessPoolExecutor(WORKERS) as pool:
            list(pool.map(_warm, range(WORKERS)))
            ratios, ours, stock = [], [], []
            for run in range(RUNS):
                mine = _timed(pool, converted, halves)
                theirs = _timed(pool, stock_converted, halves)
                ours.append(mine)
                stock.append(theirs)
                ratios.append(mine / theirs)
                print(f"run {run}: Huntline {mine:.2f} s, stock {theirs:.2f} s, ratio {mine / theirs:.2f}", flush=True)
        PAGE.write_text(_page(halves, ratios, ours, stock), encoding="utf-8")
    print(PAGE)


def _unpacked(scratch: Path) -> list[Path]:
    with CORPUS.open("rb") as packed:
        plain = io.BytesIO(zstandard.ZstdDecompressor().stream_reader(packed).read())
    with tarfile.open(fileobj=plain) as archive:
        archive.extractall(scratch / "all", filter="data")
    halves = [scratch / f"half{n}" for n in range(WORKERS)]
    for at, file in enumerate(sorted((scratch / "all").rglob("*.yml"))):
        place = halves[at % WORKERS] / file.relative_to(scratch / "all")
        place.parent.mkdir(parents=True, exist_ok=True)
        file.rename(place)
    return halves


def _warm(_: int) -> None:
    """Import and build what both sides need before any clock runs."""
    for name in TARGETS:
        STOCK[name]()
        _scopes(name)
    time.sleep(0.2)


def _timed(pool: ProcessPoolExecutor, work: Callable[[Path], int], halves: Sequence[Path]) -> float:
    start = time.perf_counter()
    list(pool.map(work, halves))
    return time.perf_counter() - start


def converted(half: Path) -> int:
    """Load a half of the corpus and compile rules and hunts for the three targets."""
    pack, _ = load_pack(half)
    count = 0
    for name in TARGETS:
        compiler, scopes = _scopes(name)
        for detection in pack.detections:
            for scope in scopes:
                binding = Binding(scope.name, {}, {})
                count += not isinstance(compiler.rule(detection, scope, binding), Refused)
                count += not isinstance(compiler.compile(detection, scope, binding), Refused)
    return count


def stock_converted(half: Path) -> int:
    """Load the same half with the C loader and convert it with the stock pipelines."""
    documents = [yaml.load(file.read_text("utf-8"), yaml.CSafeLoader) for file in half.rglob("*.yml")]
    return sum(bool(text) for name in TARGETS for _, text in _stock(name, documents))


def _stock(name: str, documents: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    backend = STOCK[name]()
    for document in documents:
        try:
            (rule,) = SigmaCollection.from_dicts([document]).rules
            texts = backend.convert_rule(rule) if isinstance(rule, SigmaRule) else []
        except Exception:  # noqa: BLE001 (whatever stock conversion raises is its refusal)
            continue
        yield str(document.get("id")), "\n".join(map(str, texts))


def _scopes(name: str) -> tuple[Any, list[Scope]]:
    place, named = TARGETS[name]
    found = load_platform(place)
    several = named.endswith("-")
    scopes = [one for one in found.scopes({}) if one.name == named or (several and one.name.startswith(named))]
    return found.compiler({}), scopes


def _page(halves: Sequence[Path], ratios: Sequence[float], ours: Sequence[float], stock: Sequence[float]) -> str:
    rows, lost = [], []
    for name in TARGETS:
        mine = {key: said for half in halves for key, said in _outcomes(name, half)}
        theirs = {
            key: text
            for half in halves
            for key, text in _stock(
                name, [yaml.load(f.read_text("utf-8"), yaml.CSafeLoader) for f in sorted(half.rglob("*.yml"))]
            )
        }
        rows.append(_row(name, mine, theirs))
        lost += list(_lost(name, mine, theirs))
    met = "met" if statistics.median(ratios) <= BAR else "missed"
    return "\n".join(
        [
            "# Conversion of a public corpus",
            "",
            f"Made by `make bench` on {os.cpu_count()} cores, Python {platform.python_version()}: 2,472 public Sigma rules,",
            "each loaded and compiled for three targets, rule text and hunting text, in two processes; stock pySigma loads",
            "the same files with the C loader and converts each for the same three targets in two processes, in turn.",
            "",
            f"Huntline took {statistics.median(ours):.2f} s, stock {statistics.median(stock):.2f} s (medians of {RUNS}):",
            f"a ratio of **{statistics.median(ratios):.2f}**; the bar of {BAR} is {met}.",
            "",
            "| target | emitted | not served | refused | stock converts | of them served | and accepted | refused by us |",
            "|---|---|---|---|---|---|---|---|",
            *rows,
            "",
            "*Accepted*: by Microsoft's parser and binder (KQL), Elastic's grammar and our lint (EQL), our SPL parser. The last",
            "column counts rules whose stock text is accepted and which Huntline refuses; each is told below.",
            "",
            *lost,
            "",
        ]
    )


def _outcomes(name: str, half: Path) -> Iterator[tuple[str, Said]]:
    compiler, scopes = _scopes(name)
    for detection in load_pack(half)[0].detections:
        found = [compiler.rule(detection, scope, Binding(scope.name, {}, {})) for scope in scopes]
        texts = [one.text for one in found if not isinstance(one, Refused)]
        refused = [one for one in found if isinstance(one, Refused) and one.code != "not_served"]
        if texts:
            yield detection.id, Said(text=texts[0])
        elif refused:
            yield detection.id, Said(code=refused[0].code, construct=refused[0].construct)
        else:
            yield detection.id, Said(code="not_served")


def _row(name: str, mine: Mapping[str, Said], theirs: Mapping[str, str]) -> str:
    served = {key for key, said in mine.items() if said.code != "not_served"}
    accepted = [key for key in served & theirs.keys() if not _faults(name, theirs[key])]
    lost = [key for key in accepted if mine[key].code]
    refused = Counter(said.code for said in mine.values() if said.code not in ("", "not_served"))
    told = ", ".join(f"{count} `{code}`" for code, count in refused.most_common()) or "-"
    emitted = sum(bool(said.text) for said in mine.values())
    unserved = len(mine) - len(served)
    return (
        f"| {name} | {emitted:,} | {unserved:,} | {told} | {len(theirs):,} | {len(served & theirs.keys()):,} | "
        f"{len(accepted):,} | {len(lost):,} |"
    )


def _lost(name: str, mine: Mapping[str, Said], theirs: Mapping[str, str]) -> Iterator[str]:
    reasons: Counter[tuple[str, str]] = Counter()
    for key, said in mine.items():
        if said.code not in ("", "not_served") and key in theirs and not _faults(name, theirs[key]):
            reasons[said.code, said.construct] += 1
    for (code, construct), count in sorted(reasons.items()):
        yield f"- {name}, {count}: `{code}` {construct}"


def _faults(name: str, text: str) -> list[str]:
    match name:
        case "Splunk Sysmon":
            try:
                parse_spl(text)
            except SplError as error:
                return [str(error)]
            return []
        case "Elastic ECS":
            # Every name a keyword: what a field is called is not what is judged here.
            names = re.findall(r"[A-Za-z_@][\w@]*(?:\.[\w@-]+)*", text)
            return list(eql_findings(text, dict.fromkeys(names, "keyword")))
        case _:
            return kql_findings(text, XDR)


def _xdr() -> Schema:
    from sigma.pipelines.microsoftxdr.tables import MICROSOFT_XDR_TABLES

    known = ("string", "long", "int", "real", "bool", "datetime", "dynamic", "guid")
    tables = {
        table: {
            name: kind["data_type"].lower() if kind["data_type"].lower() in known else "string"
            for name, kind in columns.items()
        }
        for table, columns in MICROSOFT_XDR_TABLES.items()
    }
    return Schema(tables, {})  # type: ignore[arg-type]  # the words are Kusto's


XDR = _xdr()

if __name__ == "__main__":
    main()
