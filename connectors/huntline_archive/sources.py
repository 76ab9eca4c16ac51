"""Read the sources: what each kind of exported log looks like, and which Sigma log sources it serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import Any, Literal, TypeAlias

import yaml

from huntline.errors import ConfigError
from huntline.model.jsonable import logsource_of
from huntline.model.pack import LogSource
from huntline.model.predicate import Every, Predicate
from huntline.model.scope import Scope
from huntline.translate.where import where
from huntline_archive.fields import Chain, Choice, Field, File, First, Inside, Join, Paths, Translated
from huntline_archive.settings import SourceSettings

Shape: TypeAlias = Literal["flat", "evtx"]


@dataclass(frozen=True, slots=True)
class Clock:
    """A field that may hold the time. `zone` True: text without a zone is documented to be UTC."""

    field: str
    format: Literal["iso", "epoch", "epoch_ms"]
    utc: bool


@dataclass(frozen=True, slots=True)
class Source:
    scope: Scope
    shape: Shape  # "evtx": only in event log files; "flat": in all others
    rank: int  # the lower claims a row first
    claims: Predicate
    whole: LogSource  # the log source all its rows belong to
    times: tuple[Clock, ...]  # the first that parses wins
    happened: tuple[Clock, ...]
    ids: tuple[tuple[str, ...], ...]  # paths that name an event for good, when all of a group are there
    fields: Mapping[str, Field]
    own: str  # where a name nobody mapped is looked for; "" at the top
    known: tuple[str, ...]  # names to expect beside those mapped

    def field(self, name: str) -> Field:
        """Return how a row field is made; a name nobody mapped is read under its own name."""
        return self.fields.get(name) or Paths((f"{self.own}.{name}" if self.own else name,))


def load_sources(overrides: Mapping[str, SourceSettings]) -> tuple[Source, ...]:
    """Return all sources by rank, a tenant's own field names before ours. Raises ConfigError for an unknown source."""
    known = {source.scope.name: source for source in _shipped()}
    for name in overrides:
        if name not in known:
            raise ConfigError(
                f"there is no source {name!r}",
                file="settings",
                key=f"sources.{name}",
                advice=f"Sources are {', '.join(sorted(known))}.",
            )
    return tuple(_overridden(source, overrides.get(name)) for name, source in known.items())


def _overridden(source: Source, given: SourceSettings | None) -> Source:
    if given is None:
        return source
    fields = {name: Paths((paths,) if isinstance(paths, str) else tuple(paths)) for name, paths in given.fields.items()}
    return replace(source, fields={**source.fields, **fields})


@cache
def _shipped() -> tuple[Source, ...]:
    folder = resources.files("huntline_archive") / "sources"
    texts = (file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".yml"))
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    sources = [_source(yaml.load(text, loader)) for text in texts]  # noqa: S506 (a safe loader either way)
    return tuple(sorted(sources, key=lambda source: source.rank))


def _source(data: Mapping[str, Any]) -> Source:
    populations = {logsource_of(key): where(value) for key, value in data["logsources"].items()}
    alive = {logsource_of(key): where(value) for key, value in data.get("alive", {}).items()}
    scope = Scope(
        name=data["name"],
        title=data["title"],
        logsources=populations,
        alive=alive,
        latency=timedelta(hours=data["latency_hours"]),
        serves=frozenset({"hunt"}),
        entities={kind: tuple(names) for kind, names in data["entities"].items()},
    )
    return Source(
        scope=scope,
        shape=data["shape"],
        rank=data["rank"],
        claims=where(data["claims"]),
        whole=next(key for key, population in populations.items() if population == Every(())),
        times=tuple(_clock(clock) for clock in data["times"]),
        happened=tuple(_clock(clock) for clock in data["happened"]),
        ids=tuple(tuple(group) for group in data["ids"]),
        fields={name: _field(value) for name, value in data["fields"].items()},
        own=data.get("own", ""),
        known=tuple(data.get("known", ())),
    )


def _clock(data: Mapping[str, Any]) -> Clock:
    return Clock(data["field"], data.get("format", "iso"), bool(data.get("utc", False)))


def _field(data: Any) -> Field:  # noqa: PLR0911 (one return for each kind)
    if isinstance(data, str | list):
        return _paths(data)
    match data:
        case {"join": named}:
            return Join(tuple((name, _paths(paths)) for name, paths in named.items()))
        case {"chain": of, "by": by}:
            return Chain(tuple(_paths(paths) for paths in of), by)
        case {"first": of}:
            return First(tuple(_field(one) for one in of))
        case {"folder": folder, "name": name}:
            return File(_paths(folder), _paths(name))
        case {"inside": of, "key": key}:
            return Inside(_paths(of), key)
        case {"case": path, "of": of, "else": otherwise}:
            return Choice(_paths(path), tuple((word, _field(one)) for word, one in of.items()), _field(otherwise))
        case _:
            return Translated(_paths(data["paths"]), tuple((str(k), str(v)) for k, v in data["words"].items()))


def _paths(data: str | Sequence[str]) -> Paths:
    return Paths((data,) if isinstance(data, str) else tuple(data))
