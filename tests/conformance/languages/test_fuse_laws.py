"""One search for all detections of a scope: it finds what each would, and is cut only where the language is too short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from conformance.languages.labelled import DETECTIONS, PLATFORMS, compilers, held, query_of, stores, votes
from conformance.languages.test_pack_laws import known
from huntline.model.predicate import Test
from huntline.model.query import Query
from huntline.model.scope import Binding

COMPILERS = compilers()
BASES = {"splunk": "sysmon", "elastic": "winlogbeat-sysmon", "sentinel": "sysmon-event"}


@pytest.mark.parametrize(("platform", "renderer", "scope"), list(stores()))
def test_a_fused_search_finds_what_each_query_would(platform: str, renderer: str, scope: str) -> None:
    """Fusing saves a search, never a hit."""
    compiler = COMPILERS[platform]
    bound = compiler.bounds[scope]
    queries = _queries(platform, scope)
    by_id = {one.id: stem for stem, one in DETECTIONS.items()}
    missed = {f"{one.stem}:{event}" for one in known(renderer, scope) if one.form == "hunt" for event in one.missing}
    rows, wanted = [], set()
    for stem in (by_id[query.detection] for query in queries):
        here = held(platform, renderer, scope, stem)
        rows += [{**row, "id": f"{stem}:{row['id']}"} for row in here.rows]
        wanted |= {f"{stem}:{one}" for one in here.matches} - missed
    if not rows:
        return
    (fused,) = compiler.fuse(queries, {}, "")
    for found in votes(platform, fused.text, [read.field for q in queries for read in q.reads], rows, bound).values():
        assert isinstance(found, str) or wanted <= set(found)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_query_is_in_exactly_one_search(platform: str) -> None:
    """What is in none is never hunted; what is in two is paid for twice."""
    queries = _queries(platform, BASES[platform])
    fused = COMPILERS[platform].fuse(queries, {}, "")

    assert [query.hash for query in queries] == [one for search in fused for one in search.queries]
    assert 1 == len(fused)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_search_that_is_too_long_is_cut_into_whole_queries(platform: str) -> None:
    """The language's length decides on the number of searches, the number of detections does not."""
    compiler, queries = COMPILERS[platform], _queries(platform, BASES[platform])
    longest = max(len(compiler.fuse([query], {}, "")[0].text) for query in queries)
    language: Any = compiler.language
    short = replace(compiler, language=replace(language, longest=longest + 100))
    fused = short.fuse(queries, {}, "")

    assert len(fused) > 1
    assert all(len(search.text) <= longest + 100 for search in fused)
    assert [query.hash for query in queries] == [one for search in fused for one in search.queries]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_three_hundred_detections_are_no_more_searches_than_one(platform: str) -> None:
    """Searches sent must not grow with the pack, as long as a text has room."""
    compiler = COMPILERS[platform]
    scope = compiler.bounds[BASES[platform]].store.scope
    model = next(one for one in DETECTIONS.values() if "file_event_win" in one.file)
    copies = [
        replace(model, id=f"copy-{n}", predicate=Test("TargetFilename", "endswith", (f"\\file{n}.dat",)))
        for n in range(300)
    ]
    queries = [compiler.compile(one, scope, Binding(scope.name, {}, {})) for one in copies]

    assert 1 == len(compiler.fuse([one for one in queries if isinstance(one, Query)], {}, ""))


def _queries(platform: str, scope: str) -> Sequence[Query]:
    compiler = COMPILERS[platform]
    store = compiler.bounds[scope].store.scope
    if "hunt" not in store.serves:
        return []
    found = [query_of(platform, scope, stem) for stem in DETECTIONS]
    return [one for one in found if isinstance(one, Query)]
