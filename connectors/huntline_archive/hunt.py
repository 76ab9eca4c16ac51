"""Hunt one file in one pass: reach, start, one page with everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from huntline.model.facts import Fact
from huntline.model.query import Query
from huntline.model.scope import Binding, Scope
from huntline.model.search import Order, Page, Part, Waiting
from huntline.model.window import Window
from huntline_archive.files import find_parts
from huntline_archive.read import search_file
from huntline_archive.sources import Source


@dataclass(frozen=True, slots=True)
class FileSearch:
    """Fills `ports.Search`: the file is read when the page is asked for."""

    order: Order
    queries: Sequence[Query]
    sources: Sequence[Source]
    reference: str | None = None

    def poll(self) -> Waiting | None:
        return None

    def page(self, cursor: str | None) -> Page:  # noqa: ARG002 (there is one page)
        """Read the file. Raises Denied or Unreadable."""
        return search_file(self.order, self.queries, self.sources)


@dataclass(frozen=True, slots=True)
class FileHunter:
    """Fills `ports.Hunter`."""

    logs: tuple[str, ...]
    sources: tuple[Source, ...]

    def clock(self) -> datetime | None:
        return None

    def reach(self, scopes: Sequence[Scope], binding: Mapping[str, Binding], wanted: Window) -> Sequence[Part]:  # noqa: ARG002
        """Return a part for each distinct file. Raises ConfigError when there is no log."""
        return find_parts(self.logs, self._scopes_of({scope.name for scope in scopes}), wanted)

    def coverage(self, scope: Scope, part: Part, window: Window, reads: Sequence[str]) -> Sequence[Fact] | None:  # noqa: ARG002
        return None

    def late(self, scope: Scope, part: Part, since: datetime) -> Sequence[Window] | None:  # noqa: ARG002
        return None

    def start(self, order: Order, queries: Sequence[Query]) -> FileSearch:
        return FileSearch(order, tuple(queries), self.sources)

    def adopt(self, order: Order, queries: Sequence[Query], reference: str | None) -> None:  # noqa: ARG002
        return None

    def release(self, ticket: str, reference: str | None) -> None:
        pass

    def _scopes_of(self, asked: set[str]) -> dict[str, tuple[str, ...]]:
        flat = tuple(s.scope.name for s in self.sources if s.shape == "flat" and s.scope.name in asked)
        evtx = tuple(s.scope.name for s in self.sources if s.shape == "evtx" and s.scope.name in asked)
        return {"lines": flat, "parquet": flat, "empty": flat, "evtx": evtx, "any": flat + evtx}
