"""Every source file says only what its platform, its language and the rest of the file bear out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

import pytest

from conformance.languages.labelled import PLATFORMS, compilers
from huntline.model.predicate import Every, fields_of
from huntline.translate.loosen import shortcomings
from huntline.translate.pipeline import pipeline_of
from huntline.translate.sources import Source
from huntline.translate.translator import Bound

COMPILERS = compilers()
BOUNDS: list[tuple[str, Bound]] = [(name, bound) for name, one in COMPILERS.items() for bound in one.bounds.values()]
IDS = [f"{platform}:{bound.store.scope.name}" for platform, bound in BOUNDS]
# What a platform gives every event beside a source's own fields.
OWN: Mapping[str, frozenset[str]] = {
    "splunk": frozenset({"_time", "_bkt", "_cd", "_raw", "host", "index", "source", "sourcetype"}),
    "elastic": frozenset({"@timestamp", "_id", "_index"}),
    "sentinel": frozenset({"TimeGenerated"}),
}

NOWHERE = frozenset({"IMPHASH"})
"""Named so that a rule that reads it is refused by name: Defender keeps no digest of imports."""


@pytest.mark.parametrize(("platform", "bound"), BOUNDS, ids=IDS)
def test_populations_and_proofs_of_life_rest_on_fields_the_store_has(platform: str, bound: Bound) -> None:
    """A population over a field that is not there is empty, and every day of it `no_data`."""
    scope = bound.store.scope
    asked = {field for one in (*scope.logsources.values(), *scope.alive.values()) for field in fields_of(one)}

    assert set() == {field for field in asked - OWN[platform] if bound.type_of(field) is None}


@pytest.mark.parametrize(("platform", "bound"), BOUNDS, ids=IDS)
def test_clocks_and_ids_are_fields_the_store_has(platform: str, bound: Bound) -> None:
    """Windows go by one, hits are told apart by the other."""
    named = {bound.source.time, bound.source.happened, *bound.source.id}

    assert set() == {field for field in named - OWN[platform] if bound.type_of(field) is None}


@pytest.mark.parametrize(("platform", "bound"), BOUNDS, ids=IDS)
def test_the_language_says_every_population_exactly(platform: str, bound: Bound) -> None:
    """A population that is widened would count strangers as proof of life."""
    language = COMPILERS[platform].language
    scope = bound.store.scope
    lacking = [
        short
        for one in (*scope.logsources.values(), *scope.alive.values())
        for short in shortcomings(one, lambda test: language.short(test, bound, "rule"))
    ]

    assert [] == lacking


@pytest.mark.parametrize(("platform", "bound"), BOUNDS, ids=IDS)
def test_every_type_is_one_of_the_language(platform: str, bound: Bound) -> None:
    """An unknown type would be treated as text."""
    assert set() == set(bound.store.fields.values()) - set(COMPILERS[platform].language.types)


@pytest.mark.parametrize(("platform", "bound"), BOUNDS, ids=IDS)
def test_what_is_said_of_a_log_source_is_said_of_one_the_scope_serves(platform: str, bound: Bound) -> None:
    """A misspelt key would say nothing, without a word."""
    scope = bound.store.scope
    said = {*scope.alive, *bound.store.implied, *bound.store.held}

    assert platform in PLATFORMS
    assert set() == said - set(scope.logsources)


@pytest.mark.parametrize(("platform", "bound"), BOUNDS, ids=IDS)
def test_native_words_resolve_under_the_usual_names(platform: str, bound: Bound) -> None:
    """A name in braces that nobody knows would end in a search for it."""
    words = [bound.native(key) for key in bound.store.native]

    assert platform in PLATFORMS
    assert [] == [word for word in words if not word or re.search(r"[{}]", word)]


@pytest.mark.parametrize(("platform", "bound"), BOUNDS, ids=IDS)
def test_no_store_is_a_whole_platform(platform: str, bound: Bound) -> None:
    """A base that reads everything is only a scope where each population narrows it."""
    base = {"splunk": "search", "elastic": "index", "sentinel": "table"}[platform]
    word = bound.native(base) or bound.native("datamodel")

    assert not re.fullmatch(r"(index=)?\*|search \*|union .*", word)
    assert "source" in word or platform != "splunk" or "datamodel" in bound.store.native
    assert Every(()) not in bound.store.scope.logsources.values() or word


@pytest.mark.parametrize("platform", PLATFORMS)
def test_names_are_unique(platform: str) -> None:
    """Tenants, ledgers and files know a source and a scope by its name."""
    scopes = Counter(bound.store.scope.name for name, bound in BOUNDS if name == platform)
    files = Counter(source.name for source in _sources(platform))

    assert [] == [name for name, count in (scopes + Counter()).items() if count > 1]
    assert [] == [name for name, count in files.items() if count > 1]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_source_that_shows_anothers_events_names_one_that_exists(platform: str) -> None:
    """A tenant hunts the base, so that no event counts twice."""
    known = {source.name for source in _sources(platform)}

    assert set() == {source.represents for source in _sources(platform)} - known - {""}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_pipelines_are_pysigmas_own(platform: str) -> None:
    """Users bring theirs in the same form: ours load as theirs do, and finish no query."""
    for source in _sources(platform):
        pipeline = pipeline_of(source.pipeline)

        assert pipeline.items
        assert not pipeline.postprocessing_items
        assert not pipeline.finalizers


@pytest.mark.parametrize("platform", PLATFORMS)
def test_pipelines_lead_to_fields_that_some_scope_has(platform: str) -> None:
    """A field name with a typo in it would make every rule that reads it `unmapped_field`."""
    for source in _sources(platform):
        bounds = [bound for name, bound in BOUNDS if name == platform and bound.source.name == source.name]
        lost = {name for name in _targets(source) if not any(bound.type_of(name) is not None for bound in bounds)}

        assert set() == lost - NOWHERE


def _sources(platform: str) -> list[Source]:
    return list({bound.source.name: bound.source for name, bound in BOUNDS if name == platform}.values())


def _targets(source: Source) -> Iterator[str]:
    """Yield where field mappings lead, but for names that a later step maps on."""
    steps = source.pipeline.get("transformations", ())
    mapped = {name for step in steps if step["type"] == "field_name_mapping" for name in step["mapping"]}
    for step in steps:
        if step["type"] == "field_name_mapping":
            for target in step["mapping"].values():
                names = [target] if isinstance(target, str) else target
                yield from (name for name in names if name not in mapped)
