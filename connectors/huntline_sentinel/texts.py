"""The KQL a hunt sends: a fused search within a window, its count, and the table it is read from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from huntline.model.window import Window
from huntline.translate.translator import Bound
from huntline_sentinel.literals import name

ID, DAY, OWN_TIME = "HuntlineId", "HuntlineDay", "HuntlineOwnTime"


@dataclass(frozen=True, slots=True)
class View:
    """A table as it is read: its name, its times and its ids.

    `bare`: no filter of time may stand in a query of it. Where windows go by a time that is not stored, `clock` are the
    lines that compute it, and `first` those that come before the search.
    """

    table: str
    time: str
    id: str
    bare: bool = False
    first: tuple[str, ...] = ()
    clock: tuple[str, ...] = ()


def stored(bound: Bound, *, bare: bool = False) -> View:
    return View(bound.native("table"), bound.source.time, "_ItemId", bare)


def restamped(bound: Bound, since: datetime) -> View:
    """Return a table as it is read by its events' own clock: of those that are stamped at or after `since`."""
    own = bound.source.happened
    first = (f"| where {bound.source.time} >= {moment(since)}",)
    clock = (*extended(bound, [own]), f"| extend {OWN_TIME} = todatetime({name(own)})")
    return View(bound.native("table"), OWN_TIME, "_ItemId", first=first, clock=clock)


def result(table: str) -> View:
    """Return the table that a search job makes: its own times are those of the run (Microsoft Learn, "Run search jobs")."""
    return View(table, "_OriginalTimeGenerated", "_OriginalItemId")


def rows_text(fused: str, view: View, window: Window, made: Iterable[str], most: int | None) -> str:
    """Return the search for rows with their ids; one more than `most` tells that there are more, None asks for all."""
    take = [] if most is None else [f"| take {most + 1}"]
    return _joined(
        [*_searched(fused, view, window), *_missing(fused, made), f"| extend {ID} = tostring({view.id})", *take]
    )


def page_text(fused: str, view: View, window: Window, made: Iterable[str], most: int) -> str:
    """Return the search for the first rows by time, one more than `most`."""
    take = [f"| sort by {view.time} asc", f"| take {most + 1}"]
    return _joined(
        [*_searched(fused, view, window), *_missing(fused, made), f"| extend {ID} = tostring({view.id})", *take]
    )


def count_text(fused: str, view: View, window: Window) -> str:
    """Return the search for the number of matches by UTC day."""
    return _joined([*_searched(fused, view, window), f"| summarize matches = count() by {DAY} = bin({view.time}, 1d)"])


def within(view: View, window: Window) -> list[str]:
    """Return the half-open window as a filter; `timespan` would be inclusive at both ends."""
    if view.bare:
        return []
    return [f"| where {view.time} >= {moment(window.start)} and {view.time} < {moment(window.end)}"]


def moment(when: datetime) -> str:
    return f"datetime({when:%Y-%m-%dT%H:%M:%S.%f}Z)"


def extended(bound: Bound, fields: Iterable[str]) -> list[str]:
    """Return the lines that compute what is not stored, each field once."""
    made = ((field, bound.store.expression_of(field)) for field in dict.fromkeys(fields))
    return [f"| extend {name(field)} = {how}" for field, how in made if how]


def condition_of(fused: str) -> tuple[list[str], str]:
    """Take a search apart: the lines before its condition, and the condition.

    >>> condition_of('Event\\n| where EventID == 1')
    (['Event'], 'EventID == 1')
    """
    *before, last = fused.split("\n")
    return before, last.removeprefix("| where ")


def narrowed(view: View, window: Window, lines: Sequence[str]) -> list[str]:
    """Return lines over the window of a view: time first where it is stored, else last, when it is computed for few."""
    if not view.clock:
        return [view.table, *within(view, window), *lines]
    return [view.table, *view.first, *lines, *(line for line in view.clock if line not in lines), *within(view, window)]


def _searched(fused: str, view: View, window: Window) -> list[str]:
    _, *rest = fused.split("\n")
    return narrowed(view, window, rest)


def _missing(fused: str, made: Iterable[str]) -> list[str]:
    known = set(fused.split("\n"))
    return [line for line in made if line not in known]


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines)
