"""Guides of a pack: what a detection sees, what it is evidence of, what to collect and do; each rule is in one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from huntline.detections.inside import PAGE, broken, read_checked
from huntline.detections.manifest import MANIFEST, Manifest
from huntline.documents import one_document
from huntline.errors import PackError
from huntline.model.pack import Detection, Remark

NAME = re.compile(r"(\d{2,3})-[a-z0-9]+(-[a-z0-9]+)*")
_Words = Annotated[str, Field(pattern=r"\S")]


@dataclass(frozen=True, slots=True)
class Guide:
    """What an analyst should know of one or more rules. `name` is the file's stem: a number and words."""

    number: int
    name: str
    title: str
    rules: tuple[str, ...]  # ids of detections
    sees: str
    evidence: str  # of what, and what it does not show
    causes: tuple[str, ...]  # what else could cause it, beside the rules' own false positives
    collect: tuple[str, ...]  # what vanishes first stands first
    next: tuple[str, ...]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: _Words
    rules: list[_Words] = Field(min_length=1)
    sees: _Words
    evidence: _Words
    causes: list[_Words] = []
    collect: list[_Words] = Field(min_length=1)
    next: list[_Words] = Field(min_length=1)


@dataclass(slots=True)
class _Reading:
    """What is gathered while the guides of a pack are read."""

    guides: dict[int, Guide]
    owners: dict[str, str]  # rule id -> the file of its guide
    findings: list[Remark]


def read_guides(
    pack: Path, manifest: Manifest, detections: Sequence[Detection]
) -> tuple[tuple[Guide, ...], tuple[Remark, ...]]:
    """Return the guides by number, and what is wrong with them; a pack that names no folder of guides has neither."""
    if not manifest.guides:
        return (), ()
    folder = pack / manifest.guides
    files = sorted(path for path in folder.glob("*") if path.suffix in (".yml", ".yaml"))
    if not files:
        line = one_document(pack / MANIFEST).line("guides")
        return (), (Remark("error", MANIFEST, line, "guides", "there is no guide in this folder", PAGE),)
    reading, known = _Reading({}, {}, []), {detection.id for detection in detections}
    for path in files:
        try:
            _read_file(path, f"{manifest.guides}/{path.name}", known, reading)
        except PackError as error:
            told = Remark("error", error.file, error.line, error.key, error.problem, error.advice)
            reading.findings.append(told)
    if not reading.findings:  # else the rules of a broken guide would all be told to have none
        reading.findings.extend(_left_out(manifest.guides, reading.owners, detections))
    return tuple(reading.guides[number] for number in sorted(reading.guides)), tuple(reading.findings)


def _read_file(path: Path, file: str, known: set[str], reading: _Reading) -> None:
    name = NAME.fullmatch(path.stem)
    if not name:
        raise PackError("is not named by a number and words, such as 07-first-lookup.yml", file=file, advice=PAGE)
    number = int(name[1])
    if number in reading.guides:
        problem = f"the number {number} is that of {reading.guides[number].name}.yml, too"
        raise PackError(problem, file=file, advice="give every guide a number of its own")
    document, checked = read_checked(path, file, _File, mend="mend the guide")
    for at, rule in enumerate(checked.rules):
        problem = _fault(rule, known, reading.owners)
        if problem:
            raise broken(file, document, ("rules", at), problem)
        reading.owners[rule] = file
    told = checked.model_dump()
    lists = {key: tuple(told[key]) for key in ("rules", "causes", "collect", "next")}
    reading.guides[number] = Guide(number, path.stem, **{**told, **lists})


def _fault(rule: str, known: set[str], owners: Mapping[str, str]) -> str:
    if rule not in known:
        return f"{rule!r} is no usable rule of the pack"
    return f"the rule {rule!r} is in {owners[rule]} already" if rule in owners else ""


def _left_out(folder: str, owners: Mapping[str, str], detections: Sequence[Detection]) -> Iterator[Remark]:
    for one in detections:
        if one.id not in owners:
            advice = f"name its id in one of {folder}/"
            yield Remark("error", one.file, one.line, "id", "the rule is in no guide", advice)
