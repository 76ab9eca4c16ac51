"""Load a pack: any folder of Sigma rules. One broken rule never hides the others."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from huntline.detections.filters import SigmaFilter, concerns, filter_of, filtered
from huntline.detections.guide import read_guides
from huntline.detections.lower import lower
from huntline.detections.manifest import MANIFEST, Manifest, read_manifest
from huntline.detections.read import logsource_in, texts_in
from huntline.detections.refusal import NotLowered
from huntline.documents import Document, NoDocument, read_parts
from huntline.errors import PackError
from huntline.model.branches import branches
from huntline.model.jsonable import dumps, pack_json, predicate_json
from huntline.model.pack import Detection, LogSource, Pack, Remark

NO_RULES = frozenset({"events", "indicators"})
STAGE = "stage."
LEVELS = ("informational", "low", "medium", "high", "critical")
NEXT = {
    "modifier": "use a modifier of the Sigma specification",
    "condition": "name only selections that the detection has",
    "placeholder": "add the list to pack.yml under indicators",
    "regex": "write it so that Python's re understands it",
    "invalid": "compare with the Sigma rule specification",
    "filter": "name the rules, and write the condition as `not selection`",
}


@dataclass(slots=True)
class _Reading:
    """What is gathered while the files of a pack are read."""

    manifest: Manifest
    detections: dict[str, Detection] = field(default_factory=dict)
    filters: list[SigmaFilter] = field(default_factory=list)
    findings: list[Remark] = field(default_factory=list)


def load_pack(path: Path) -> tuple[Pack, tuple[Remark, ...]]:
    """Return the pack of all rules that can be used, and findings for all others, by file and line.

    Raises PackError when the folder is not there or its pack.yml cannot be used.
    """
    if not path.is_dir():
        raise PackError("is no folder", file=str(path), advice="a pack is a folder of Sigma rules")
    reading = _Reading(read_manifest(path))
    reading.findings.extend(reading.manifest.findings)
    for file in _files(path, reading.findings):
        _read_file(path, file, reading)
    manifest = reading.manifest
    findings = [*reading.findings, *_idle_filters(reading), *_idle_lists(reading)]
    detections = tuple(filtered(detection, reading.filters) for detection in reading.detections.values())
    pack = Pack(
        id=manifest.id,
        title=manifest.title,
        description=manifest.description,
        stages=manifest.stages,
        milestones=manifest.milestones,
        detections=tuple(sorted(detections, key=lambda detection: detection.id)),
        hash="",
        chain=manifest.chain,
    )
    told = {**pack_json(pack), "predicates": [predicate_json(detection.predicate) for detection in pack.detections]}
    digest = hashlib.sha256(dumps(told).encode("utf-8", "surrogatepass")).hexdigest()
    pack = replace(pack, detections=tuple(sorted(detections, key=lambda d: (d.file, d.line))), hash=digest)
    return pack, tuple(sorted(findings, key=lambda f: (f.file, f.line, f.key, f.problem)))


def lint_pack(path: Path) -> tuple[Remark, ...]:
    """Return every finding of a pack; what load_pack raises for is one of them. Raises PackError for a missing folder."""
    try:
        pack, findings = load_pack(path)
    except PackError as error:
        if not path.is_dir():
            raise
        file = Path(error.file).name
        return (Remark("error", file, error.line, error.key, error.problem, error.advice),)
    findings = (*findings, *read_guides(path, read_manifest(path), pack.detections)[1])
    if not pack.detections:
        advice = "add a rule, or mend those above"
        return (*findings, Remark("error", ".", 0, "", "the pack has no usable detection", advice))
    return findings


def _files(pack: Path, findings: list[Remark]) -> Iterator[Path]:
    """Yield the rule files in order; links to folders are not followed, so that no loop can hold us: that is told."""

    def closed(error: OSError) -> None:
        folder = Path(str(error.filename)).relative_to(pack).as_posix()
        advice = "give yourself the right to read the folder"
        findings.append(Remark("error", folder, 0, "", f"cannot be read: {error.strerror}", advice))

    for folder, folders, names in os.walk(pack, onerror=closed):
        folders[:] = sorted(name for name in folders if name not in NO_RULES and not name.startswith("."))
        for link in (Path(folder) / name for name in folders):
            if link.is_symlink():
                told = link.relative_to(pack).as_posix()
                findings.append(Remark("warning", told, 0, "", "is a link to a folder, not followed", "copy the rules"))
        for name in sorted(names):
            if name.endswith((".yml", ".yaml")) and not (name == MANIFEST and Path(folder) == pack):
                yield Path(folder) / name


def _read_file(pack: Path, file: Path, reading: _Reading) -> None:
    name = file.relative_to(pack).as_posix()
    manifest = reading.manifest
    if name in {manifest.chain_file, *(list_file for list_file, _ in manifest.files.values())}:
        return
    if name.startswith(f"{manifest.guides}/"):
        return
    for number, part in enumerate(read_parts(file), start=1):
        if isinstance(part, NoDocument):
            reading.findings.append(Remark("error", name, part.line, "", part.problem, "mend the file"))
            continue
        try:
            _read_document(name, number, part, reading)
        except NotLowered as error:
            key, advice = ".".join(map(str, error.place)), NEXT.get(error.code, "write the rule without it")
            reading.findings.append(Remark("error", name, part.line(*error.place), key, error.problem, advice))


def _read_document(file: str, number: int, document: Document, reading: _Reading) -> None:
    data = document.data

    def finding(problem: str, advice: str, *place: str, severity: str = "error") -> None:
        key = ".".join(place)
        reading.findings.append(Remark(severity, file, document.line(*place), key, problem, advice))

    if not isinstance(data, dict):
        finding("is no Sigma rule: a rule is a map", "remove it from the pack")
    elif "correlation" in data:
        finding("correlation rules are not supported", "hunt its base rules by themselves", "correlation")
    elif "filter" in data:
        reading.filters.append(filter_of(file, document, reading.manifest.lists))
    elif missing := [key for key in ("title", "logsource", "detection") if not data.get(key)]:
        finding(f"has no {missing[0]}", "every Sigma rule needs title, logsource and detection")
    elif not isinstance(data["logsource"], dict):
        finding("logsource is no map", "give product, category or service", "logsource")
    elif logsource_in(data["logsource"]) == LogSource():
        finding("logsource names nothing", "give product, category or service", "logsource")
    else:
        detection = _detection(file, number, document, reading)
        stages = {stage.id for stage in reading.manifest.stages}
        if len([tag for tag in detection.tags if tag.startswith(STAGE)]) > 1:
            finding("has two stage tags", "keep the one of its gravest meaning", "tags")
        elif detection.stage not in stages:
            told = ", ".join(sorted(stages))
            finding(f"the stage {detection.stage!r} is not in pack.yml", f"stages are: {told}", "tags")
        elif detection.id in reading.detections:
            other = reading.detections[detection.id].file
            finding(f"the id {detection.id} is taken by {other}", "give every rule an id of its own", "id")
        else:
            reading.detections[detection.id] = detection
            if detection.level not in LEVELS:
                finding(
                    f"the level {detection.level!r} is none of Sigma's", ", ".join(LEVELS), "level", severity="warning"
                )


def _detection(file: str, number: int, document: Document, reading: _Reading) -> Detection:
    rule = document.data
    predicate = lower(rule, reading.manifest.lists)
    tags = texts_in(rule.get("tags"))
    staged = [tag.removeprefix(STAGE) for tag in tags if tag.startswith(STAGE)]
    nameless = Path(file).stem if number == 1 else f"{Path(file).stem}-{number}"
    return Detection(
        id=str(rule.get("id") or nameless),
        title=str(rule["title"]),
        description=str(rule.get("description") or "").strip(),
        level=str(rule.get("level") or "medium"),
        status=str(rule.get("status") or ""),
        stage=staged[0] if staged else reading.manifest.stages[0].id,
        tags=tags,
        references=texts_in(rule.get("references")),
        falsepositives=texts_in(rule.get("falsepositives")),
        logsource=logsource_in(rule["logsource"]),
        predicate=predicate,
        branches=branches(predicate),
        rule=rule,
        file=file,
        line=document.line(),
    )


def _idle_filters(reading: _Reading) -> Iterator[Remark]:
    """A filter nobody heeds is a mistake that shows only as hits nobody wanted."""
    for one in reading.filters:
        if not any(concerns(one, detection) for detection in reading.detections.values()):
            problem, advice = "the filter concerns no rule of the pack", "check its rules and log source"
            yield Remark("warning", one.file, one.line, "filter.rules", problem, advice)


def _idle_lists(reading: _Reading) -> Iterator[Remark]:
    texts = [dumps(detection.rule.get("detection")) for detection in reading.detections.values()]
    for name, (_, line) in reading.manifest.files.items():
        if name in reading.manifest.lists and not any(f"%{name}%" in text for text in texts):
            advice = "refer to it with |expand, or remove it"
            yield Remark("warning", MANIFEST, line, f"indicators.{name}", "no rule uses the list", advice)
