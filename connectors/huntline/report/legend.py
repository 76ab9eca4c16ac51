"""What each verdict is called, drawn as and means, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from huntline.model.case import Verdict


@dataclass(frozen=True, slots=True)
class Sign:
    """`mark` stands in the coverage picture, so that colour never speaks alone."""

    title: str
    mark: str
    meaning: str


ORDER: Mapping[Verdict, int] = {verdict: place for place, verdict in enumerate(get_args(Verdict))}
"""Worst first: the order in which one verdict hides the others."""

SIGNS: Mapping[Verdict, Sign] = {
    "hits": Sign("hits", "H", "At least one event matched."),
    "error": Sign("error", "E", "The search failed. Nothing is known of this time."),
    "denied": Sign("denied", "D", "The permissions given did not suffice to read the data."),
    "partial": Sign("partial", "P", "Some of the data could not be searched: lines, rows, files or time are missing."),
    "not_searchable": Sign("not searchable", "S", "The data is stored, but not in a way that could be searched."),
    "blind": Sign("blind", "B", "Events are there, but a field the detection rests on was not seen filled in them."),
    "no_data": Sign("no data", "N", "Nothing of the kind the detection reads is stored. It may have happened unseen."),
    "waiting": Sign("waiting", "W", "Too young to be complete, or a search that has not ended. Hunt again later."),
    "not_run": Sign("not run", "R", "Not searched yet, or nothing is on record."),
    "clean": Sign(
        "clean",
        "✓",
        "The data was there, the needed fields were filled, all of it was searched and nothing matched. "
        "The only verdict that says absence.",
    ),
}
