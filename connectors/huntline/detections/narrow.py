"""Narrow a pack by a tenant's Sigma filters. A filter that cannot be applied blocks what it is about: never unfiltered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from huntline.detections.filters import ANY, SigmaFilter, concerns, filter_of, filtered, is_named, is_of, named_by
from huntline.detections.filters import source_of as filter_source
from huntline.detections.refusal import NotLowered
from huntline.documents import Document, NoDocument, read_parts
from huntline.model.pack import Detection, Remark

ADVICE = "see docs/reference/tenants.md, Filters"


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why a detection must not run for a tenant; `file` is the filter's, by its name alone."""

    detection: str
    file: str
    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class Narrowed:
    """`detections` are all of the pack, filtered; those `blocked` among them must not run."""

    detections: tuple[Detection, ...]
    blocked: tuple[Blocked, ...]  # by detection, one each
    findings: tuple[Remark, ...]  # errors block; warnings are of filters that change nothing


@dataclass(slots=True)
class _Reading:
    detections: Sequence[Detection]
    filters: list[SigmaFilter] = field(default_factory=list)
    blocked: dict[str, Blocked] = field(default_factory=dict)
    findings: list[Remark] = field(default_factory=list)


def narrowed(detections: Sequence[Detection], files: Sequence[str]) -> Narrowed:
    """Apply the filters of these files to the detections they name.

    Blocked are: by a filter that cannot be read or used, the rules it names, or all where it cannot be told which it
    names; by a filter of another log source, the rules it names.
    """
    reading = _Reading(detections)
    for file in files:
        _read(Path(file), reading)
    for one in reading.filters:
        _heed(one, reading)
    return Narrowed(
        tuple(filtered(detection, reading.filters) for detection in detections),
        tuple(reading.blocked[key] for key in sorted(reading.blocked)),
        tuple(reading.findings),
    )


def _read(path: Path, reading: _Reading) -> None:
    parts = tuple(read_parts(path))
    for part in parts or (NoDocument("holds no filter", line=0),):
        if isinstance(part, NoDocument):
            _block(reading, path, part.line, "", part.problem, reading.detections)
            continue
        try:
            reading.filters.append(filter_of(str(path), part, {}))
        except NotLowered as error:
            key = ".".join(map(str, error.place))
            _block(reading, path, part.line(*error.place), key, error.problem, _meant(part, reading.detections))


def _meant(document: Document, detections: Sequence[Detection]) -> Sequence[Detection]:
    """Return what a broken filter may be about: all, unless it says clearly which rules it names."""
    names, logsource = named_by(document.data), filter_source(document.data)
    if not names:
        return detections
    if names == ANY:
        return [one for one in detections if is_of(logsource, one)]
    return [one for one in detections if is_named(names, one)]


def _heed(one: SigmaFilter, reading: _Reading) -> None:
    path = Path(one.file)
    if one.rules == ANY:
        if not any(concerns(one, detection) for detection in reading.detections):
            _warn(reading, path, one.line, "no rule of the pack has its log source")
        return
    named = [detection for detection in reading.detections if is_named(one.rules, detection)]
    if other := [detection for detection in named if not is_of(one.logsource, detection)]:
        problem = f"the filter is of {one.logsource}, and it names a rule of {other[0].logsource}"
        _block(reading, path, one.line, "filter.rules", problem, other)
    for name in _unknown(one, named):
        _warn(reading, path, one.line, f"the filter names {name!r}, which is no rule of the pack")


def _unknown(one: SigmaFilter, named: Sequence[Detection]) -> Iterator[str]:
    for rule in one.rules:
        if not any(is_named((rule,), detection) for detection in named):
            yield rule


def _block(reading: _Reading, path: Path, line: int, key: str, problem: str, detections: Sequence[Detection]) -> None:
    reading.findings.append(Remark("error", str(path), line, key, problem, ADVICE))
    for detection in detections:
        reading.blocked.setdefault(detection.id, Blocked(detection.id, path.name, line, problem))


def _warn(reading: _Reading, path: Path, line: int, problem: str) -> None:
    reading.findings.append(Remark("warning", str(path), line, "filter.rules", problem, "name an id of the pack"))
