"""Wait until what was written of a list is there: in the service's own state, in its items, and in what queries see of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic, sleep

from huntline.errors import QueryRejected, Transient
from huntline_sentinel.arm import Arm
from huntline_sentinel.client import Logs
from huntline_sentinel.faults import Missing
from huntline_sentinel.literals import text
from huntline_sentinel.settings import Patience
from huntline_sentinel.watchlist_shape import LOST, column_of, is_busy, row_of, state_of, values_of

LATER = timedelta(hours=1)
"""Longer than anybody waits within one run: what has not arrived by now is the next run's."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the lists of one workspace lie, and how long they are waited for."""

    arm: Arm = field(repr=False)
    logs: Logs = field(repr=False)
    patience: Patience


def expect_idle(at: Place, alias: str) -> str:
    """Wait until nothing is being uploaded to a list any more, and return the state it is in then."""
    _await(at, lambda: f"the watchlist {alias} is {state_of(now)}" if is_busy(now := at.arm.watchlist(alias)) else "")
    return state_of(at.arm.watchlist(alias))


def expect_taken_in(at: Place, alias: str) -> None:
    """Wait until the service has dealt with an upload. Raises QueryRejected where it has failed."""
    state = expect_idle(at, alias)
    if state in LOST:
        raise QueryRejected(f"the service has not taken in the watchlist {alias}: {state}", advice="apply again")


def expect_arrived(at: Place, alias: str, values: Iterable[str]) -> None:
    """Wait until a list holds these values and no others, and queries see that."""
    wanted = frozenset(values)
    _await(at, lambda: _lacking(alias, wanted, kept(at, alias), "holds") or _seen(at, alias, wanted))


def expect_seen(at: Place, alias: str) -> None:
    """Wait until queries see a list as it stands. Raises QueryRejected where it is not there, or nothing is in it."""
    _await(at, lambda: _unseen(at, alias))


def unseen(at: Place, alias: str) -> str:
    """Say why a rule that reads a list does not find all it should, "" where it does."""
    try:
        return _unseen(at, alias)
    except QueryRejected as error:
        return error.problem


def kept(at: Place, alias: str) -> frozenset[str]:
    """Return the values that a list holds. Raises Missing."""
    column = column_of(at.arm.watchlist(alias))
    return frozenset(map(str, values_of(map(row_of, at.arm.watchlist_items(alias)), column)))


def _unseen(at: Place, alias: str) -> str:
    try:
        holds = kept(at, alias)
    except Missing:
        raise QueryRejected(f"the watchlist {alias} is not there", advice="plan and apply again") from None
    if not holds:
        raise QueryRejected(f"the watchlist {alias} is empty", advice="huntline drift shows it, and takes a decision")
    return _seen(at, alias, holds)


def _seen(at: Place, alias: str, wanted: frozenset[str]) -> str:
    answer = at.logs.ask(f"_GetWatchlist({text(alias)})\n| project SearchKey")
    if not answer.whole:
        return f"the watchlist {alias} cannot be read back: {answer.wrong or 'more rows than an answer holds'}"
    return _lacking(alias, wanted, frozenset(str(row["SearchKey"]) for row in answer.rows), "shows queries")


def _lacking(alias: str, wanted: frozenset[str], there: frozenset[str], how: str) -> str:
    if there == wanted:
        return ""
    more = f" and {len(there - wanted)} others" if there - wanted else ""
    return f"the watchlist {alias} {how} {len(there & wanted)} of {len(wanted)} values{more}"


def _await(at: Place, look: Callable[[], str]) -> None:
    """Look until there is nothing to say. What asking again may cure is no answer, and a reason to look again."""
    ends = monotonic() + at.patience.minutes * 60
    while why := _looked(look):
        if monotonic() >= ends:
            told = f"{why}, {at.patience.minutes:g} minutes after it was written"
            raise Transient(told, advice="plan and apply again later: it goes on from there", retry_after=LATER)
        sleep(at.patience.poll)


def _looked(look: Callable[[], str]) -> str:
    try:
        return look()
    except Transient as error:
        return error.problem
