"""A predicate as the condition tree that pySigma's backends write queries from."""

from __future__ import annotations

from typing import TypeAlias

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)

from huntline.model.predicate import Every, Never, Predicate, Some, Test
from huntline.translate.items import values_of

Tree: TypeAlias = (
    ConditionAND | ConditionOR | ConditionNOT | ConditionFieldEqualsValueExpression | ConditionValueExpression
)


def condition_of(predicate: Predicate) -> Tree:
    """Return the tree; the values of a test are alternatives. A predicate that is simply true or false has none."""
    match predicate:
        case Test(""):
            return _any([ConditionValueExpression(value) for value in values_of(predicate)])
        case Test(field):
            return _any([ConditionFieldEqualsValueExpression(field, value) for value in values_of(predicate)])
        case Never(of):
            return ConditionNOT([condition_of(of)])
        case Every(of) if of:
            return ConditionAND([condition_of(part) for part in of])
        case Some(of) if of:
            return ConditionOR([condition_of(part) for part in of])
    raise ValueError(f"{predicate!r} is no condition")


def _any(parts: list[ConditionFieldEqualsValueExpression] | list[ConditionValueExpression]) -> Tree:
    return parts[0] if len(parts) == 1 else ConditionOR([*parts])
