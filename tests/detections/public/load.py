"""The public detections as data: what each looks at, in our words, and events that prove which of ours cover it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from huntline.detections.lower import lower
from huntline.model.pack import LogSource
from huntline.model.predicate import Predicate

HERE = Path(__file__).parent
FILES = ("sigmahq", "splunk", "elastic", "microsoft", "nextron", "others")
SCANS = frozenset({"yara", "ioc list", "antivirus"})
"""Kinds that read files and memory and no log."""

Fields: TypeAlias = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Example:
    """One event: only what the logics read, so that what fires is due to what they see. `ours`: ids of our rules."""

    note: str
    logsource: LogSource
    fields: Fields
    ours: frozenset[str]


@dataclass(frozen=True, slots=True)
class Part:
    """One test of a public detection. No `logs`: it goes with no log, and is held against an event of any."""

    logs: tuple[LogSource, ...]
    predicate: Predicate
    events: tuple[Example, ...]  # of the attack: theirs and ours see them
    wider: tuple[Example, ...]  # of no known act of the attack: only theirs sees them
    narrower: tuple[Example, ...]  # of the attack: only ours sees them
    gaps: tuple[Example, ...]  # of the attack, or possibly so: only theirs sees them


@dataclass(frozen=True, slots=True)
class Public:
    id: str
    publisher: str
    set: str
    kind: str
    name: str
    link: str  # "": none is known
    sees: str
    parts: tuple[Part, ...]
    reason: str  # why it, or a part of it, is not covered; "" where all is
    limits: str  # what no event can show
    better: str

    @property
    def scan(self) -> bool:
        return self.kind in SCANS

    @property
    def covered(self) -> bool:
        return any(part.events for part in self.parts)


@dataclass(frozen=True, slots=True)
class Row:
    """A claim of the fact base that no public rule sees something. `without`: the change after which ours is silent."""

    number: int
    what: str
    ours: tuple[str, ...]
    without: Fields


@cache
def load_public() -> tuple[Public, ...]:
    """Return the public detections by id. Raises KeyError, TypeError or ValueError where a file is not of this shape."""
    return tuple(sorted((one for file in FILES for one in _detections(file)), key=lambda one: one.id))


@cache
def load_rows() -> tuple[Row, ...]:
    """Return the claims in order."""
    return tuple(
        Row(one["row"], one["what"], tuple(map(_id, one["ours"])), fields_of(one.get("without", {})))
        for one in _read("rows")
    )


def short_names() -> Mapping[str, str]:
    """Return short name -> id of our rule."""
    names: dict[str, str] = _read("ours")
    return names


def fields_of(event: Mapping[str, Any]) -> Fields:
    """Present an event as a platform does: every value a tuple of text, absent = no key, its author's note left out."""
    return {
        name: tuple(map(_text, value if isinstance(value, list) else [value]))
        for name, value in event.items()
        if name != "note" and value not in (None, [])
    }


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@cache
def _read(name: str) -> Any:
    return yaml.load((HERE / f"{name}.yml").read_text(encoding="utf-8"), yaml.CSafeLoader)


def _detections(file: str) -> Iterator[Public]:
    told = _read(file)
    for one in told["detections"]:
        named = {key: value for key, value in one.items() if key != "not"}
        yield _public(**{"publisher": told.get("publisher"), "reason": one.get("not", ""), **named})


def _public(
    *,
    logic: tuple[Mapping[str, Any], ...] = (),
    limits: str = "",
    better: str = "",
    **told: str,
) -> Public:
    return Public(**told, parts=tuple(_part(**one) for one in logic), limits=limits, better=better)


def _part(*, detection: Mapping[str, Any], logs: tuple[Mapping[str, str], ...] = (), **examples: Any) -> Part:
    if strays := set(examples) - {"events", "wider", "narrower", "gaps"}:
        raise ValueError(strays)
    sources = tuple(LogSource(**one) for one in logs)
    kinds = {
        kind: tuple(_example(sources, **one) for one in examples.get(kind, ()))
        for kind in ("events", "wider", "narrower", "gaps")
    }
    return Part(sources, lower({"detection": detection}, _read("lists")), **kinds)


def _example(
    logs: tuple[LogSource, ...],
    *,
    note: str,
    event: Mapping[str, Any],
    ours: tuple[str, ...] = (),
    log: Mapping[str, str] | None = None,
) -> Example:
    """An event names its log where its part has not exactly one."""
    (source,) = [LogSource(**log)] if log else logs
    return Example(note, source, fields_of(event), frozenset(map(_id, ours)))


def _id(name: str) -> str:
    return short_names()[name]
