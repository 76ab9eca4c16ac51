"""Laws of writes that were cut off: what they left half done is ours to finish, and nobody's edit is taken for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from huntline.deploy.compare import differences, how_left
from huntline.ledger.store import Ledger, open_ledger
from huntline.ledger.writes import Order, Phase, Write, record, unfinished_of
from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed
from huntline.model.pack import Json

ORDER = Order("plan", "me")


def artifact(*values: str) -> Artifact:
    return Artifact("p/lists/d/s", "list", "id", "A list", {"values": [*values], "name": "A list"})


def there(wanted: Artifact, values: Sequence[str], *, name: Json = "A list") -> Deployed:
    """Return an object that bears the mark of an artifact and holds these values."""
    managed: dict[str, Json] = {"values": [*values], "name": name}
    return Deployed("list", "id", "A list", wanted.mark, True, managed, {}, "1", "on")


def written(phase: Phase, before: Deployed | None, after: Deployed | None) -> Write:
    return Write("t", ORDER, "list", "id", "p/lists/d/s", "update", phase, before, after)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(str(tmp_path / "ledger.sqlite"), create=True)


def owners(now: Deployed, base: Write | None, unfinished: Write | None, wanted: Artifact) -> dict[str, str]:
    left = how_left(base, unfinished, now, wanted, wanted.body)
    return {one.path: one.owner for one in differences(now, wanted.body, left, {}, None)}


OLD, NEW = artifact("a", "b", "c"), artifact("b", "c", "d")
BEFORE, AFTER = there(OLD, "abc"), there(NEW, "bcd")
BASE, BEGUN = written("done", None, BEFORE), written("begun", BEFORE, AFTER)


@pytest.mark.parametrize("values", ["abcd", "bc", "abc", "bcda"])
def test_values_between_those_before_and_those_after_a_write_are_ours(values: str) -> None:
    """Some are added and some not yet taken away."""
    assert {"values": "ours"} == owners(there(NEW, values), BASE, BEGUN, NEW)


@pytest.mark.parametrize("values", ["abcdx", "acd", "b", ""])
def test_a_value_more_or_less_than_that_is_somebodys(values: str) -> None:
    assert {"values": "both"} == owners(there(NEW, values), BASE, BEGUN, NEW)


def test_what_was_made_anew_and_is_not_whole_is_ours() -> None:
    """Nothing was there before, and no write of it was ever done."""
    begun = written("begun", None, AFTER)

    assert {"values": "ours"} == owners(there(NEW, "b"), None, begun, NEW)
    assert {"values": "theirs"} == owners(there(NEW, "bx"), None, begun, NEW)


def test_without_the_mark_that_was_to_be_written_nothing_of_it_is_known() -> None:
    assert {"values": "both"} == owners(there(OLD, "abcd"), BASE, BEGUN, NEW)


def test_a_field_that_is_no_list_is_written_at_once_or_not() -> None:
    assert {"name": "theirs"} == owners(there(NEW, "bcd", name="Mine"), replace(BASE, after=AFTER), BEGUN, NEW)


@pytest.mark.parametrize(
    ("phases", "open_"),
    [
        (("begun",), True),
        (("begun", "failed"), True),
        (("begun", "done"), False),
        (("begun", "done", "begun"), True),
        (("done",), False),
        (("failed",), False),
    ],
)
def test_a_write_is_unfinished_until_one_is_done(ledger: Ledger, phases: tuple[Phase, ...], open_: bool) -> None:
    """A failure does not end it: nobody knows how far it came."""
    with ledger.write() as connection:
        for phase in phases:
            record(connection, written(phase, BEFORE, AFTER if phase != "failed" else None))
    with ledger.read() as connection:
        found = unfinished_of(connection, "t")

    assert open_ == (("list", "id") in found)
