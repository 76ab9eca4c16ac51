"""Compile a detection for a scope: the frozen predicate in row names, and the SQL condition that sieves for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from blake3 import blake3

from huntline.model.jsonable import dumps, predicate_json
from huntline.model.pack import Detection, LogSource
from huntline.model.predicate import fields_of
from huntline.model.query import Fused, Query, Read, Refused
from huntline.model.scope import Binding, Scope
from huntline.translate.serving import serving
from huntline_archive.dialect import column_names, condition
from huntline_archive.sources import Source


@dataclass(frozen=True, slots=True)
class ArchiveCompiler:
    """Fills `ports.Compiler`."""

    sources: Sequence[Source]

    def compile(self, detection: Detection, scope: Scope, binding: Binding) -> Query | Refused:  # noqa: ARG002 (fields are bound in the settings)
        """Return the query, or Refused `not_served`. Row names are Sigma's: where a value lies is the source's affair."""
        source = next(s for s in self.sources if s.scope.name == scope.name)
        logsource = serving(detection.logsource, scope)
        if logsource is None:
            construct = str(detection.logsource)
            return Refused(detection.id, scope.name, "not_served", detection.file, detection.line, construct)
        fields = fields_of(detection.predicate)
        text = condition(detection.predicate, "may", column_names("raw"))
        return Query(
            detection=detection.id,
            scope=scope.name,
            logsource=logsource,
            population=scope.logsources[logsource],
            predicate=detection.predicate,
            reads=tuple(Read(field, (field,)) for field in fields),
            branches=detection.branches,
            shape="event",
            text=text,
            exact=False,  # lists are taken apart only in Python, so every condition lets more through
            hash=_hash(detection, source, logsource, text),
        )

    def fuse(self, queries: Sequence[Query], binding: Mapping[str, Binding], path: str) -> Sequence[Fused]:  # noqa: ARG002
        """A file is read once for all queries, whatever their number."""
        text = "\n".join(f"-- {q.scope}, {q.logsource}, {q.detection}\n{q.text}" for q in queries)
        return (Fused(text, tuple(q.hash for q in queries)),) if queries else ()


def _hash(detection: Detection, source: Source, logsource: LogSource, text: str) -> str:
    parts = [
        source.scope.name,
        str(logsource),
        predicate_json(source.scope.logsources[logsource]),
        predicate_json(source.claims),
        predicate_json(detection.predicate),
        [[name, repr(source.field(name))] for name in fields_of(detection.predicate)],
        [repr(clock) for clock in source.times],
        [[branch.name, *branch.fields] for branch in detection.branches],
        text,
    ]
    return blake3(dumps(parts).encode("utf-8", "surrogatepass")).hexdigest()
