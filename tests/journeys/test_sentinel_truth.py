"""Four years of a workspace in one hunt: each day by the way that holds it, its price named, nothing clean unseen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from journeys.cli import Ended, Warm
from journeys.siem import Office
from journeys.workspace import NOW, PAY, TO, Served, expected, had, office, served
from journeys.workspace_truth import lies

HITS = 600
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Journey:
    """Three hunts: one that may pay nothing, one that may pay, and that one again."""

    office: Office
    at: Served
    free: dict[str, Any]
    paid: dict[str, Any]
    ends: tuple[Ended, Ended, Ended]
    jobs: tuple[int, int]  # after the second hunt, and after the third


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Iterator[Journey]:
    base = tmp_path_factory.mktemp("workspace")
    with served(base / "server", HITS) as at:
        made = office(base / "office", at.running)
        first = made.hunt(*TO)  # with an eye on the list of processes
        made.warm = warm
        free = made.report()
        second, paid = made.hunt(*TO, *PAY), made.report()
        jobs = len(at.lab.jobs.history())
        third = made.hunt(*TO, *PAY)
        yield Journey(made, at, free, paid, (first, second, third), (jobs, len(at.lab.jobs.history())))


@pytest.mark.parametrize("paying", [False, True])
def test_every_reachable_hit_is_found_exactly_once(journey: Journey, paying: bool) -> None:
    assert expected(HITS, paying=paying) == had(journey.paid if paying else journey.free)


@pytest.mark.parametrize("paying", [False, True])
def test_every_day_says_what_was_seen_of_it(journey: Journey, paying: bool) -> None:
    """Out of reach it is named with its reason and its price, within reach it is hits or clean."""
    assert [] == list(lies(journey.paid if paying else journey.free, HITS, paying=paying))


def test_no_window_is_paid_twice_and_no_table_is_left(journey: Journey) -> None:
    names = Counter(one.order.name for one in journey.at.lab.jobs.history())

    assert {1} == set(names.values())
    assert (journey.jobs[0], ()) == (journey.jobs[1], journey.at.lab.jobs.left())


def test_the_third_hunt_searches_nothing(journey: Journey) -> None:
    assert "nothing new to search" in journey.ends[2].out


def test_no_query_went_to_archived_time(journey: Journey) -> None:
    """It would have said nothing, without an error."""
    oldest = NOW - 731 * DAY
    asked = [
        window for window, one in journey.at.searches(journey.at.running.journal.entries()) if "_SRCH" not in one.body
    ]

    assert oldest < min(window.start for window in asked)


def test_no_secret_is_left_anywhere(journey: Journey) -> None:
    assert [] == journey.office.leaks()
