"""One query of a table as the engine drives it: whole, split or partial, and nothing taken for whole that was not looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from huntline.model.facts import Flood
from huntline.model.search import Order, Outcome, Page
from huntline.model.window import Window, halves
from huntline_sentinel.client import MOST_ROWS, Answer, Record
from huntline_sentinel.faults import TOO_LONG, TOO_MUCH, TimedOut, TooBig
from huntline_sentinel.rows import Shape, row_of, trimmed
from huntline_sentinel.texts import DAY, count_text, rows_text

SHORTEST = timedelta(hours=6)
"""A window as short as this that gets no answer is told as partial: else a store that never answers is halved for ever."""
Asked = Callable[[str, Window], Answer]


@dataclass(frozen=True, slots=True)
class Terms:
    """How a search is made. `oldest`: how far back the table can be asked now."""

    ask: Asked
    order: Order
    text: str
    shape: Shape
    oldest: Callable[[], datetime]

    @property
    def divisible(self) -> bool:
        narrowest = self.order.part.narrowest
        return narrowest is not None and halves(self.order.window, floor=narrowest) is not None


@dataclass(slots=True)
class TableSearch:
    """Fills `ports.Search`: one query, one page. Queries have no id to adopt, and end with their answer."""

    terms: Terms
    reference: ClassVar[str | None] = None

    def poll(self) -> None:
        return None

    def page(self, cursor: str | None) -> Page:  # noqa: ARG002 (there is but one)
        """Ask, and judge the answer before it is believed."""
        terms = self.terms
        try:
            answer = terms.ask(self._text(), terms.order.window)
        except TimedOut as error:
            return self._less("timeout", error.problem)
        except TooBig as error:
            return self._less("size", error.problem)
        if answer.codes & TOO_MUCH:
            return self._less("size", answer.wrong)
        if answer.codes & TOO_LONG:
            return self._less("timeout", answer.wrong)
        most = terms.order.rows if terms.divisible and terms.order.want == "rows" else MOST_ROWS - 1
        if len(answer.rows) > most:
            return self._less("capped", f"more than {most} records")
        return self._judged(answer)

    def _text(self) -> str:
        """Ask for one row more than wanted; where time divides no further, for all there are."""
        terms = self.terms
        order, view = terms.order, terms.shape.view
        if order.want == "count":
            return count_text(terms.text, view, order.window)
        return rows_text(terms.text, view, order.window, terms.shape.made, order.rows if terms.divisible else None)

    def _less(self, reason: str, words: str) -> Page:
        window = self.terms.order.window
        short = reason == "timeout" and window.end - window.start <= SHORTEST
        end = Outcome("partial" if short else "split", settled=False, reason=reason, words=words)
        return Page((), None, end)

    def _judged(self, answer: Answer) -> Page:
        terms = self.terms
        mine = [one for one in answer.rows if _inside(one, terms)]
        outcome = Outcome("whole", settled=True, reason="", words=_trimmed(mine), rows=len(mine))
        if answer.wrong:
            outcome = replace(outcome, end="partial", settled=False, reason="partial", words=answer.wrong)
        elif (oldest := terms.oldest()) > terms.order.window.start:
            words = f"what is older than {oldest:%Y-%m-%d %H:%M} was archived while it was searched"
            outcome = replace(outcome, end="partial", settled=False, reason="archived", words=words)
        if terms.order.want == "count":
            floods = counts(mine, terms.order.fused.queries[0])
            return Page((), None, replace(outcome, facts=floods, rows=sum(one.count for one in floods)))
        return Page(tuple(row_of(one, terms.shape) for one in mine), None, outcome)


def counts(records: Sequence[Record], query: str) -> tuple[Flood, ...]:
    """Return matches by day, of a query that was counted."""
    told = ((one[DAY].astimezone(UTC).date(), int(one["matches"])) for one in records if isinstance(one[DAY], datetime))
    return tuple(Flood(query, day, count) for day, count in sorted(told))


def _inside(record: Record, terms: Terms) -> bool:
    """Say whether a record is of the window: a timespan alone includes its end."""
    view, window = terms.shape.view, terms.order.window
    at = record.get(DAY if terms.order.want == "count" else view.time)
    return not view.bare or not isinstance(at, datetime) or at < window.end


def _trimmed(records: Sequence[Record]) -> str:
    cut = trimmed(records)
    return f"{cut} texts of matching events were cut at 32 KB by the service" if cut else ""
