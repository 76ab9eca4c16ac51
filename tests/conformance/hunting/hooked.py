"""A hunter that is watched: something happens before every call of it or of its searches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from huntline.model.facts import Fact
from huntline.model.query import Query
from huntline.model.scope import Binding, Scope
from huntline.model.search import Order, Page, Part, Waiting
from huntline.model.window import Window
from huntline.ports import Hunter, Search


@dataclass(frozen=True, slots=True)
class Hooked:
    """Fills `ports.Hunter` by another one."""

    hunter: Hunter
    before: Callable[[str], None]

    def clock(self) -> datetime | None:
        self.before("clock")
        return self.hunter.clock()

    def reach(self, scopes: Sequence[Scope], binding: Mapping[str, Binding], wanted: Window) -> Sequence[Part]:
        self.before("reach")
        return self.hunter.reach(scopes, binding, wanted)

    def coverage(self, scope: Scope, part: Part, window: Window, reads: Sequence[str]) -> Sequence[Fact] | None:
        self.before("coverage")
        return self.hunter.coverage(scope, part, window, reads)

    def late(self, scope: Scope, part: Part, since: datetime) -> Sequence[Window] | None:
        self.before("late")
        return self.hunter.late(scope, part, since)

    def start(self, order: Order, queries: Sequence[Query]) -> Search:
        self.before("start")
        return HookedSearch(self.hunter.start(order, queries), self.before)

    def adopt(self, order: Order, queries: Sequence[Query], reference: str | None) -> Search | None:
        self.before("adopt")
        found = self.hunter.adopt(order, queries, reference)
        return HookedSearch(found, self.before) if found else None

    def release(self, ticket: str, reference: str | None) -> None:
        self.before("release")
        self.hunter.release(ticket, reference)


@dataclass(frozen=True, slots=True)
class HookedSearch:
    search: Search
    before: Callable[[str], None]

    @property
    def reference(self) -> str | None:
        return self.search.reference

    def poll(self) -> Waiting | None:
        self.before("poll")
        return self.search.poll()

    def page(self, cursor: str | None) -> Page:
        self.before("page")
        return self.search.page(cursor)
