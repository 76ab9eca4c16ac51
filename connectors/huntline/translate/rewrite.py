"""Build predicates, always in their simplest form, and rewrite them test by test."""

from __future__ import annotations

from collections.abc import Callable

from huntline.model.predicate import Every, Never, Predicate, Some, Test

TRUE: Predicate = Every(())
FALSE: Predicate = Some(())


def rewrite(predicate: Predicate, change: Callable[[Test], Predicate]) -> Predicate:
    """Put for every test what `change` makes of it, simplified."""
    match predicate:
        case Test():
            return change(predicate)
        case Never(of):
            return negated(rewrite(of, change))
        case Every(of):
            return every(*(rewrite(part, change) for part in of))
        case Some(of):
            return some(*(rewrite(part, change) for part in of))


def every(*parts: Predicate) -> Predicate:
    """Join by and, flat, without what always holds."""
    return _joined(Every, Some, parts)


def some(*parts: Predicate) -> Predicate:
    """Join by or, flat, without what never holds."""
    return _joined(Some, Every, parts)


def negated(predicate: Predicate) -> Predicate:
    match predicate:
        case Never(of):
            return of
        case Every(()):
            return FALSE
        case Some(()):
            return TRUE
        case _:
            return Never(predicate)


def _joined(kind: type[Every | Some], other: type[Every | Some], parts: tuple[Predicate, ...]) -> Predicate:
    flat: dict[Predicate, None] = {}
    for part in parts:
        if part == other(()):  # decides alone
            return part
        flat |= dict.fromkeys(part.of if isinstance(part, kind) else (part,))
    return next(iter(flat)) if len(flat) == 1 else kind(tuple(flat))
