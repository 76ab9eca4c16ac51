"""Whose data is hunted: one environment on one platform, owned by a customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """What a tenant's platform may be asked at most; None: as the platform's declaration says, and at any pace."""

    parallel: int | None = None  # searches at once
    per_minute: int | None = None  # calls


@dataclass(frozen=True, slots=True)
class Deploying:
    """How rules are rolled out to a tenant. Detections are named by id.

    `enabled` None: created switched off, and from then on the customer's to switch.
    """

    ring: str = ""
    rank: int = 0  # place of the ring among the file's rings, 0 the first to be written; without one, after them
    enabled: bool | None = None
    severity: Mapping[str, str] = field(default_factory=dict)  # detection -> Sigma level
    every: Mapping[str, timedelta] = field(default_factory=dict)  # detection -> how often its rules run
    hunting_only: frozenset[str] = frozenset()  # detections that are hunted, and not deployed as rules


@dataclass(frozen=True, slots=True)
class Tenant:
    """`settings` go to the platform as they are; secrets in them are references, never values.

    `file` and `lines` (dotted key within the tenant's entry -> 1-based line) say where they were written; "" and none
    for those of a command line. `filters` are absolute paths.
    """

    name: str
    customer: str
    platform: str
    settings: Mapping[str, object]
    file: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)
    limits: Limits = Limits()
    filters: tuple[str, ...] = ()
    expected_hosts: tuple[str, ...] = ()  # names of machines whose events should be there; each once, sorted
    deploying: Deploying = Deploying()

    def line(self, key: str) -> int:
        """Return the line of the longest part of a dotted key that stands in the file, 0 where none does."""
        steps = key.split(".")
        known = (".".join(steps[:end]) for end in range(len(steps), -1, -1))
        return next((self.lines[part] for part in known if part in self.lines), 0)
