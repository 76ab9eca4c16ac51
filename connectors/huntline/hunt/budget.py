"""What a run may pay for: searches that cost are admitted by their estimates, and watched while they run."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic

from huntline.model.search import Order, Part
from huntline.model.window import Window

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one tenant's hunt may pay in a run, and how long the run waits for what it has paid for."""

    most: float  # in the unit of the parts' costs
    wait: timedelta


def admitted(part: Part, allowance: Allowance | None) -> Part:
    """Return the part as the run may search it: what costs is not searchable where nothing may be paid."""
    if part.cost is None or part.state != "searchable" or allowance is not None:
        return part
    price = "at a price nobody knows" if part.cost.amount is None else f"for about {_told(part.cost.amount, part)}"
    return replace(part, state="not_searchable", words=f"{part.words}, {price}: this run may pay for nothing")


class Budget:
    """The allowance of one run, shared by its threads. Without an allowance nothing that costs is ever asked."""

    def __init__(self, allowance: Allowance | None, rates: Mapping[str, float]) -> None:
        """`rates`: what a day of a store has cost at most, from earlier searches."""
        self._allowance = allowance or Allowance(0, timedelta(0))
        self._until = monotonic() + self._allowance.wait.total_seconds()
        self._rates = dict(rates)
        self._taken: dict[str, float] = {}  # ticket -> what it has cost, or is likely to
        self._turn = threading.Lock()

    @property
    def patient(self) -> bool:
        """Say whether this run goes on waiting for what it has paid for."""
        return monotonic() < self._until

    def refusal(self, order: Order) -> str:
        """Set aside what a search is likely to cost; return the reason where that is more than is left, else ""."""
        if order.part.cost is None:
            return ""
        with self._turn:
            left = self._allowance.most - sum(self._taken.values())
            likely = self._estimate(order.part, order.window)
            if left <= 0 or (likely or 0) > left:
                price = "at a price nobody knows" if likely is None else f"for about {_told(likely, order.part)}"
                return f"{order.part.words}, {price}; {_told(max(left, 0), order.part)} of the budget are left"
            self._taken[order.ticket] = likely or 0
            return ""

    def excess(self, order: Order, spent: float) -> str:
        """Take in what a search has cost so far; return the reason to stop it where the budget is passed, else ""."""
        with self._turn:
            self._taken[order.ticket] = max(spent, self._taken.get(order.ticket, 0))
            others = sum(amount for ticket, amount in self._taken.items() if ticket != order.ticket)
            if others + spent <= self._allowance.most:
                return ""
            unit, most = order.part.cost.unit if order.part.cost else "", self._allowance.most
            return f"stopped after {spent:.4g} {unit}: the budget is {most:.4g} {unit}, others have taken {others:.4g}"

    def settle(self, order: Order, spent: float) -> None:
        """Take in what a search has cost in the end."""
        with self._turn:
            self._taken[order.ticket] = spent
            rate = spent / ((order.window.end - order.window.start) / DAY)
            self._rates[order.part.store] = max(rate, self._rates.get(order.part.store, 0))

    def _estimate(self, part: Part, window: Window) -> float | None:
        """Go by what earlier searches of the store have cost, and by what the platform says, whichever is more."""
        days, whole = (window.end - window.start) / DAY, (part.window.end - part.window.start) / DAY
        told = part.cost.amount if part.cost else None
        known = [self._rates[part.store] * days] if part.store in self._rates else []
        known += [] if told is None else [told * days / whole]
        return max(known, default=None)


def _told(amount: float, part: Part) -> str:
    return f"{amount:.4g} {part.cost.unit}" if part.cost else ""
