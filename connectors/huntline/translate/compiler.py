"""The compiler of every platform that has sources and a query language; it fills the engine's port."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from huntline.model.branches import branches
from huntline.model.jsonable import dumps, predicate_json
from huntline.model.pack import Detection
from huntline.model.predicate import Predicate
from huntline.model.query import Fused, Query, Read, Refused, Rule
from huntline.model.scope import Binding, Scope
from huntline.translate.language import Form, Language
from huntline.translate.loosen import loosened, shortcomings
from huntline.translate.lost import Lost
from huntline.translate.pipeline import pipeline_of
from huntline.translate.rewrite import every, some
from huntline.translate.settings import Overrides
from huntline.translate.sources import Source
from huntline.translate.translator import Bound, Translated, readable_of, translated


@dataclass(frozen=True, slots=True)
class SourceCompiler:
    """Offline and pure. One thread at a time may compile, since pySigma's pipelines keep state; any number may fuse."""

    language: Language
    bounds: Mapping[str, Bound] = field(repr=False)  # by scope name

    def compile(self, detection: Detection, scope: Scope, binding: Binding) -> Query | Refused:  # noqa: ARG002 (bound already)
        """Return what hunts: a text that finds every match and perhaps more, and the predicate that decides."""
        try:
            bound = self._serving(scope, "hunt")
            found = translated(detection, bound)
        except Lost as lost:
            return _refused(detection, scope, lost)
        short = lambda test: self.language.short(test, bound, "hunt")  # noqa: E731
        text = self.language.condition(loosened(found.readable, short), bound, "hunt")
        return Query(
            detection=detection.id,
            scope=scope.name,
            logsource=found.logsource,
            population=found.population,
            predicate=found.predicate,
            reads=_reads(found),
            branches=branches(found.predicate),
            shape="event",
            text=text,
            exact=not shortcomings(found.readable, short),
            hash=_hash(scope, bound, found, text),
            lacks=found.unmapped,
        )

    def rule(self, detection: Detection, scope: Scope, binding: Binding) -> Rule | Refused:  # noqa: ARG002 (bound already)
        """Return what alerts: a whole search that means what the detection means, or the reason why there is none."""
        try:
            bound = self._serving(scope, "rule")
            found = translated(detection, bound)
            if found.unmapped:
                raise Lost("unmapped_field", ", ".join(found.unmapped))
            text = self.language.rule(found.population, found.readable, bound)
        except Lost as lost:
            return _refused(detection, scope, lost)
        return Rule(detection.id, scope.name, found.logsource, text, _reads(found), _hash(scope, bound, found, text))

    def fuse(self, queries: Sequence[Query], binding: Mapping[str, Binding], path: str) -> Sequence[Fused]:  # noqa: ARG002
        """Join the queries of one scope into searches no longer than the language takes; `path` "job" for search jobs."""
        form: Form = "job" if path == "job" else "hunt"
        return tuple(
            Fused(text, tuple(query.hash for query in some_of))
            for scope in dict.fromkeys(query.scope for query in queries)
            for text, some_of in self._fused([query for query in queries if query.scope == scope], form)
        )

    def whole(self, one: Rule | Query) -> str:
        """Return a whole search to be read: a rule's own, or a hunt as it is sent for this query alone."""
        return one.text if isinstance(one, Rule) else self._text([one], "hunt")

    def _fused(self, queries: Sequence[Query], form: Form) -> Iterator[tuple[str, Sequence[Query]]]:
        """Halve what is too long: one query alone is sent whatever its length, and the platform has its say."""
        if not queries:
            return
        text = self._text(queries, form)
        if len(text) <= self.language.longest or len(queries) == 1:
            yield text, queries
            return
        middle = len(queries) // 2
        yield from self._fused(queries[:middle], form)
        yield from self._fused(queries[middle:], form)

    def _text(self, queries: Sequence[Query], form: Form) -> str:
        bound = self.bounds[queries[0].scope]
        populations: dict[Predicate, list[Predicate]] = {}
        for query in queries:
            said = loosened(
                readable_of(query.predicate, bound, query.logsource),
                lambda test: self.language.short(test, bound, form),
            )
            populations.setdefault(query.population, []).append(said)
        whole = some(*(every(population, some(*asked)) for population, asked in populations.items()))
        return self.language.hunt(whole, bound, form)

    def _serving(self, scope: Scope, form: Form) -> Bound:
        if form not in scope.serves:
            raise Lost("not_served", f"this scope serves no {form}")
        return self.bounds[scope.name]


def compiler_of(language: Language, sources: Sequence[Source], overrides: Mapping[str, Overrides]) -> SourceCompiler:
    """Bind a language to sources under a tenant's own words."""
    bounds: dict[str, Bound] = {}
    for source in sources:
        given = overrides.get(source.name, Overrides())
        pipeline = pipeline_of(given.pipeline, source.pipeline)
        bounds |= {store.scope.name: Bound(source, store, given, pipeline) for store in source.stores}
    return SourceCompiler(language, bounds)


def _refused(detection: Detection, scope: Scope, lost: Lost) -> Refused:
    return Refused(detection.id, scope.name, lost.code, detection.file, detection.line, lost.construct)


def _reads(found: Translated) -> tuple[Read, ...]:
    return tuple(Read(name, sigma) for name, sigma in found.reads.items())


def _hash(scope: Scope, bound: Bound, found: Translated, text: str) -> str:
    """Digest all that decides what is found: predicate, population, reads, text and binding; not title or tags."""
    parts = [
        scope.name,
        str(found.logsource),
        predicate_json(found.population),
        predicate_json(found.predicate),
        [[name, *sigma] for name, sigma in found.reads.items()],
        text,
        {key: bound.native(key) for key in bound.store.native},
        asdict(bound.overrides),
        bound.source.time,
    ]
    return hashlib.sha256(dumps(parts).encode("utf-8", "surrogatepass")).hexdigest()
