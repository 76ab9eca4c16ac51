"""`pack.yml` and indicator lists: what a folder of Sigma rules does not say by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from huntline.documents import Document, NoDocument, first_error, one_document
from huntline.errors import PackError
from huntline.model.pack import Finding, Milestone, Stage
from huntline.model.window import Window

MANIFEST = "pack.yml"
IDENTIFIER = r"^[a-z0-9][a-z0-9_-]{0,62}$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Window(_Strict):
    since: date
    until: date
    why: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> _Window:
        if self.since >= self.until:
            raise PydanticCustomError("order", "until is the first day no longer meant, so it lies after since")
        return self


class _Stage(_Strict):
    id: str = Field(pattern=IDENTIFIER)
    title: str
    answer: str
    windows: list[_Window] = []


class _Milestone(_Strict):
    at: AwareDatetime
    note: str

    @field_validator("at")
    @classmethod
    def _in_utc(cls, at: datetime) -> datetime:
        try:
            return at.astimezone(UTC)
        except OverflowError as error:
            raise PydanticCustomError("range", "is no time between the years 1 and 9999 in UTC") from error


class _Manifest(_Strict):
    id: str = Field(pattern=IDENTIFIER)
    title: str
    description: str = ""
    stages: list[_Stage] = Field(min_length=1)
    indicators: dict[str, str] = {}
    milestones: list[_Milestone] = []


class _Indicator(_Strict):
    value: str = Field(pattern=r"\S")
    confidence: str = ""
    advice: str = ""
    sources: list[str] = []
    note: str = ""


class _Indicators(_Strict):
    description: str = ""
    values: list[_Indicator] = Field(min_length=1)

    @field_validator("values", mode="before")
    @classmethod
    def _plain_text_too(cls, values: Any) -> Any:
        if not isinstance(values, list):
            return values
        return [one if isinstance(one, dict) else {"value": one} for one in values]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A pack without its rules. `lists`: name -> values, in the order of the file."""

    id: str
    title: str
    description: str
    stages: tuple[Stage, ...]
    milestones: tuple[Milestone, ...]
    lists: Mapping[str, tuple[str, ...]]
    files: Mapping[str, tuple[str, int]]  # list name -> its file, and the line of pack.yml that names it
    findings: tuple[Finding, ...]


def read_manifest(pack: Path) -> Manifest:
    """Read pack.yml and its lists; a folder without one is a pack of one stage.

    A list that cannot be used becomes a finding. Raises PackError with file, line and key for pack.yml itself.
    """
    path = pack / MANIFEST
    if not path.exists():
        stage = Stage("detection", "Detection", 0, "One or more detections matched", ())
        return Manifest(pack.resolve().name, pack.resolve().name, "", (stage,), (), {}, {}, ())
    try:
        document = one_document(path)
        checked = _Manifest.model_validate(document.data)
    except NoDocument as error:
        raise PackError(error.problem, file=str(path), line=error.line, advice="mend the file") from error
    except ValidationError as error:
        place, words = first_error(error.errors())
        raise _broken(path, document, place, words) from error
    stages = tuple(_stage(rank, stage) for rank, stage in enumerate(checked.stages))
    _refuse_repeats(path, document, [stage.id for stage in stages])
    lists: dict[str, tuple[str, ...]] = {}
    findings: list[Finding] = []
    for name, file in checked.indicators.items():
        try:
            lists[name] = tuple(_values(pack, file))
        except PackError as error:
            findings.append(Finding("error", error.file, error.line, error.key, error.problem, error.advice))
    milestones = tuple(Milestone(m.at, m.note) for m in checked.milestones)
    files = {name: (file, document.line("indicators", name)) for name, file in checked.indicators.items()}
    return Manifest(checked.id, checked.title, checked.description, stages, milestones, lists, files, tuple(findings))


def _stage(rank: int, stage: _Stage) -> Stage:
    windows = tuple(Window(_midnight(window.since), _midnight(window.until)) for window in stage.windows)
    return Stage(stage.id, stage.title, rank, stage.answer, windows)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _refuse_repeats(path: Path, document: Document, ids: list[str]) -> None:
    for at, stage in enumerate(ids):
        if stage in ids[:at]:
            raise _broken(path, document, ("stages", at, "id"), f"the stage {stage!r} is there twice")


def _broken(path: Path, document: Document, place: tuple[str | int, ...], words: str) -> PackError:
    key = ".".join(map(str, place))
    line = document.line(*place)
    return PackError(words, file=str(path), line=line, key=key, advice="see docs/reference/pack.md")


def _values(pack: Path, file: str) -> Iterator[str]:
    if PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts or "\0" in file:
        raise PackError("an indicator list lies inside its pack", file=file, advice="name it relative to pack.yml")
    try:
        document = one_document(pack / file)
        checked = _Indicators.model_validate(document.data)
    except NoDocument as error:
        raise PackError(error.problem, file=file, line=error.line, advice="mend the list") from error
    except ValidationError as error:
        place, words = first_error(error.errors())
        key, line = ".".join(map(str, place)), document.line(*place)
        raise PackError(words, file=file, line=line, key=key, advice="see docs/reference/pack.md") from error
    seen: dict[str, Any] = {}
    for at, value in enumerate(checked.values):
        text = value.value
        if text.lower() in seen:
            line = document.line("values", at)
            raise PackError(
                f"{text!r} is there twice", file=file, line=line, key=f"values.{at}", advice="keep one of them"
            )
        seen[text.lower()] = None
        yield text
