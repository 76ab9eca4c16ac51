"""Facts taken without proof are data of the package: each is told once, in words, and none is hidden in code."""

from __future__ import annotations

from huntline.registry import load_platform
from huntline.translate.doubts import doubts_of


def test_the_platform_tells_what_nobody_proved() -> None:
    """Doctor lists them; an empty list would say that all is proved."""
    doubts = load_platform("elastic").doubts

    assert doubts
    assert {"memory", "inferred"} == {doubt.kind for doubt in doubts()}
    assert {"hunt", "rules"} == {doubt.matters_to for doubt in doubts()}


def test_each_doubt_is_told_once_in_a_sentence() -> None:
    doubts = doubts_of("huntline_elastic")

    assert len(doubts) == len({doubt.id for doubt in doubts})
    assert [] == [doubt.id for doubt in doubts if not doubt.words.endswith(".")]


def test_what_matters_to_a_hunt_can_be_settled_by_looking() -> None:
    """What only a write could settle concerns rules; doctor writes nothing."""
    assert {True} == {doubt.checkable for doubt in doubts_of("huntline_elastic") if doubt.matters_to == "hunt"}


def test_a_package_without_doubts_has_none() -> None:
    assert () == doubts_of("huntline_archive")
