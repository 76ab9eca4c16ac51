"""`pack.yml` and indicator lists: what a folder of Sigma rules does not say by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from huntline.detections.indicators import (
    Indicator,
    Selection,
    Source,
    read_indicators,
    read_sources,
    selected,
)
from huntline.detections.storyline import read_chain
from huntline.documents import Document, NoDocument, first_error, one_document
from huntline.errors import PackError
from huntline.model.chain import NO_CHAIN, Chain
from huntline.model.pack import Milestone, Remark, Stage
from huntline.model.window import Window

MANIFEST = "pack.yml"
FOLDER = "indicators"
"""Every `.yml` below this folder of a pack is an indicator file, whether a list names it or not."""
IDENTIFIER = r"^[a-z0-9][a-z0-9_-]{0,62}$"
_LINK = r"^(https://)?[A-Za-z0-9_.~/#%+-]+$"


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
    playbook: str = Field("", pattern=_LINK)


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
    indicators: dict[str, Selection] = {}
    sources: str = ""
    milestones: list[_Milestone] = []
    storylines: str = ""
    guides: str = Field("", pattern=r"^[A-Za-z0-9_-]+$")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A pack without its rules. `lists`: name -> values, in the order of the file; `selections`: the same, whole."""

    id: str
    title: str
    description: str
    stages: tuple[Stage, ...]
    milestones: tuple[Milestone, ...]
    lists: Mapping[str, tuple[str, ...]]
    files: Mapping[str, tuple[str, int]]  # list name -> its file, and the line of pack.yml that names it
    findings: tuple[Remark, ...]
    chain: Chain = NO_CHAIN
    chain_file: str = ""  # "": the pack says nothing of storylines
    selections: Mapping[str, tuple[Indicator, ...]] = field(default_factory=dict)
    indicators: tuple[Indicator, ...] = ()  # of all files, each once, by file
    sources: Mapping[str, Source] = field(default_factory=dict)
    guides: str = ""  # a folder of the pack; "": the pack has none
    playbooks: Mapping[str, str] = field(default_factory=dict)  # stage id -> link, relative to the pages of the guides


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
    told = _read_lists(pack, document, checked)
    milestones = tuple(Milestone(m.at, m.note) for m in checked.milestones)
    files = {name: (one.file, document.line("indicators", name)) for name, one in checked.indicators.items()}
    chain = read_chain(pack, checked.storylines, stages=stages, milestones=milestones)
    return Manifest(
        id=checked.id,
        title=checked.title,
        description=checked.description,
        stages=stages,
        milestones=milestones,
        lists={name: tuple(one.value for one in chosen) for name, chosen in told.selections.items()},
        files=files,
        findings=tuple(told.findings),
        chain=chain,
        chain_file=PurePosixPath(checked.storylines).as_posix() if checked.storylines else "",
        selections=told.selections,
        indicators=tuple(one for file in sorted(told.files) for one in told.files[file]),
        sources=told.sources,
        guides=checked.guides,
        playbooks={stage.id: stage.playbook for stage in checked.stages if stage.playbook},
    )


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


@dataclass(slots=True)
class _Lists:
    """What is gathered while the indicator files of a pack are read."""

    sources: Mapping[str, Source] = field(default_factory=dict)
    files: dict[str, tuple[Indicator, ...]] = field(default_factory=dict)
    selections: dict[str, tuple[Indicator, ...]] = field(default_factory=dict)
    findings: list[Remark] = field(default_factory=list)


def _read_lists(pack: Path, document: Document, checked: _Manifest) -> _Lists:
    told = _Lists()
    known: Mapping[str, Source] | None = None
    try:
        known = read_sources(pack, checked.sources) if checked.sources else None
    except PackError as error:
        told.findings.append(_finding(error))
    told.sources = known or {}
    for file in _indicator_files(pack, checked):
        try:
            told.files[file] = read_indicators(pack, file, sources=known)
        except PackError as error:
            told.findings.append(_finding(error))
    for name, one in checked.indicators.items():
        if one.file in told.files:
            chosen, key, problem = selected(told.files[one.file], one.where)
            if problem:
                place = ("indicators", name, "where", *((key,) if key else ()))
                told.findings.append(_finding(_broken(pack / MANIFEST, document, place, problem)))
            else:
                told.selections[name] = chosen
    return told


def _indicator_files(pack: Path, checked: _Manifest) -> Sequence[str]:
    """Return the files that lists name, and those of the pack's own folder that none does; the sources are none."""
    named = dict.fromkeys(one.file for one in checked.indicators.values())
    known = {PurePosixPath(file) for file in (*named, checked.sources)}
    own = sorted((pack / FOLDER).glob("*.yml")) if (pack / FOLDER).is_dir() else ()
    left = (path.relative_to(pack) for path in own)
    return (*named, *(path.as_posix() for path in left if PurePosixPath(path.as_posix()) not in known))


def _finding(error: PackError) -> Remark:
    file = MANIFEST if Path(error.file).name == MANIFEST else error.file
    return Remark("error", file, error.line, error.key, error.problem, error.advice)
