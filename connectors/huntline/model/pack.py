"""A pack as the engine sees it: detections with their predicates, stages in order of gravity, hunting windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from huntline.model.chain import NO_CHAIN, Chain
from huntline.model.predicate import Predicate
from huntline.model.window import Window

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True, slots=True)
class LogSource:
    """A Sigma log source; "" is "not given". Written `product/category/service`, `*` for what is not given."""

    product: str = ""
    category: str = ""
    service: str = ""

    def __str__(self) -> str:
        return "/".join(part or "*" for part in (self.product, self.category, self.service))


@dataclass(frozen=True, slots=True)
class Branch:
    """One positive alternative of a rule, by the names of its Sigma selections, and the fields it rests on.

    A detection can only find through a branch whose every field is filled in the data.
    """

    name: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Detection:
    """One Sigma rule of a pack, lowered once. `rule` is the parsed YAML document, lists expanded nowhere."""

    id: str  # the rule's UUID; its file stem where it has none
    title: str
    description: str
    level: str
    status: str
    stage: str  # id of a Stage of the pack
    tags: tuple[str, ...]
    references: tuple[str, ...]
    falsepositives: tuple[str, ...]
    logsource: LogSource
    predicate: Predicate  # in Sigma field names, lists expanded
    branches: tuple[Branch, ...]
    rule: Mapping[str, Json]
    file: str  # relative to the pack, with "/"
    line: int


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of an intrusion. `rank` rises with gravity; `answer` is the plain sentence a report opens with."""

    id: str
    title: str
    rank: int
    answer: str
    windows: tuple[Window, ...]  # when to look first; never narrows a hunt. Empty: no opinion


@dataclass(frozen=True, slots=True)
class Milestone:
    """A moment that splits a storyline's reading, with what a hit after it may mean."""

    at: datetime  # aware UTC
    note: str


@dataclass(frozen=True, slots=True)
class Pack:
    id: str
    title: str
    description: str
    stages: tuple[Stage, ...]  # by rank, lowest first
    milestones: tuple[Milestone, ...]
    detections: tuple[Detection, ...]  # by file
    hash: str  # of all that changes what is hunted or said
    chain: Chain = NO_CHAIN  # how the hits of one host are read together


@dataclass(frozen=True, slots=True)
class Remark:
    """What lint has to say of one place: severity "error" leaves that rule out, "warning" does not."""

    severity: str
    file: str
    line: int  # 1-based; 0: the file as a whole
    key: str
    problem: str
    advice: str
