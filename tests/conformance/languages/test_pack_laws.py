"""The pack's texts find the pack's events in every source's own shape: mappings are held against rows written apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.languages.labelled import DETECTIONS, PLATFORMS, compilers, held, stores, votes
from huntline.model.query import Query, Refused, Rule
from huntline.model.scope import Binding
from huntline.translate.translator import Bound

KNOWN: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "known_pack.yml").read_text("utf-8"))
COMPILERS = compilers()


def test_every_platform_has_a_source_for_the_renderers() -> None:
    """A scope that was renamed would silently not be proved any more."""
    strays = [(platform, scope) for platform, _, scope in stores() if scope not in COMPILERS[platform].bounds]

    assert [] == strays
    assert set(PLATFORMS) == {platform for platform, _, _ in stores()}


@pytest.mark.parametrize(("platform", "renderer", "scope"), list(stores()))
def test_texts_find_the_matches_and_no_miss(platform: str, renderer: str, scope: str) -> None:
    """A wrong field, table, word or type shows here: the rows were written from the vendors' pages, not from our mappings."""
    bound = COMPILERS[platform].bounds[scope]
    found = dict(_differences(platform, renderer, bound))
    known = {one["rule"]: one["missing"] for one in KNOWN if (one["renderer"], one["scope"]) == (renderer, scope)}

    assert known == {stem: missing for stem, (missing, _) in found.items() if missing}
    assert {} == {stem: extra for stem, (_, extra) in found.items() if extra}


def test_every_pack_rule_is_proved_on_some_source_of_every_platform_that_serves_it() -> None:
    """A text nobody ran would be content on trust."""
    served = {(p, stem) for p, c in COMPILERS.items() for stem in DETECTIONS for s in c.bounds if _rule(p, s, stem)}
    proved = {(p, stem) for p, r, s in stores() for stem in DETECTIONS if _rule(p, s, stem) and _rows(p, r, s, stem)}

    assert set() == served - proved


def _differences(platform: str, renderer: str, bound: Bound) -> Iterator[tuple[str, tuple[list[str], list[str]]]]:
    for stem, detection in DETECTIONS.items():
        rows = held(platform, renderer, bound, detection)
        if not rows.rows:
            continue
        wanted = set(rows.matches)
        for text, reads, exact in _texts(platform, bound, stem):
            for found in votes(platform, text, reads, rows.rows, bound).values():
                if isinstance(found, str):
                    continue
                extra = sorted(set(found) - wanted) if exact else []
                if extra or wanted - set(found):
                    yield stem, (sorted(wanted - set(found)), extra)


def _texts(platform: str, bound: Bound, stem: str) -> Iterator[tuple[str, list[str], bool]]:
    compiler, scope = COMPILERS[platform], bound.store.scope
    rule = _rule(platform, scope.name, stem)
    if rule is not None:
        yield rule.text, [read.field for read in rule.reads], True
    query = compiler.compile(DETECTIONS[stem], scope, Binding(scope.name, {}, {}))
    if isinstance(query, Query):
        (fused,) = compiler.fuse([query], {}, "")
        yield fused.text, [read.field for read in query.reads], query.exact


def _rule(platform: str, scope: str, stem: str) -> Rule | None:
    compiler = COMPILERS[platform]
    found = compiler.rule(DETECTIONS[stem], compiler.bounds[scope].store.scope, Binding(scope, {}, {}))
    return None if isinstance(found, Refused) else found


def _rows(platform: str, renderer: str, scope: str, stem: str) -> Mapping[str, Any] | bool:
    return bool(held(platform, renderer, COMPILERS[platform].bounds[scope], DETECTIONS[stem]).rows)
