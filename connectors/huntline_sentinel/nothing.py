"""The search for what no record can be: the table has none of its columns, so there is nothing to send."""

from __future__ import annotations

from dataclasses import dataclass

from huntline.model.facts import Fact
from huntline.model.search import Outcome, Page


@dataclass(frozen=True, slots=True)
class NothingToAsk:
    """Fills `ports.Search`: whole and empty. That the fields are never filled is what coverage says, so it is blind."""

    facts: tuple[Fact, ...] = ()  # where coverage comes with the search
    reference: str | None = None

    def poll(self) -> None:
        return None

    def page(self, cursor: str | None) -> Page:  # noqa: ARG002 (there is one page)
        return Page((), None, Outcome("whole", settled=True, reason="", words="", facts=self.facts))
