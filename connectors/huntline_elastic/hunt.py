"""Hunt a cluster: where its data stands, what it holds by day, and one EQL search for a window."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from huntline.errors import Denied, Terminal, Transient, Unauthenticated
from huntline.model.facts import Fact, on_every_day
from huntline.model.predicate import fields_of
from huntline.model.query import Query
from huntline.model.scope import Binding, Scope
from huntline.model.search import Order, Part
from huntline.model.window import Window
from huntline.ports import Secrets
from huntline.translate.bearing import Shape
from huntline.translate.compiler import SourceCompiler
from huntline.translate.mapped import MappedTexts
from huntline.translate.translator import Bound
from huntline_elastic import eql
from huntline_elastic.client import Client
from huntline_elastic.coverage import arrived, counted, hosts, unindexed
from huntline_elastic.ending import Wrong
from huntline_elastic.eql import Ask
from huntline_elastic.nothing import NothingToAsk
from huntline_elastic.pages import EqlSearch, Terms, take_up, utc_now
from huntline_elastic.reach import Target, part_of, targets_of
from huntline_elastic.rows import EPOCH, fields_asked
from huntline_elastic.settings import Settings
from huntline_elastic.terrain import (
    Look,
    Rights,
    Terrain,
    cluster_of,
    look,
    missing_cluster,
    rights,
    target_path,
    terrain,
)

LONGEST = timedelta(minutes=30)  # a search may run
CUT = ("keyword", "wildcard")  # types that leave out values longer than their mapping takes
MOST_WAIT = timedelta(seconds=20)  # for an answer, before it is asked about again


def connected(settings: Settings, compiler: SourceCompiler, secrets: Secrets) -> ElasticHunter:
    """Return the hunter of a tenant; nothing is sent. Raises ConfigError."""
    timeout = timedelta(seconds=settings.timeout)
    return ElasticHunter(Client(settings, secrets), compiler, tuple(settings.clusters), timeout, MappedTexts(compiler))


@dataclass(slots=True)
class ElasticHunter:
    """Fills `ports.Hunter`. What is learnt of a target is kept for as long as the hunt runs."""

    client: Client
    compiler: SourceCompiler
    clusters: tuple[str, ...]  # remote ones whose patterns are the same
    timeout: timedelta
    texts: MappedTexts
    looks: dict[str, Look] = field(default_factory=dict)  # by part
    terrains: dict[str, Terrain] = field(default_factory=dict)  # by path
    turn: threading.Lock = field(default_factory=threading.Lock)
    survey: threading.Lock = field(default_factory=threading.Lock)

    def clock(self) -> datetime | None:
        """Ask a node for its time: Elasticsearch sends no Date, but says when a search began."""
        pattern = next((one.path for scope in self.compiler.bounds for one in self.targets(scope)), "*").split(",")[0]
        target = pattern if "*" in pattern else f"{pattern}*"  # a wildcard over nothing is no error
        body = {"size": 0, "track_total_hits": False, "query": {"match_none": {}}}
        params = {"wait_for_completion_timeout": "5s", "keep_on_completion": "false", "allow_no_indices": "true"}
        try:
            told = self.client.ask("POST", f"/{target_path(target)}/_async_search", params=params, body=body).body
        except Unauthenticated:
            raise
        except Terminal:
            return None
        return EPOCH + timedelta(milliseconds=int(told["start_time_in_millis"]))

    def reach(self, scopes: Sequence[Scope], binding: Mapping[str, Binding], wanted: Window) -> Sequence[Part]:  # noqa: ARG002 (bound already)
        """Look at every target of the scopes. A remote cluster that fails is told as a part, and hurts no other."""
        targets = [target for scope in scopes for target in self.targets(scope.name)]
        known = rights(self.client, {pattern for target in targets for pattern in target.path.split(",")})
        found = {target: self._look(target, known) for target in targets}
        with self.turn:
            self.looks.update({target.key: one for target, one in found.items()})
        held = {target.scope for target, one in found.items() if one.state == "searchable"}
        return [part_of(target, _beside(one) if target.scope in held else one, wanted) for target, one in found.items()]

    def coverage(self, scope: Scope, part: Part, window: Window, reads: Sequence[str]) -> Sequence[Fact] | None:
        if self._looked(part).state == "gone":
            return ()
        bound = self.compiler.bounds[scope.name]
        facts: list[Fact] = list(counted(self.client, part.path, bound, window, reads))
        if not reads:
            return on_every_day(facts, scope.name, scope.logsources, window)
        return [*facts, *hosts(self.client, part.path, bound, window)]

    def late(self, scope: Scope, part: Part, since: datetime) -> Sequence[Window] | None:
        if self._looked(part).state == "gone":
            return ()
        bound = self.compiler.bounds[scope.name]
        if not self._terrain(part.path, bound).arrivals:
            return None
        return arrived(self.client, part.path, bound, part.window, since)

    def start(self, order: Order, queries: Sequence[Query]) -> EqlSearch | NothingToAsk:
        """Send a search. Raises QueryRejected where it may not be asked as it is."""
        told = self._terms(order, queries)
        if told is None:
            return NothingToAsk(self._left_out(order.part, size=0), cluster_of(order.part.path))
        search = EqlSearch(told)
        search.begin()
        return search

    def adopt(self, order: Order, queries: Sequence[Query], reference: str | None) -> EqlSearch | None:
        """Take up a search, or start anew where no time of arrival would tell what came while it went on."""
        told = self._terms(order, queries)
        if told is None or reference is None:
            return None
        if not self._terrain(order.part.path, self.compiler.bounds[order.part.scopes[0]]).arrivals:
            eql.remove(self.client, reference)
            return None
        return take_up(EqlSearch(told, reference))

    def release(self, ticket: str, reference: str | None) -> None:  # noqa: ARG002 (the id is the server's)
        if reference:
            eql.remove(self.client, reference)

    def targets(self, scope: str) -> Sequence[Target]:
        return targets_of(self.compiler.bounds[scope], self.clusters)

    def _look(self, target: Target, known: Rights) -> Look:
        try:
            return look(self.client, target.path, target.cluster, known)
        except Transient as error:
            if not target.cluster:
                raise
            return Look("not_searchable", f"cluster {target.cluster} does not answer: {error.problem}", target.path)
        except Unauthenticated:
            raise
        except Denied as error:
            return Look("denied", error.problem, target.path)
        except Terminal as error:
            return Look("unreadable", error.problem, target.path)

    def _looked(self, part: Part) -> Look:
        with self.turn:
            known = self.looks.get(part.key)
        if known is None:  # an order of another process
            target = next(one for scope in part.scopes for one in self.targets(scope) if one.key == part.key)
            known = look(self.client, target.path, target.cluster, rights(self.client, target.path.split(",")))
            with self.turn:
                self.looks[part.key] = known
        return known

    def _terrain(self, path: str, bound: Bound) -> Terrain:
        key = f"{bound.store.scope.name} {path}"
        with self.survey:  # one thread asks, the others wait for what it learns
            if key not in self.terrains:
                found = terrain(self.client, path, _fields(bound))
                texts = {name for name in found.mapped if bound.type_of(name) in CUT}
                self.terrains[key] = replace(found, unindexed=unindexed(self.client, path, texts))
            return self.terrains[key]

    def _terms(self, order: Order, queries: Sequence[Query]) -> Terms | None:
        """Say how an order is asked; None where no event can match: there is none, or what it asks for is mapped nowhere."""
        bound, path = self.compiler.bounds[order.part.scopes[0]], order.part.path
        if self._looked(order.part).state == "gone":
            return None
        ground = self._terrain(path, bound)
        text = self.texts.text(order, queries, ground.mapped)
        if text is None:
            return None
        shape, cluster, counting = Shape.of(bound, queries), cluster_of(path), order.want == "count"
        clocks = [one for one in fields_asked(shape) if one["field"] == bound.source.time]
        ask = Ask(
            target=path,
            text=text,
            time=bound.source.time,
            start=order.window.start,
            end=order.window.end,
            size=min(ground.window, order.rows + 1),
            fields=clocks if counting else fields_asked(shape),
            without={},
            counting=counting,
            ticket=order.ticket,
            unindexed=tuple(sorted(ground.unindexed & _read(queries))),
        )
        left_out = partial(self._left_out, order.part, size=ask.size)
        wait = min(MOST_WAIT, self.timeout / 2)
        return Terms(self.client, order, ask, shape, cluster, left_out, wait, utc_now() + LONGEST, utc_now)

    def _left_out(self, part: Part, *, size: int) -> Wrong | None:
        """Say why a search for so many events, answered just now, did not see all there is."""
        if hidden := self._looked(part).hidden:
            return "hidden", hidden
        if cluster := cluster_of(part.path):
            away = missing_cluster(self.client, cluster, part.path, size=size)
            return ("cluster", away) if away else None
        return None


def _beside(found: Look) -> Look:
    """Take a target without anything for an empty one where another cluster holds the scope: that one is the answer."""
    return replace(found, state="searchable", words="") if found.state == "gone" else found


def _read(queries: Sequence[Query]) -> set[str]:
    """Return the fields whose values decide what a search finds."""
    return {name for query in queries for part in (query.predicate, query.population) for name in fields_of(part)}


def _fields(bound: Bound) -> set[str]:
    """Return the fields any query of the store may read; a name may hold `*`."""
    return {*bound.store.fields, *bound.overrides.types, *bound.overrides.fields.values(), bound.source.time}
