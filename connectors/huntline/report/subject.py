"""A case with what every page asks of it: detections and stages by id, hosts by their one name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from huntline.model.case import Case, Hit, Told
from huntline.model.pack import LogSource, Stage
from huntline.report.hosts import address_of, host_names

UNSTAGED = Stage("", "No stage given", -1, "Detections matched. The pack names no stage for them.", ())


@dataclass(frozen=True, slots=True)
class Subject:
    case: Case
    told: Mapping[str, Told]  # every detection spoken of, also those the pack no longer has
    stages: Mapping[str, Stage]  # detection -> its stage
    names: Mapping[str, str]  # host as logged -> host as told

    def host(self, hit: Hit) -> str:
        """Name the host a hit belongs to; where the event names none, its address."""
        logged = logged_host(hit)
        if logged:
            return self.names[logged]
        address = address_of(hit)
        return f"unknown host at {address}" if address else "unknown host"

    def stage(self, hit: Hit) -> Stage:
        """Return the gravest stage a hit speaks for."""
        return max((self.stages[w.detection] for w in hit.witnesses), key=gravity, default=UNSTAGED)


def subject_of(case: Case) -> Subject:
    told = {one.id: one for one in case.detections}
    spoken = {w.detection for hit in case.hits for w in hit.witnesses} | {one.detection for one in case.counted}
    for gone in sorted(spoken - told.keys()):
        told[gone] = Told(gone, gone, "", "", "", (), (), (), LogSource())
    stages = {stage.id: stage for stage in case.stages}
    return Subject(
        case,
        told,
        {one.id: stages.get(one.stage, UNSTAGED) for one in told.values()},
        host_names({logged_host(hit) for hit in case.hits}),
    )


def moment_of(hit: Hit) -> datetime | None:
    """Return when it happened by the event's own word, else the time it is indexed by."""
    return hit.happened or hit.time


def gravity(stage: Stage) -> tuple[int, str]:
    return stage.rank, stage.id


def logged_host(hit: Hit) -> str:
    return (hit.host or hit.entities.get("host", "")).strip()
