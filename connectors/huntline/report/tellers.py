"""Which tenants told of it: what two of them saw has two witnesses, unless an event was exported and is still in the SIEM."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from huntline.model.case import Hit
from huntline.report.plain import clipped, counted_words
from huntline.report.subject import Subject

_NAMED = 12


@dataclass(frozen=True, slots=True)
class Teller:
    tenant: str
    hits: int


def tellers(hits: Iterable[Hit]) -> tuple[Teller, ...]:
    """Return every tenant with a hit among these, by name."""
    return tuple(Teller(tenant, count) for tenant, count in sorted(Counter(hit.tenant for hit in hits).items()))


def teller_words(subject: Subject, told: Sequence[Teller]) -> str:
    """Name tenants with their platforms, and how many hits each told where there are several."""
    shown = ", ".join(_words(subject, one, alone=len(told) == 1) for one in told[:_NAMED])
    return f"{shown} and {len(told) - _NAMED:,} more" if len(told) > _NAMED else shown


def _words(subject: Subject, one: Teller, *, alone: bool) -> str:
    platform = subject.case.platforms.get(one.tenant, "")
    told = ", ".join(word for word in (platform, "" if alone else counted_words(one.hits, "hit")) if word)
    name = clipped(one.tenant, 60)[0]
    return f"{name} ({told})" if told else name
