"""Rows that are alike are asked once, and only where nothing tells them apart."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lab.spl import Row, run
from lab.spl.tree import Row as Mapped


class Alike(dict[str, "str | list[str]"]):
    """A row that counts how often its plain field is read; all of them are alike."""

    alike = "all"
    moment = 0.0
    asked = 0

    def get(self, name: str, default: str | list[str] | None = None) -> str | list[str] | None:  # type: ignore[override]
        Alike.asked += name == "f"
        return super().get(name, default)


def rows(count: int = 5) -> Sequence[Mapped]:
    return [Alike(f="a", _raw=f"text n{turn}", _time=str(turn), linecount=str(turn)) for turn in range(count)]


def test_a_condition_on_plain_fields_is_asked_once() -> None:
    """A flood costs one look."""
    Alike.asked = 0
    assert 5 == len(run("search f=a OR NOT f!=b", rows(), now=0))
    assert 1 == Alike.asked


@pytest.mark.parametrize("text", ["n3", "_time=3", "earliest=3 latest=4", "linecount=3", "NOT NOT n3", "f=a n3"])
def test_what_tells_them_apart_is_asked_of_each(text: str) -> None:
    """Text, time and number of lines are an event's own."""
    found: list[Row] = list(run(f"search {text}", rows(), now=0))
    assert ["text n3"] == [row["_raw"] for row in found]
