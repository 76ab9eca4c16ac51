"""The search whose end is known before it is sent: nothing is stored there, or nothing of it is in reach."""

from __future__ import annotations

from dataclasses import dataclass

from huntline.model.search import Outcome, Page, Waiting


@dataclass(frozen=True, slots=True)
class Settled:
    """Fills `ports.Search`: one page without rows."""

    outcome: Outcome
    reference: str | None = None

    def poll(self) -> Waiting | None:
        return None

    def page(self, cursor: str | None) -> Page:  # noqa: ARG002 (there is one page)
        return Page((), None, self.outcome)
