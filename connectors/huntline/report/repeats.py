"""How many hits of a host may tell an event again that another tenant told: exported, and still in the SIEM."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from huntline.model.case import Hit
from huntline.report.subject import moment_of


def repeats(hits: Iterable[Hit]) -> int:
    """Count the hits of one host beyond those of the tenant that tells most, per second and detection.

    Platforms give an event ids of their own, so nobody can prove two of them one: this is a measure of what may be,
    and at least it, since of several detections in a second only the one with most counts.
    """
    told: dict[datetime, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for hit in hits:
        if moment := moment_of(hit):
            for witness in hit.witnesses:
                told[moment.replace(microsecond=0)][witness.detection][hit.tenant] += 1
    return sum(max(map(_beyond, of_detections.values())) for of_detections in told.values())


def _beyond(tenants: Counter[str]) -> int:
    return tenants.total() - max(tenants.values())
