"""A population in Kibana's query language, as far as that says exactly what is meant."""

from __future__ import annotations

from collections.abc import Callable

from huntline.model.predicate import Every, Predicate, Test

Kind = Callable[[str], str | None]  # a field's type
EXACT = ("keyword", "constant_keyword")


def kuery(predicate: Predicate, kind: Kind) -> str | None:
    """Return the query; None where KQL would say something else.

    Keywords are compared whole and by case: a population's words are those that the shipper writes.
    """
    match predicate:
        case Test(field, "is", values) if kind(field) in EXACT and values:
            any_of = " or ".join(map(text, values))
            return f"{field} : {any_of if len(values) == 1 else f'({any_of})'}"
        case Every((_, *_) as parts):
            all_of = [kuery(part, kind) for part in parts]
            return None if None in all_of else " and ".join(filter(None, all_of))
    return None


def text(value: str) -> str:
    """Write a text in double quotes, in which nothing but the quote and the backslash has a meaning."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
