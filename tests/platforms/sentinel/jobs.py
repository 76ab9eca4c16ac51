"""Hunts of archived data in the stand-in: a workspace whose queries reach 90 days, and what a run may pay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from conformance.hunting.ground import WANTED, Planted, beat, case_of, every, means
from conformance.hunting.hooked import Hooked
from conformance.hunting.sentinel_ground import SCOPE, SentinelGround, sentinel_ground
from huntline.crew import Line, work
from huntline.errors import HuntlineError
from huntline.hunt.budget import Allowance
from huntline.hunt.means import Means
from huntline.hunt.run import Result, hunting
from huntline.ledger.store import Ledger
from huntline.model.case import Verdict
from huntline.model.window import Window
from lab.sentinel.roles import CONTRIBUTOR
from lab.sentinel.settings import HUNTER, Application, SentinelSettings
from lab.sentinel.store import Keep

PAYER = replace(HUNTER, role=CONTRIBUTOR)
ARCHIVED = Keep("Analytics", interactive=90, total=4_000)
PLENTY = Allowance(1_000.0, timedelta(minutes=5))
POLL = 0.02


@contextmanager
def archive(
    folder: Path,
    *,
    keep: Keep = ARCHIVED,
    who: Application = PAYER,
    jobs: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Iterator[SentinelGround]:
    """Serve a workspace whose jobs take two looks; `jobs` are limits of the hunter's, `settings` the stand-in's."""
    made = SentinelSettings(applications=(who,), **{"job_looks": 2, **settings})
    limits = {"jobs": {"poll": POLL, **(jobs or {})}}
    with sentinel_ground(folder, made, keep=keep, who=who, more={**limits, **(more or {})}) as ground:
        yield ground


def pay(
    ground: SentinelGround,
    ledger: Ledger,
    *words: str,
    allowance: Allowance | None = PLENTY,
    wanted: Window = WANTED,
    before: Callable[[str], None] | None = None,
    slots: int = 2,
) -> Result:
    """Hunt to the end with an allowance; `before` is called before each call of the hunter."""
    made = paying(ground, *words, allowance=allowance)
    watched = replace(made, hunter=Hooked(made.hunter, before)) if before else made
    ((_, end),) = work([Line("t", hunting(watched, wanted, ledger, lambda _: None), slots)], threads=slots)
    if isinstance(end, HuntlineError):
        raise end
    return end


def paying(ground: SentinelGround, *words: str, allowance: Allowance | None = PLENTY) -> Means:
    return replace(means(ground, *words), allowance=allowance)


def stands(ledger: Ledger, day: datetime, word: str = "evil", scope: str = SCOPE) -> set[Verdict]:
    """Return how a detection stands on a day of a table, without `scope` of the one that planted events are in."""
    cells = [cell for cell in case_of(ledger).cells if (cell.scope, cell.detection) == (scope, word)]
    return {cell.verdict for cell in cells if cell.first and cell.last and cell.first <= day.date() <= cell.last}


def lively(days: int = 62) -> tuple[Planted, ...]:
    """Return a harmless event for every day, and a few of late, by which a job learns that it can keep all rows."""
    late = (datetime.now(UTC) - timedelta(days=2)).replace(microsecond=0)
    return (*beat(days=days), *every(20, timedelta(hours=1), "recent", start=late))


def puts(ground: SentinelGround) -> list[str]:
    """Return the paths of the search jobs that were asked for, in order."""
    return [one.path for one in ground.entries() if one.method == "PUT"]
