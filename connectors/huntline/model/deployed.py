"""What a platform holds: an object at an id of ours or with a mark of ours, or one that only looks like it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from huntline.model.mark import Mark
from huntline.model.pack import Json

State: TypeAlias = Literal["on", "off", "off_by_platform"]


@dataclass(frozen=True, slots=True)
class Deployed:
    """`managed` are the fields we would write, without mark and state; `whole` is all of it, as the platform gave it.

    `revision` is another after every change by anybody. `home`: it lies at the id made from its mark's key; a mark
    elsewhere is a copy. `words`: the platform's own, why it switched the object off or why its runs fail.
    What a platform wrote over when it switched the object off is not among `managed`: it is nobody's edit.
    """

    kind: str
    remote_id: str
    name: str
    mark: Mark | None
    home: bool
    managed: Mapping[str, Json]
    whole: Mapping[str, Json]
    revision: str
    state: State
    changed_by: str = ""
    changed_at: datetime | None = None  # aware UTC
    words: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What a write left there, read from the platform's answer. `request`: its own id of the request, "" without one."""

    after: Deployed
    request: str = ""
