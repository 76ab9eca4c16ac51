"""A rule's query within the length that is allowed: as it reads best, more compact, or with its longest lists outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from huntline.model.predicate import Predicate, Test
from huntline.translate.rewrite import TRUE
from huntline.translate.translator import Bound
from huntline_sentinel.lists import Listed, defined, listable
from huntline_sentinel.literals import name
from huntline_sentinel.wording import condition, made, settled

ALIAS = "huntline-" + "0" * 32
"""What stands for an alias where only its length counts: all have the same."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A query from its table on; `lists` are defined in lines before it. Nothing of them is needed where there are none."""

    text: str
    lists: tuple[Listed, ...] = ()


def fitted(population: Predicate, predicate: Predicate, bound: Bound, longest: int) -> Fitted | None:
    """Return the first form that fits, lists included, with as few lists as will do; None where none does."""
    return next((one for one in _forms(population, predicate, bound) if _size(one) <= longest), None)


def written(
    population: Predicate,
    predicate: Predicate,
    bound: Bound,
    *,
    compact: bool,
    lists: Mapping[Test, Listed] | None = None,
) -> str:
    """Write a query whatever its length."""
    lines = [bound.native("table")]
    for part in (population, predicate):
        lines += [line for line in made(part, bound) if line not in lines]
        if part != TRUE:
            lines.append(f"| where {condition(part, bound, loose=False, compact=compact, lists=lists)}")
    return "\n".join(lines)


def _forms(population: Predicate, predicate: Predicate, bound: Bound) -> Iterator[Fitted]:
    for compact in (False, True):
        yield Fitted(written(population, predicate, bound, compact=compact))
    could = listable([settled(part, bound) for part in (population, predicate)], bound.type_of)
    worth = [(test, one) for test, one in could.items() if _saves(test, one)]
    for compact in (False, True):
        for count in range(1, len(worth) + 1):
            lists = dict(worth[:count])
            text = written(population, predicate, bound, compact=compact, lists=lists)
            yield Fitted(text, tuple(sorted(lists.values(), key=lambda one: one.variable)))


def _size(one: Fitted) -> int:
    return len(one.text) + len(defined(one.lists, dict.fromkeys((each.name for each in one.lists), ALIAS)))


def _saves(test: Test, one: Listed) -> bool:
    """Say whether a list takes less room than its values, each in quotes and after a comma."""
    asked = len(one.condition(name(test.field))) + len(defined([one], {one.name: ALIAS}))
    return asked < sum(len(value) + 4 for value in one.values)
