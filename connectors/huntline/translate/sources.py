"""Sources as data: what each kind of telemetry looks like on a platform, and which Sigma log sources it serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from huntline.documents import one_document
from huntline.model.jsonable import logsource_of
from huntline.model.pack import LogSource
from huntline.model.predicate import Predicate
from huntline.model.scope import Scope
from huntline.translate.where import where

Serves = Literal["rule", "hunt", "job"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _ScopeFile(_Strict):
    name: str
    title: str
    serves: list[Serves] = Field(min_length=1)
    native: dict[str, str]
    logsources: dict[str, Any]
    alive: dict[str, Any] = {}
    implied: dict[str, dict[str, list[str | int]]] = {}
    fields: dict[str, str]
    computed: dict[str, str] = {}
    vocabulary: dict[str, list[str]] = {}
    held: dict[str, list[str]] = {}


class _SourceFile(_Strict):
    name: str
    title: str
    represents: str = ""
    latency_minutes: int = Field(ge=0)
    cadence_minutes: int = Field(gt=0)
    names: dict[str, str]
    time: str
    happened: str
    id: list[str] = Field(min_length=1)
    empty_is_absent: bool = False
    absent: str = ""
    xml_escapes: bool = False
    lower: list[str] = []
    entities: dict[str, list[str]]
    pipeline: dict[str, Any]
    scopes: list[_ScopeFile] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Store:
    """A scope of a source, as the platform stores it. `native`: the platform's own words, with `{name}` for a tenant's names."""

    scope: Scope
    native: Mapping[str, str]
    fields: Mapping[str, str]  # the schema relied on: native field -> the platform's type; a key may hold `*`
    computed: Mapping[str, str]  # native field -> how the language makes it, `{field}` its name; a key may hold `*`
    vocabulary: Mapping[str, tuple[str, ...]]  # native field -> the only words it ever holds
    implied: Mapping[LogSource, Mapping[str, tuple[str, ...]]]  # log source -> Sigma field -> the values it stands for
    held: Mapping[LogSource, frozenset[str]] = field(default_factory=dict)  # fields that only some log sources have

    def type_of(self, name: str) -> str | None:
        """Return the type of a native field, None for one the store does not have."""
        return _named(self.fields, name)

    def holds(self, name: str, logsource: LogSource) -> bool:
        """Tell whether events of a log source have a field: one that other kinds are said to hold, it holds only if said."""
        held = self.held.get(logsource)
        return held is None or name in held or not any(name in names for names in self.held.values())

    def expression_of(self, name: str) -> str | None:
        """Return how a field is computed, None for one that is stored as it is."""
        expression = _named(self.computed, name)
        return expression and expression.replace("{field}", name)


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of telemetry. `represents`: the source whose events this one only shows again; "" for its own."""

    name: str
    title: str
    represents: str
    cadence: timedelta  # how often a rule over it should look
    names: Mapping[str, str]  # what a tenant may call otherwise, and its usual name
    time: str  # the field windows go by
    happened: str  # the event's own clock
    id: tuple[str, ...]  # fields that name an event for good
    empty_is_absent: bool  # the platform cannot tell an empty text from none
    pipeline: Mapping[str, Any]  # pySigma's own form
    stores: tuple[Store, ...]
    absent: str = ""  # the word the platform writes for an absent value, "" where it writes none
    xml_escapes: bool = False  # values may keep the escapes of the XML they were cut out of
    lower: tuple[str, ...] = ()  # native fields whose values are only ever stored in lower case; may hold `*`

    @property
    def sigma(self) -> frozenset[str]:
        """The Sigma fields it is known to hold: those its pipeline maps, and those stored under Sigma's own name."""
        mappings = (item.get("mapping", {}) for item in self.pipeline.get("transformations", ()))
        stored = {field for store in self.stores for field in store.fields if "*" not in field}
        return frozenset({field for mapping in mappings for field in mapping} | stored)

    @property
    def open(self) -> bool:
        """Whether its events may have fields that no list names."""
        return any("*" in field for store in self.stores for field in store.fields)


@cache
def sources_of(package: str) -> tuple[Source, ...]:
    """Return the sources a platform's package carries in its folder `sources`, by file name."""
    folder = Path(str(resources.files(package) / "sources"))
    return tuple(_source(_SourceFile.model_validate(one_document(file).data)) for file in sorted(folder.glob("*.yml")))


def _source(file: _SourceFile) -> Source:
    return Source(
        name=file.name,
        title=file.title,
        represents=file.represents,
        cadence=timedelta(minutes=file.cadence_minutes),
        names=file.names,
        time=file.time,
        happened=file.happened,
        id=tuple(file.id),
        empty_is_absent=file.empty_is_absent,
        absent=file.absent,
        xml_escapes=file.xml_escapes,
        lower=tuple(file.lower),
        pipeline=file.pipeline,
        stores=tuple(_store(file, scope) for scope in file.scopes),
    )


def _store(file: _SourceFile, given: _ScopeFile) -> Store:
    scope = Scope(
        name=given.name,
        title=given.title,
        logsources=_populations(given.logsources),
        alive=_populations(given.alive),
        latency=timedelta(minutes=file.latency_minutes),
        serves=frozenset(given.serves),
        entities={kind: tuple(fields) for kind, fields in file.entities.items()},
    )
    implied = {
        logsource_of(key): {field: tuple(map(str, values)) for field, values in tests.items()}
        for key, tests in given.implied.items()
    }
    vocabulary = {field: tuple(words) for field, words in given.vocabulary.items()}
    held = {logsource_of(key): frozenset(names) for key, names in given.held.items()}
    return Store(scope, given.native, given.fields, given.computed, vocabulary, implied, held)


def _populations(given: Mapping[str, Any]) -> dict[LogSource, Predicate]:
    return {logsource_of(key): where(value) for key, value in given.items()}


def _named(known: Mapping[str, str], wanted: str) -> str | None:
    """Look a field up by its name, then by the first pattern it fits."""
    if wanted in known:
        return known[wanted]
    return next((value for name, value in known.items() if "*" in name and fnmatchcase(wanted, name)), None)
