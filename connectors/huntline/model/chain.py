"""How a pack reads the hits of one host together: grades of what ran, delays between steps, moments that split them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Pick:
    """Which detections a join goes by. Empty products or categories: any; "*" in them: those that name none."""

    what: str  # in words, singular: "an affected build"
    stages: tuple[str, ...]
    products: tuple[str, ...]
    categories: tuple[str, ...]
    level: str  # the lowest Sigma level that counts


@dataclass(frozen=True, slots=True)
class Join:
    """On one host, the first of `follow` comes `[least, most]` (both inclusive) after the first of `start`.

    The other texts are sentences on what it means where it does not, or where one of the two is missing.
    """

    id: str
    title: str
    start: Pick
    follow: Pick
    least: timedelta
    most: timedelta
    within: str
    sooner: str
    later: str
    no_follow: str
    no_start: str


@dataclass(frozen=True, slots=True)
class Split:
    """A milestone that gives hits of some stages another meaning from `at` on; both texts are sentences."""

    at: datetime  # aware UTC, that of a milestone of the pack
    stages: tuple[str, ...]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Grade:
    """What the stages of one host come to. `expects`: grades of which at least one usually shows on the host as well."""

    id: str
    title: str
    stages: tuple[str, ...]
    expects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    grades: tuple[Grade, ...] = ()  # lowest first; each stage of the pack in one of them, or no grade at all
    joins: tuple[Join, ...] = ()
    splits: tuple[Split, ...] = ()


NO_CHAIN = Chain()
