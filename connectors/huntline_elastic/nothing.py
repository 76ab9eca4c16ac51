"""The search for what no event can be: none of its fields is mapped, so there is nothing to send."""

from __future__ import annotations

from dataclasses import dataclass

from huntline.model.search import Page, Waiting
from huntline_elastic.ending import Wrong, ended


@dataclass(frozen=True, slots=True)
class NothingToAsk:
    """Fills `ports.Search`: ended and empty. That the fields are never filled is what coverage says, so it is blind."""

    wrong: Wrong | None  # why there may be events that it can be, after all
    cluster: str  # the remote one that is said to hold nothing; "" for the one that is asked
    reference: str | None = None

    def poll(self) -> Waiting | None:
        return None

    def page(self, cursor: str | None) -> Page:  # noqa: ARG002 (there is one page)
        return Page((), None, ended(self.wrong, self.cluster))
