"""What is being done to a watchlist: its items uploaded, or all of it deleted; by the clock or by looks at it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

Row = Mapping[str, str]
STATES: Final = ("New", "InProgress", "Uploading")  # in this order, a third of the time each (lab)
HALFWAY: Final = 2 / 3  # of an upload: from here on the first half of the items is there (lab)


@dataclass(slots=True)
class Work:
    """One piece of work: it takes `seconds`, or as many `needed` looks, and the rest of its items so many `later`.

    `now` and `by` are the moment and the person of the request. One that `fails` leaves the first half of its items.
    """

    by: str
    now: datetime
    rows: Sequence[Row] = ()
    seconds: float = 0.0
    needed: int | None = None
    later: float = 0.0
    later_looks: int = 0
    fails: bool = False
    deletes: bool = False
    looks: int = 0
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    _began: float = field(default_factory=time.monotonic)
    _given: int = 0

    @property
    def busy(self) -> bool:
        """Tell whether it goes on."""
        return self._reached(1.0) is None

    @property
    def state(self) -> str:
        """Return the provisioning state it gives its watchlist."""
        if not self.busy:
            return "Failed" if self.fails else "Succeeded"
        return "Deleting" if self.deletes else STATES[int(self._progress() * len(STATES))]

    @property
    def uploaded(self) -> str:
        """Return the upload's own state: New, InProgress or Complete (docs)."""
        return {"New": "New", "InProgress": "InProgress", "Uploading": "InProgress"}.get(self.state, "Complete")

    def ended(self) -> float | None:
        """Return when it ended, by the clock that only goes forward; None while it goes on."""
        return self._reached(1.0)

    def due(self) -> Iterator[tuple[float, Sequence[Row]]]:
        """Yield the rows that have arrived since they were last asked for, and when they did."""
        half = len(self.rows) // 2
        for share, end in ((HALFWAY, half), (None, half if self.fails else len(self.rows))):
            at = self._reached(share)
            if at is not None and (arrived := self._given_until(end)):
                yield at, arrived

    def rest(self) -> Sequence[Row]:
        """Return the rows that were still to come."""
        return () if self.fails else self._given_until(len(self.rows))

    def _given_until(self, end: int) -> Sequence[Row]:
        arrived, self._given = self.rows[self._given : end], max(end, self._given)
        return arrived

    def _progress(self) -> float:
        """Return how much of it is done, 0 to 1."""
        if self.needed is not None:
            return min(1.0, self.looks / self.needed) if self.needed else 1.0
        return min(1.0, (time.monotonic() - self._began) / self.seconds) if self.seconds else 1.0

    def _reached(self, share: float | None) -> float | None:
        """Return when a share of it was done, None for what is not yet; the share None is the end and what comes later."""
        now = time.monotonic()
        if self.needed is not None:
            asked = self.needed + self.later_looks if share is None else self.needed * share
            return now if self.looks >= asked else None
        at = self._began + (self.seconds + self.later if share is None else self.seconds * share)
        return at if now >= at else None
