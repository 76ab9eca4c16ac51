"""The pack's texts find the pack's events in every source's own shape: mappings are held against rows written apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pytest
import yaml

from conformance.languages.labelled import DETECTIONS, PLATFORMS, compilers, held, query_of, rule_of, stores, votes
from huntline.model.query import Query, Rule

KNOWN: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "known_pack.yml").read_text("utf-8"))
COMPILERS = compilers()
Form: TypeAlias = Literal["rule", "hunt"]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a text finds less and more than the rule's author says."""

    stem: str
    form: Form
    missing: tuple[str, ...]
    extra: tuple[str, ...]


def known(renderer: str, scope: str) -> set[Difference]:
    """Return the differences that are listed, with their reason, for what a renderer writes."""
    return {
        Difference(one["rule"], form, tuple(one["missing"]), tuple(one.get("extra", ())))
        for one in KNOWN
        if (one["renderer"], one["scope"]) == (renderer, scope)
        for form in one["forms"]
    }


def test_every_platform_has_a_source_for_the_renderers() -> None:
    """A scope that was renamed would silently not be proved any more."""
    strays = [(platform, scope) for platform, _, scope in stores() if scope not in COMPILERS[platform].bounds]

    assert [] == strays
    assert set(PLATFORMS) == {platform for platform, _, _ in stores()}


@pytest.mark.parametrize(("platform", "renderer", "scope"), list(stores()))
def test_texts_find_the_matches_and_no_miss(platform: str, renderer: str, scope: str) -> None:
    """A wrong field, table, word or type shows here: the rows were written from the vendors' pages, not from our mappings."""
    assert known(renderer, scope) == set(_differences(platform, renderer, scope))


def test_every_text_of_the_pack_is_proved_on_some_source_of_every_platform_that_serves_it() -> None:
    """A text nobody ran would be content on trust."""
    served = {
        (p, *one) for p, c in COMPILERS.items() for s in c.bounds for stem in DETECTIONS for one in _forms(p, s, stem)
    }
    proved = {(p, *one) for p, r, s in stores() for stem in _shown(p, r, s) for one in _forms(p, s, stem)}

    assert set() == served - proved


def _differences(platform: str, renderer: str, scope: str) -> Iterator[Difference]:
    """Yield what any engine finds otherwise than the author."""
    bound = COMPILERS[platform].bounds[scope]
    for stem in DETECTIONS:
        here = held(platform, renderer, scope, stem)
        wanted = set(here.matches)
        for form, text, reads, exact in _texts(platform, scope, stem) if here.rows else ():
            ran = [
                found for found in votes(platform, text, reads, here.rows, bound).values() if not isinstance(found, str)
            ]
            assert ran, f"no engine ran the {form} of {stem}"
            for found in ran:
                missing, extra = wanted - set(found), set(found) - wanted if exact else set()
                if missing or extra:
                    yield Difference(stem, form, tuple(sorted(missing)), tuple(sorted(extra)))


def _texts(platform: str, scope: str, stem: str) -> Iterator[tuple[Form, str, Sequence[str], bool]]:
    rule = rule_of(platform, scope, stem)
    if isinstance(rule, Rule):
        yield "rule", rule.text, [read.field for read in rule.reads], True
    query = query_of(platform, scope, stem)
    if isinstance(query, Query):
        (fused,) = COMPILERS[platform].fuse([query], {}, "")
        yield "hunt", fused.text, [read.field for read in query.reads], query.exact


def _shown(platform: str, renderer: str, scope: str) -> list[str]:
    return [stem for stem in DETECTIONS if held(platform, renderer, scope, stem).matches]


def _forms(platform: str, scope: str, stem: str) -> list[tuple[str, Form]]:
    return [(stem, form) for form, *_ in _texts(platform, scope, stem)]
