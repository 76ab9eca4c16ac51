"""Plants are many, unique, the same every time, and true and near ones never mix."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from lab.facts import BAD_WINDOWS, C2_DOMAINS
from lab.plant import NUMBERS, START, Planted, planted

COUNT = 46  # every one of the 23 names twice


@pytest.fixture(scope="module")
def plants() -> Planted:
    return planted(7, COUNT)


def test_the_same_seed_plants_the_same(plants: Planted) -> None:
    """A failure in a journey must be repeatable."""
    assert plants == planted(7, COUNT)
    assert plants != planted(8, COUNT)


def test_each_detection_gets_as_many_true_as_near(plants: Planted) -> None:
    """A rule that matches everything must fail as surely as one that matches nothing."""
    counted = {
        (number, true): sum(plant.detection == number and plant.true == true for plant in plants.plants)
        for number in NUMBERS
        for true in (True, False)
    }

    assert set(counted.values()) == {COUNT}


def test_a_line_names_its_plant(plants: Planted) -> None:
    """Hits are compared by raw line: two equal lines could hide a missing hit."""
    lines = [plant.line for plant in plants.plants]

    assert len(lines) == len(set(lines))
    assert all(isinstance(json.loads(line), dict) for line in lines)


def test_truth_and_files_cover_the_plants(plants: Planted) -> None:
    """Nothing planted is lost on the way to a file, and the truth is all of the true ones."""
    written = [line for file in plants.files() for line in plants.lines(file)]
    claimed = [line for lines in plants.truth().values() for line in lines]

    assert sorted(written) == sorted(plant.line for plant in plants.plants)
    assert sorted(claimed) == sorted(plant.line for plant in plants.plants if plant.true)


def test_plants_lie_between_the_first_beacon_and_the_disclosure(plants: Planted) -> None:
    """Later ones would be read as research."""
    times = [plant.time for plant in plants.plants]

    assert min(times) >= START
    assert max(times) < datetime(2023, 3, 29, tzinfo=UTC)


def test_every_c2_name_is_planted(plants: Planted) -> None:
    """A list with one name missing must show."""
    lines = "\n".join(plant.line for plant in plants.plants if plant.detection == 15 and plant.true)

    assert [] == [name for name in C2_DOMAINS if name not in lines]


def test_no_near_miss_asks_for_a_name_of_the_list_or_below_it(plants: Planted) -> None:
    """A near miss that is none would accuse a rule that is right."""
    keys = ("query", "QueryName", "DestinationHostname", "cs-host")
    near = [json.loads(plant.line) for plant in plants.plants if not plant.true]
    names = {record[key] for record in near for key in keys if key in record}

    assert names
    assert [] == [name for name in names for listed in C2_DOMAINS if f".{name}".endswith(f".{listed}")]


def test_no_near_miss_runs_an_affected_build_of_the_client(plants: Planted) -> None:
    """The version alone, on another vendor's program, is a near miss; on the client it is evidence."""
    near = [json.loads(plant.line) for plant in plants.plants if not plant.true]
    runs = {record["FileVersion"] for record in near if record.get("Product") == "3CX Desktop App"}

    assert runs
    assert set(BAD_WINDOWS).isdisjoint(runs)
