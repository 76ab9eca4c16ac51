"""What all threads of one server share."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from lab.serve.exchange import App, Promise, Request
from lab.serve.faults import Script
from lab.serve.journal import Journal


@dataclass(frozen=True, slots=True)
class Site:
    """`numbers` counts requests from 1 (its next() is one step of the interpreter, so safe for threads)."""

    app: App
    faults: Script
    journal: Journal
    contract: Promise | None
    latency: Callable[[Request], float]
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    stopping: threading.Event = field(default_factory=threading.Event)

    def pause(self, seconds: float) -> None:
        """Wait, or less if the server stops."""
        if seconds > 0:
            self.stopping.wait(seconds)


class HasSite(Protocol):
    """A server, as its connections know it."""

    site: Site
