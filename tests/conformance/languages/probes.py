"""The probe rules of Sigma's meaning in a store of each query language, all its fields text or each of its own type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, TypeAlias

import yaml

from huntline.detections.lower import lower
from huntline.model.branches import branches
from huntline.model.pack import Detection, LogSource
from huntline.model.predicate import Every, Predicate
from huntline.model.scope import Scope
from huntline.translate.compiler import SourceCompiler, compiler_of
from huntline.translate.language import Language
from huntline.translate.sources import Source, Store
from huntline_elastic.language import Eql
from huntline_sentinel.language import Kql
from huntline_splunk.language import Spl

TRUTH: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "detections" / "meaning.yml").read_text("utf-8"))
EVENTS: Mapping[str, Mapping[str, Any]] = TRUTH["events"]
CASES: Mapping[str, Mapping[str, Any]] = TRUTH["cases"]
SOURCE = LogSource("windows")
Shape: TypeAlias = Literal["text", "typed"]
Columns: TypeAlias = Mapping[str, str]
TEXTS = ("Image", "CommandLine", "User", "TargetUser", "Protocol", "Note", "Mark")


@dataclass(frozen=True, slots=True)
class Tongue:
    """A query language, and the words its platform has for the types of the probe events' fields."""

    language: Language
    text: str
    types: Columns
    native: Mapping[str, str]
    empty_is_absent: bool


TONGUES: Mapping[str, Tongue] = {
    "spl": Tongue(
        Spl(),
        "text",
        {"EventID": "number", "DestinationPort": "number", "Size": "number", "DestinationIp": "address"},
        {"search": "index=main", "macro": "probe"},
        empty_is_absent=False,
    ),
    "eql": Tongue(
        Eql(),
        "keyword",
        {"EventID": "long", "DestinationPort": "long", "Size": "double", "DestinationIp": "ip"},
        {"index": "probes"},
        empty_is_absent=False,
    ),
    "kql": Tongue(
        Kql(),
        "string",
        {"EventID": "int", "DestinationPort": "int", "Size": "real", "DestinationIp": "string"},
        {"table": "T", "keyword": ", ".join([*TEXTS, "DestinationIp"])},
        empty_is_absent=True,
    ),
}


def columns(tongue: str, shape: Shape) -> Columns:
    """Return the store's fields and their types."""
    told = TONGUES[tongue]
    return dict.fromkeys((*TEXTS, *told.types), told.text) | (dict(told.types) if shape == "typed" else {})


def compiler(tongue: str, shape: Shape) -> SourceCompiler:
    """Return the compiler of a store named `probes` that holds the probe events and nothing else."""
    told = TONGUES[tongue]
    scope = Scope("probes", "Probes", {SOURCE: Every(())}, {}, timedelta(0), frozenset({"rule", "hunt"}), {})
    store = Store(scope, told.native, columns(tongue, shape), {}, {}, {}, {})
    source = Source(
        name="probes",
        title="Probes",
        represents="",
        cadence=timedelta(hours=1),
        names={},
        time="time",
        happened="time",
        id=("id",),
        empty_is_absent=told.empty_is_absent,
        absent="",
        xml_escapes=False,
        pipeline={},
        stores=(store,),
    )
    return compiler_of(told.language, (source,), {})


def detection(name: str) -> Detection:
    """Return the probe rule of a case, its filter beside it."""
    case = CASES[name]
    predicate = lower({"detection": case["detection"]}, TRUTH["lists"])
    if "filter" in case:
        predicate = Every((predicate, lower({"detection": case["filter"]}, TRUTH["lists"])))
    return asked(name, predicate)


def asked(name: str, predicate: Predicate) -> Detection:
    """Return a detection of this predicate."""
    return Detection(
        id=name,
        title=name,
        description="",
        level="medium",
        status="",
        stage="",
        tags=(),
        references=(),
        falsepositives=(),
        logsource=SOURCE,
        predicate=predicate,
        branches=branches(predicate),
        rule={},
        file=f"{name}.yml",
        line=1,
    )
