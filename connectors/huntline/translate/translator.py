"""A detection in a store's own names: population, predicate and reads, or the reason why that cannot be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sigma.processing.pipeline import ProcessingPipeline

from huntline.model.pack import Detection, LogSource
from huntline.model.predicate import Predicate, Test, fields_of, fold, tests
from huntline.translate.lost import Lost
from huntline.translate.pipeline import mapped
from huntline.translate.rewrite import FALSE, TRUE, every, rewrite
from huntline.translate.serving import serving
from huntline.translate.settings import Overrides
from huntline.translate.sources import Source, Store
from huntline.translate.spelling import spelled


@dataclass(frozen=True, slots=True)
class Translated:
    """`predicate` decides on rows; `readable` is the same for rows of this store, its unmapped fields taken as absent."""

    logsource: LogSource
    population: Predicate
    predicate: Predicate
    readable: Predicate
    reads: Mapping[str, tuple[str, ...]]  # native field -> the rule's own names
    unmapped: tuple[str, ...]  # fields the store does not have


@dataclass(frozen=True, slots=True)
class Bound:
    """A store under a tenant's own names."""

    source: Source
    store: Store
    overrides: Overrides
    pipeline: ProcessingPipeline

    def native(self, key: str) -> str:
        """Return one of the store's own words with the tenant's names in it, "" where it has none of that kind."""
        return self.store.native.get(key, "").format_map({**self.source.names, **self.overrides.names})

    def type_of(self, field: str) -> str | None:
        """Return the type of a native field, None for one that is not there."""
        if field in self.overrides.types:
            return self.overrides.types[field]
        if field in self.overrides.fields.values():
            return self.store.type_of(field) or self.store.fields.get("*", "")
        return self.store.type_of(field)

    def lowered(self, field: str) -> bool:
        """Tell whether a native field's values are only ever stored in lower case: so the source says, not a tenant."""
        given = field in self.overrides.types or field in self.overrides.fields.values()
        return not given and any(fnmatchcase(field, name) for name in self.source.lower)

    def reads(self, field: str, logsource: LogSource) -> bool:
        """Tell whether events of a log source can have a native field."""
        given = field in self.overrides.types or field in self.overrides.fields.values()
        return self.type_of(field) is not None and (given or self.store.holds(field, logsource))


def translated(detection: Detection, bound: Bound) -> Translated:
    """Translate one detection for one store. Raises Lost with a stable code."""
    store = bound.store
    logsource = serving(detection.logsource, store.scope)
    if logsource is None:
        raise Lost("not_served", str(detection.logsource))
    asked = spelled(_implied(detection.predicate, store.implied.get(logsource, {})), bound.source)
    found = mapped(detection, asked, bound.pipeline, bound.overrides.fields)
    for test in tests(found.predicate):
        _expect_vocabulary(test, store.vocabulary.get(test.field))
    unmapped = tuple(field for field in fields_of(found.predicate) if not bound.reads(field, logsource))
    readable = readable_of(found.predicate, bound, logsource)
    population = store.scope.logsources[logsource]
    if readable == FALSE:
        raise Lost("unmapped_field" if unmapped else "never", ", ".join(unmapped) or "what it asks for is never there")
    if every(population, readable) == TRUE:
        raise Lost("unscoped", "it would match every event of the store")
    return Translated(logsource, population, found.predicate, readable, found.reads, unmapped)


def _implied(predicate: Predicate, known: Mapping[str, tuple[str, ...]]) -> Predicate:
    """Leave out tests that the log source answers by itself, such as the event id of a category."""

    def answered(test: Test) -> Predicate:
        if test.op != "is" or test.field not in known:
            return test
        held = set(known[test.field])
        return TRUE if held <= set(test.values) else test if held & set(test.values) else FALSE

    return rewrite(predicate, answered)


def _expect_vocabulary(test: Test, words: tuple[str, ...] | None) -> None:
    """A word the field never holds would make a test that is never true, and a filter that never filters."""
    if words is None or test.op not in ("is", "contains", "startswith", "endswith"):
        return
    for value in test.values:
        if not any(_fits(test, fold(value), fold(word)) for word in words):
            raise Lost("value_vocabulary", f"{test.field} never holds {value!r}, only {', '.join(words)}")


def _fits(test: Test, value: str, word: str) -> bool:
    match test.op:
        case "contains":
            return value in word
        case "startswith":
            return word.startswith(value)
        case "endswith":
            return word.endswith(value)
        case _:
            return value == word


def readable_of(predicate: Predicate, bound: Bound, logsource: LogSource) -> Predicate:
    """Settle the tests over fields that are never there: absent is what `null` asks for, and nothing else."""
    return without(predicate, lambda field: bound.reads(field, logsource))


def without(predicate: Predicate, there: Callable[[str], bool]) -> Predicate:
    """Return what is left of a predicate where some fields are known to be absent from every event."""

    def settled(test: Test) -> Predicate:
        if all(map(there, _read(test))):
            return test
        return TRUE if test.of_absence else FALSE

    return rewrite(predicate, settled)


def _read(test: Test) -> Iterator[str]:
    if test.op != "keyword":
        yield test.field
    if test.op == "fieldref":
        yield from test.values
