"""A compiler that joins the same queries once: every window of a scope asks for the same text."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from huntline.model.pack import Detection
from huntline.model.query import Fused, Query, Refused
from huntline.model.scope import Binding, Scope
from huntline.ports import Compiler

KEPT = 64
"""Texts that are remembered, the latest: each file of an archive has one of its own."""


@dataclass(frozen=True, slots=True)
class Once:
    """Fills `ports.Compiler` by another one; many threads may ask at once."""

    compiler: Compiler
    texts: dict[tuple[str, tuple[str, ...]], Sequence[Fused]] = field(default_factory=dict, compare=False, repr=False)
    turn: threading.Lock = field(default_factory=threading.Lock, compare=False, repr=False)

    def compile(self, detection: Detection, scope: Scope, binding: Binding) -> Query | Refused:
        return self.compiler.compile(detection, scope, binding)

    def fuse(self, queries: Sequence[Query], binding: Mapping[str, Binding], path: str) -> Sequence[Fused]:
        """Return what was made of the same queries; their hashes cover the binding."""
        key = path, tuple(query.hash for query in queries)
        with self.turn:
            if key not in self.texts:
                if len(self.texts) == KEPT:
                    del self.texts[next(iter(self.texts))]
                self.texts[key] = self.compiler.fuse(queries, binding, path)
            return self.texts[key]
