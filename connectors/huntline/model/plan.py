"""What is to be changed on a platform so that it holds what a pack wants: read by people, and applied as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from huntline.model.artifact import Artifact
from huntline.model.pack import Json

Action: TypeAlias = Literal[
    "create",
    "update",
    "adopt",  # ours from now on: it lay at our id without our mark, and somebody asked for it
    "disable",
    "retire",  # switched off and marked for good: no longer wanted
    "unchanged",
    "held",  # ours, but nothing is written before somebody decides
    "blocked",  # a filter of the tenant cannot be used: never deployed unfiltered
    "not_applicable",
]
WRITING: frozenset[Action] = frozenset({"create", "update", "adopt", "disable", "retire"})

Owner: TypeAlias = Literal[
    "ours",  # there it is as we left it; we want it otherwise now
    "theirs",  # somebody changed it there
    "both",
    "given",  # theirs, because it was chosen to be
    "unknown",  # nothing tells what we left there
]
Allowance: TypeAlias = Literal["removals", "disables", "takeovers"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field by its dotted path. `kept`: what stands there stays, because it is not ours to change unasked."""

    path: str
    now: Json
    wanted: Json
    owner: Owner
    kept: bool


@dataclass(frozen=True, slots=True)
class Expected:
    """Events of the last whole days that the rule matches: more than its alerts where these are grouped or limited.

    `words`: why that is not all, "" where everything was counted.
    """

    last_7_days: int
    last_30_days: int
    words: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One object. `artifact`: what is wanted there, None where nothing is. `seen`: the revision the plan was made over."""

    action: Action
    key: str
    kind: str
    remote_id: str
    name: str
    reason: str = ""
    artifact: Artifact | None = None
    on: bool = False  # once it is applied
    instead: Mapping[str, Json] = field(default_factory=dict)  # values that stay as they are there
    differences: tuple[Difference, ...] = ()
    seen: str = ""  # "": nothing was there
    expected: Expected | None = None

    @property
    def writes(self) -> bool:
        return self.action in WRITING

    @property
    def allowances(self) -> tuple[Allowance, ...]:
        """What must be allowed by name before this is written, all of it."""
        if not self.writes:
            return ()
        takes = any(one.owner != "ours" and not one.kept for one in self.differences)
        needed: tuple[tuple[Allowance, bool], ...] = (
            ("removals", self.action == "retire"),
            ("disables", self.action == "disable"),
            ("takeovers", self.action == "adopt" or takes),
        )
        return tuple(word for word, needs in needed if needs)


@dataclass(frozen=True, slots=True)
class TenantPlan:
    """`place` is the Deployer's own: a plan is applied nowhere else. `changes` by kind needed first, then by key."""

    tenant: str
    customer: str
    platform: str
    place: str
    ring: str
    pack: str  # id
    pack_hash: str
    changes: tuple[Change, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """`tenants` in the order of their rings, then by name. `lost`: names of those that could not be looked at."""

    made: datetime  # aware UTC
    tenants: tuple[TenantPlan, ...]
    lost: tuple[str, ...] = ()
