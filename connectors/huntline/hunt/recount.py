"""What went away while it was searched: a hunt's days are counted once more, since a search is silent about what has gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from huntline.crew import Piece
from huntline.errors import Terminal, Transient, Unauthenticated
from huntline.hunt.means import Means
from huntline.hunt.search import Step
from huntline.ledger.arrivals import reopen
from huntline.ledger.facts import days_of
from huntline.ledger.orders import Gap, save_gaps, windows_of
from huntline.model.facts import Day, Fact
from huntline.model.pack import LogSource
from huntline.model.search import Part
from huntline.model.window import Window, day_window, meet, merged, whole_days
from huntline.remote import patient

WENT = "some of what was counted before the search went away until it was counted again"


def recount(part: Part, beside: Sequence[Window], means: Means, at: Step) -> Piece:
    """Open the days of this hunt's searches again that hold less than before them, and leave a gap; by the next hunt they
    are counted anew.

    What an earlier run of the hunt searched is counted again, too: it may have been killed before. `beside`: of other parts of
    the store; a day they share was counted by halves, so that it tells nothing. Raises Unauthenticated.
    """
    with at.ledger.read() as connection:
        hunted = windows_of(connection, means.tenant.name, part=part.store, hunt=at.hunt)
        before = days_of(connection, means.tenant.name).get(part.store, ())
    for window in merged(whole_days(one, within=part.window) for one in hunted if meet(one, part.window)):
        for scope in (scope for scope in means.scopes if scope.name in part.scopes):
            known = {(d.logsource, d.day): d.events for d in before if d.scope == scope.name and d.day}
            try:
                facts = patient(at.patience, at.hunter.coverage, scope, part, window, ())
            except Unauthenticated:
                raise
            except (Terminal, Transient) as error:
                _doubt(part, [window], f"what is stored could not be counted again: {error.problem}", means, at)
                continue
            if facts is not None:
                fewer = (day for day in _fewer(known, facts, window) if not any(meet(day, one) for one in beside))
                _doubt(part, merged(fewer), WENT, means, at)
    yield from ()


def _fewer(known: Mapping[tuple[LogSource, date], int], facts: Sequence[Fact], window: Window) -> Iterator[Window]:
    now = {(fact.logsource, fact.day): fact.events for fact in facts if isinstance(fact, Day) and fact.day}
    counted = {logsource for logsource, _ in now}
    for (logsource, day), events in known.items():
        if now.get((logsource, day), 0) < events and (logsource in counted or not counted):
            whole = day_window(day)
            if meet(whole, window):
                yield whole


def _doubt(part: Part, windows: Sequence[Window], words: str, means: Means, at: Step) -> None:
    if not windows:
        return
    mine = [query.hash for query in means.queries if query.scope in part.scopes]
    gaps = [Gap(query, window, "partial", "recount", words) for query in mine for window in windows]
    with at.ledger.write() as connection:
        reopen(connection, means.tenant.name, part.store, windows)
        save_gaps(connection, means.tenant.name, part=part.store, gaps=gaps)
