"""What a query gave is given again for as long as no table changes: many tenants of a benchmark ask the same of one workspace."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from datetime import datetime

from lab.kql.tokens import tokens
from lab.sentinel.engine import Engine, Result
from lab.sentinel.listed import asks
from lab.sentinel.store import Store, Table
from lab.sentinel.timespan import Span

MOST_ROWS, MOST_ANSWERS = 2_000, 500  # of one answer that is kept; of answers
CLOCKS = frozenset({"now", "ago"})


class Again:
    """Asks the engine once, of callers at the same time, too. What is refused is not kept."""

    def __init__(self, store: Store, engine: Engine) -> None:
        self._store, self._engine = store, engine
        self._lock = threading.Lock()
        self._kept: dict[Hashable, Future[Result]] = {}

    def run(self, query: str, seen: Callable[[Table], Span], now: datetime) -> Result:
        """Run a query as the engine does, which says what it raises."""
        spelled = tokens(query)
        tables = self._store.tables().values()
        if asks(spelled) or CLOCKS & {one.text for one in spelled} or any(one.settled > now for one in tables):
            return self._engine.run(query, seen, now)
        key = (query, *((one.name, one.held, one.rows, one.shown, seen(one)) for one in tables))
        with self._lock:
            mine = key not in self._kept
            if mine and len(self._kept) >= MOST_ANSWERS:
                self._kept.clear()
            answer = self._kept.setdefault(key, Future())
        if mine:
            self._ask(key, answer, lambda: self._engine.run(query, seen, now))
        return answer.result()

    def _ask(self, key: Hashable, answer: Future[Result], run: Callable[[], Result]) -> None:
        try:
            answer.set_result(run())
        except BaseException as error:  # noqa: BLE001 (raised again in every thread that waits for it)
            answer.set_exception(error)
        if answer.exception() or len(answer.result().rows) > MOST_ROWS:
            with self._lock:
                self._kept.pop(key, None)
