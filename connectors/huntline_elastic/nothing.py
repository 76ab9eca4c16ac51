"""The search for what no event can be: none of its fields is mapped, so there is nothing to send."""

from __future__ import annotations

from dataclasses import dataclass

from huntline.model.search import Outcome, Page, Waiting


@dataclass(frozen=True, slots=True)
class NothingToAsk:
    """Fills `ports.Search`: whole and empty. That the fields are never filled is what coverage says, so it is blind."""

    hidden: str  # why there may be indices that map them after all; "" where there are none
    reference: str | None = None

    def poll(self) -> Waiting | None:
        return None

    def page(self, cursor: str | None) -> Page:  # noqa: ARG002 (there is one page)
        if self.hidden:
            return Page((), None, Outcome("partial", settled=False, reason="hidden", words=self.hidden))
        return Page((), None, Outcome("whole", settled=True, reason="", words=""))
