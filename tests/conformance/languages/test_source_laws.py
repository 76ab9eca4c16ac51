"""Every source file says only what its platform, its language and the rest of the file bear out."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterator, Mapping

import pytest

from conformance.languages.labelled import PLATFORMS, compilers
from huntline.model.predicate import Every, Predicate, Test, fields_of
from huntline.model.predicate import tests as single_tests
from huntline.translate.language import Form
from huntline.translate.loosen import Short, shortcomings
from huntline.translate.pipeline import pipeline_of
from huntline.translate.sources import Source, sources_of
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

SHOWN: Mapping[str, frozenset[str]] = {
    "elastic": frozenset(
        {"agent.name", "agent.id", "host.name", "host.hostname", "host.ip"}
    )  # of every event an agent sends
    | frozenset({"source.domain", "destination.ip", "user.name"}),  # ECS; no field of a rule leads there
}
"""What a report shows of a hit and no rule can ask for."""

NARROW: Mapping[str, frozenset[str]] = {
    "splunk": frozenset({"source", "sourcetype"}),
    "elastic": frozenset({"logs-zscaler_zia.web-*"}),
    "sentinel": frozenset({"SecurityEvent"}),
}
"""What makes a whole store one kind of telemetry: terms of a search, data streams, tables."""

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
def test_entities_are_fields_some_scope_of_the_source_has(platform: str, bound: Bound) -> None:
    """A hit without host or user joins no storyline."""
    named = {field for fields in bound.store.scope.entities.values() for field in fields}
    known = OWN[platform] | SHOWN.get(platform, frozenset())
    scopes = [other for name, other in BOUNDS if name == platform and other.source is bound.source]

    assert set() == {field for field in named - known if not any(scope.type_of(field) is not None for scope in scopes)}


@pytest.mark.parametrize(("platform", "bound"), BOUNDS, ids=IDS)
def test_the_language_says_every_population_exactly(platform: str, bound: Bound) -> None:
    """A population that is widened would count strangers as proof of life."""
    assert [] == [short for form in sorted(bound.store.scope.serves) for short in _lacking(platform, bound, form)]


@pytest.mark.parametrize(("platform", "bound"), BOUNDS, ids=IDS)
def test_every_type_is_one_of_the_language(platform: str, bound: Bound) -> None:
    """An unknown type would be treated as text."""
    assert set() == set(bound.store.fields.values()) - set(COMPILERS[platform].language.types)


@pytest.mark.parametrize("bound", [bound for _, bound in BOUNDS], ids=IDS)
def test_what_is_said_of_a_log_source_is_said_of_one_the_scope_serves(bound: Bound) -> None:
    """A misspelt key would say nothing, without a word."""
    scope = bound.store.scope
    said = {*scope.alive, *bound.store.implied, *bound.store.held}

    assert set() == said - set(scope.logsources)


@pytest.mark.parametrize("bound", [bound for _, bound in BOUNDS], ids=IDS)
def test_closed_lists_of_words_hold_what_the_file_itself_asks_for(bound: Bound) -> None:
    """A population over a word that is never there is empty; a word mapped to one is refused whatever the rule says."""
    known = bound.store.vocabulary
    asked = {(test.field, word) for one in _populations(bound) for test in single_tests(one) for word in _words(test)}

    assert set() == {field for field in known if bound.type_of(field) is None}
    assert set() == {
        (field, word) for field, word in asked | set(_mapped(bound.source)) if word not in known.get(field, (word,))
    }


@pytest.mark.parametrize("platform", PLATFORMS)
def test_native_words_and_names_are_made_for_each_other(platform: str) -> None:
    """A name in braces that nobody knows fails; one that no word uses lets a tenant set what changes nothing."""
    for source in _sources(platform):
        words = [word for store in source.stores for word in store.native.values()]
        used = {name for word in words for _, name, _, _ in string.Formatter().parse(word) if name is not None}

        assert set(source.names) == used


@pytest.mark.parametrize(("platform", "bound"), BOUNDS, ids=IDS)
def test_only_a_store_of_one_kind_is_a_population_as_a_whole(platform: str, bound: Bound) -> None:
    """Everything that two kinds share an index for would be counted as proof of life of each."""
    whole = any(one == Every(()) for one in bound.store.scope.logsources.values())
    base = {"splunk": "search", "elastic": "index", "sentinel": "table"}[platform]
    words = bound.native(base).replace("(", " ").replace("=", " ").split()

    assert not whole or "datamodel" in bound.store.native or NARROW[platform] & set(words)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_names_are_unique(platform: str) -> None:
    """Tenants, ledgers and files know a source and a scope by its name."""
    files = Counter(source.name for source in _sources(platform))
    scopes = Counter(store.scope.name for source in _sources(platform) for store in source.stores)

    assert [] == [name for names in (files, scopes) for name, count in names.items() if count > 1]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_source_that_shows_anothers_events_names_one_that_exists(platform: str) -> None:
    """A tenant hunts the base, so that no event counts twice."""
    bases = {source.name for source in _sources(platform) if not source.represents}

    assert set() == {source.represents for source in _sources(platform)} - bases - {""}


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


def _populations(bound: Bound) -> tuple[Predicate, ...]:
    return (*bound.store.scope.logsources.values(), *bound.store.scope.alive.values())


def _lacking(platform: str, bound: Bound, form: Form) -> list[Short]:
    language = COMPILERS[platform].language
    return [
        short
        for one in _populations(bound)
        for short in shortcomings(one, lambda test: language.short(test, bound, form))
    ]


def _words(test: Test) -> tuple[str, ...]:
    return test.values if test.op == "is" else ()


def _mapped(source: Source) -> Iterator[tuple[str, str]]:
    """Yield what values of a field are turned into."""
    for step in source.pipeline["transformations"]:
        if step["type"] == "map_string":
            fields = [field for one in step["field_name_conditions"] for field in one["fields"]]
            for word in step["mapping"].values():
                yield from ((field, one) for field in fields for one in ([word] if isinstance(word, str) else word))


def _sources(platform: str) -> tuple[Source, ...]:
    return sources_of(f"huntline_{platform}")


def _targets(source: Source) -> Iterator[str]:
    """Yield where field mappings lead, but for names that a later step maps on."""
    steps = source.pipeline.get("transformations", ())
    mapped = {name for step in steps if step["type"] == "field_name_mapping" for name in step["mapping"]}
    for step in steps:
        if step["type"] == "field_name_mapping":
            for target in step["mapping"].values():
                names = [target] if isinstance(target, str) else target
                yield from (name for name in names if name not in mapped)
