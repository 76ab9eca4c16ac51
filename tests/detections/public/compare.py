"""Which of ours and theirs an event satisfies, and how each rule of ours stands beside all public detections."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from detections.public.load import Example, Fields, Part, Public, fields_of, load_public
from huntline.detections.load import load_pack
from huntline.detections.match import match
from huntline.model.pack import Detection, LogSource, Pack

PACK = Path(__file__).parents[3] / "detections" / "3cx-2023"
Standing: TypeAlias = Literal["log", "scan", "none"]


@cache
def pack() -> Pack:
    return load_pack(PACK)[0]


@cache
def rules() -> Mapping[str, Detection]:
    """Return our rules by id, in the order of their files."""
    return {one.id: one for one in pack().detections}


def firing(logsource: LogSource, fields: Fields) -> frozenset[str]:
    """Return the ids of our rules that read this log and match."""
    found = (one for one in rules().values() if _serves(one.logsource, logsource))
    return frozenset(one.id for one in found if match(one.predicate, fields) is not None)


def holds(part: Part, logsource: LogSource, fields: Fields) -> bool:
    """Tell whether a test of theirs reads this log and matches; one without logs reads any."""
    reads = not part.logs or any(_serves(one, logsource) for one in part.logs)
    return reads and match(part.predicate, fields) is not None


def theirs(logsource: LogSource, fields: Fields) -> tuple[Public, ...]:
    """Return the public detections that an event satisfies, by id."""
    return tuple(one for one in load_public() if any(holds(part, logsource, fields) for part in one.parts))


def standing(rule: Detection) -> Standing | None:
    """Return who else sees what a rule of ours sees: a public rule over logs, only scans and lists, or nobody.

    Proved both ways: what fires it among the events of theirs, and a match event of its own that satisfies none. None
    where neither shows: an event is missing.
    """
    by = {one.scan for one in load_public() for example in _events(one) if rule.id in example.ours}
    if False in by:
        return "log"
    kept = [theirs(rule.logsource, fields) for fields in match_events(rule)]
    if not by and () in kept:
        return "none"
    return "scan" if any(all(one.scan for one in found) for found in kept) else None


def overlap(rule: Detection) -> tuple[str, ...]:
    """Return the ids of those that see some events of a rule that no other sees whole, scans left out where they do."""
    alone = standing(rule) == "none"
    found = {one.id for fields in match_events(rule) for one in theirs(rule.logsource, fields) if alone or not one.scan}
    return tuple(sorted(found))


def match_events(rule: Detection) -> Iterator[Fields]:
    """Yield the events that the pack itself keeps as matches of a rule."""
    file = PACK / "events" / Path(rule.file).stem / "match.ndjson"
    for line in file.read_text(encoding="utf-8").splitlines():
        yield fields_of(json.loads(line))


def _events(one: Public) -> Iterator[Example]:
    for part in one.parts:
        yield from part.events


def _serves(wanted: LogSource, have: LogSource) -> bool:
    pairs = ((wanted.product, have.product), (wanted.category, have.category), (wanted.service, have.service))
    return all(asked in ("", held) for asked, held in pairs)
