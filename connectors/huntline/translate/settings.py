"""What a tenant may say of a platform's sources: its own names, fields, types and pipelines. A typo is an error with its key."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from huntline.documents import NoDocument, first_error, one_document
from huntline.errors import ConfigError
from huntline.translate.pipeline import pipeline_of
from huntline.translate.sources import Source


class _SourceSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    names: dict[str, str] = Field(default_factory=dict)
    fields: dict[str, str] = Field(default_factory=dict)
    types: dict[str, str] = Field(default_factory=dict)
    pipeline: str | None = None


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    sources: dict[str, _SourceSettings] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Overrides:
    """A tenant's own words for one source. `pipeline`: pySigma's form, applied before the source's own."""

    names: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)  # Sigma field -> native field
    types: Mapping[str, str] = field(default_factory=dict)  # native field -> the platform's type
    pipeline: Mapping[str, Any] = field(default_factory=dict)


def overrides_of(
    settings: Mapping[str, object], sources: Sequence[Source], *, types: Sequence[str]
) -> Mapping[str, Overrides]:
    """Return a tenant's overrides by source name. Raises ConfigError with the key that is wrong, and what was meant."""
    try:
        given = _Settings.model_validate({"sources": settings.get("sources", {})}).sources
    except ValidationError as wrong:
        place, words = first_error(wrong.errors(include_url=False, include_input=False))
        advice = "a source takes names, fields, types and pipeline: see docs/reference/tenants.md"
        raise _wrong(".".join(map(str, place)), words, advice) from wrong
    known = {source.name: source for source in sources}
    for name in given:
        _expect(name, known, f"sources.{name}", "source")
    return {name: _overrides(known[name], one, types) for name, one in given.items()}


def _overrides(source: Source, given: _SourceSettings, types: Sequence[str]) -> Overrides:
    key = f"sources.{source.name}"
    for name in given.names:
        _expect(name, source.names, f"{key}.names.{name}", "name")
    for name in given.fields:
        if not (source.open and not get_close_matches(name, source.sigma, n=1, cutoff=0.8)):
            _expect(name, source.sigma, f"{key}.fields.{name}", "Sigma field")
    for name, kind in given.types.items():
        _expect(kind, types, f"{key}.types.{name}", "type")
    pipeline = _pipeline(given.pipeline, f"{key}.pipeline") if given.pipeline else {}
    return Overrides(given.names, given.fields, given.types, pipeline)


def _expect(name: str, known: Collection[str], key: str, kind: str) -> None:
    if name in known:
        return
    close = get_close_matches(name, list(known), n=1)
    advice = f"did you mean {close[0]!r}?" if close else f"known are: {', '.join(sorted(known)) or 'none'}"
    raise _wrong(key, f"there is no {kind} {name!r}", advice)


def _pipeline(path: str, key: str) -> Mapping[str, Any]:
    """Read a pySigma pipeline. What it does to finished queries has no place here: such texts nobody has proved."""
    try:
        document = one_document(Path(path))
    except NoDocument as error:
        raise ConfigError(
            error.problem, file=path, line=error.line, advice=f"{key} names a pySigma pipeline"
        ) from error
    data = document.data
    if not isinstance(data, dict):
        raise ConfigError("is no map", file=path, line=document.line(), advice="write a pySigma pipeline")
    for strange in sorted({"postprocessing", "finalizers"} & data.keys()):
        problem = "changes finished queries, whose meaning nobody could prove"
        raise ConfigError(problem, file=path, line=document.line(strange), key=strange, advice="remove it")
    for at, item in enumerate(data.get("transformations") or ()):
        place = ("transformations", at)
        try:
            pipeline_of({"transformations": [item]})
        except (ValueError, TypeError, KeyError, AttributeError) as error:  # what pySigma raises for a wrong item
            line = document.line(*place)
            key = ".".join(map(str, place))
            told = str(error.__cause__ or error)
            raise ConfigError(told, file=path, line=line, key=key, advice="see pySigma's pipelines") from error
    return data


def _wrong(key: str, problem: str, advice: str) -> ConfigError:
    return ConfigError(problem, file="settings", key=key, advice=advice)
