"""A pack's detections for a platform's scopes: queries where they can be right, refusals with a reason where not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huntline.model.pack import Detection
from huntline.model.query import Query, Refused
from huntline.model.scope import Binding, Scope
from huntline.ports import Compiler


def compile_pack(
    detections: Sequence[Detection], scopes: Sequence[Scope], *, compiler: Compiler, binding: Mapping[str, Binding]
) -> tuple[tuple[Query, ...], tuple[Refused, ...]]:
    """Compile every detection for every scope; both results by detection and scope."""
    queries: list[Query] = []
    refused: list[Refused] = []
    for detection in sorted(detections, key=lambda d: d.id):
        for scope in sorted(scopes, key=lambda s: s.name):
            outcome = compiler.compile(detection, scope, binding[scope.name])
            if isinstance(outcome, Query):
                queries.append(outcome)
            else:
                refused.append(outcome)
    return tuple(queries), tuple(refused)
