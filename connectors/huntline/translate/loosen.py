"""Make a predicate one that a language can say: by more where the rule asks, by less where it takes away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from huntline.model.predicate import Every, Never, Predicate, Some, Test
from huntline.translate.lost import Lost
from huntline.translate.rewrite import FALSE, TRUE, every, negated, some


@dataclass(frozen=True, slots=True)
class Short:
    """What a language cannot say of a test: code and construct of a refusal, and what it says that holds at least as often."""

    code: str
    construct: str
    instead: Predicate = TRUE


Fit: TypeAlias = Callable[[Test], Short | None]
"""None: the language says the test exactly."""


def shortcomings(predicate: Predicate, fit: Fit) -> tuple[Short, ...]:
    """Return why the predicate cannot be said exactly, in its order; empty where it can."""
    match predicate:
        case Test():
            short = fit(predicate)
            return (short,) if short else ()
        case Never(of):
            return shortcomings(of, fit)
        case Every(of) | Some(of):
            return tuple(short for part in of for short in shortcomings(part, fit))


def expect_exact(predicate: Predicate, fit: Fit) -> None:
    """Raise Lost with the first reason why the predicate cannot be said exactly."""
    for short in shortcomings(predicate, fit):
        raise Lost(short.code, short.construct)


def loosened(predicate: Predicate, fit: Fit) -> Predicate:
    """Return a predicate the language can say that holds wherever this one does."""
    return _said(predicate, fit, loose=True)


def _said(predicate: Predicate, fit: Fit, *, loose: bool) -> Predicate:
    """`loose` False, inside a negation: hold nowhere that the predicate does not."""
    match predicate:
        case Test():
            short = fit(predicate)
            if short is None:
                return predicate
            return short.instead if loose else FALSE
        case Never(of):
            return negated(_said(of, fit, loose=not loose))
        case Every(of):
            return every(*(_said(part, fit, loose=loose) for part in of))
        case Some(of):
            return some(*(_said(part, fit, loose=loose) for part in of))
