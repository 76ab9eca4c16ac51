"""Make the mutants of a Sigma rule: the rule with one thing in it wrong, each under a name that says which."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from huntline.detections.condition import Both, Condition, Either, Name, Not, read_condition
from huntline.detections.indicators import Indicator

Edits: TypeAlias = Iterator[tuple[str, Any]]
"""What was done, and the part of the rule after it."""

CLASSES = ("kind", "platform", "stage", "role", "confidence", "advice")
PLACES = {
    "exact": ("contains", "startswith", "endswith"),
    "startswith": ("contains", "exact"),
    "endswith": ("contains", "exact"),
    "contains": ("startswith", "endswith", "exact"),
}
"""Where in a field a value may stand, and where a slip may put it instead."""

SEPARATORS = tuple('\\/.:" ')
NOTHING = "NoSuchField"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A `detection` that is not the rule's, or the rule's own over lists that are not the pack's."""

    name: str
    detection: Mapping[str, Any]
    lists: Mapping[str, tuple[str, ...]]


def mutants(
    detection: Mapping[str, Any], lists: Mapping[str, Sequence[Indicator]], fields: Collection[str]
) -> Iterator[Mutant]:
    """Yield every mutant of a `detection` with one condition.

    `lists`: those of its pack. `fields`: what its log source has, so that one may be taken for another.
    """
    values = {name: tuple(one.value for one in chosen) for name, chosen in lists.items()}
    names = tuple(name for name in detection if name != "condition")
    for what, tree in _conditions(read_condition(detection["condition"], names)):
        yield Mutant(f"condition: {what}", {**detection, "condition": _written(tree)}, values)
    for name in names:
        for what, selection in _selections(detection[name], sorted(fields)):
            yield Mutant(f"{name}: {what}", {**detection, name: selection}, values)
    for name, chosen in lists.items():
        if f"%{name}%" in repr(detection):
            for what, kept in _shorter(chosen):
                yield Mutant(f"%{name}%: {what}", detection, {**values, name: kept})


def _conditions(tree: Condition) -> Iterator[tuple[str, Condition]]:
    match tree:
        case Not(of):
            yield f"{_written(tree)} without its not", of
            for what, new in _conditions(of):
                yield what, Not(new)
        case Both(of):
            yield f"{_written(tree)} by or", Either(of)
            yield from _parts(of, Both)
        case Either(of):
            yield f"{_written(tree)} by and", Both(of)
            yield from _parts(of, Either)


def _parts(of: tuple[Condition, ...], kind: type[Both | Either]) -> Iterator[tuple[str, Condition]]:
    for at, part in enumerate(of):
        before, after = of[:at], of[at + 1 :]
        yield f"without {_written(part)}", kind((*before, *after))
        for what, new in _conditions(part):
            yield what, kind((*before, new, *after))


def _written(tree: Condition) -> str:
    match tree:
        case Name(name):
            return name
        case Not(of):
            return f"not {_written(of)}"
        case Both(of):
            return f"({' and '.join(map(_written, of))})"
        case Either(of):
            return f"({' or '.join(map(_written, of))})"


def _selections(definition: Any, fields: Sequence[str]) -> Edits:
    """A list is any of its entries: each may be missing, or wrong. A map is all of its items."""
    if isinstance(definition, dict):
        yield from _maps(definition, fields)
        return
    for at, entry in enumerate(definition):
        told = ", ".join(f"{key}: {value}" for key, value in entry.items())
        before, after = definition[:at], definition[at + 1 :]
        yield f"without [{told}]", [*before, *after]
        for what, new in _maps(entry, fields):
            yield f"[{told}] {what}", [*before, new, *after]


def _maps(definition: Mapping[str, Any], fields: Sequence[str]) -> Edits:
    if len(definition) > 1:
        yield "any of its items", [{key: value} for key, value in definition.items()]
        for lost in definition:
            yield f"without {lost}", {key: value for key, value in definition.items() if key != lost}
    for key, value in definition.items():
        rest = {name: old for name, old in definition.items() if name != key}
        for what, new_key, new_value in _items(key, value, fields):
            if new_key not in rest:  # else one item would hide the other
                yield f"{key} {what}", {**rest, new_key: new_value}


def _items(key: str, value: Any, fields: Sequence[str]) -> Iterator[tuple[str, str, Any]]:
    field, *modifiers = key.split("|")
    values = value if isinstance(value, list) else [value]
    if len(values) > 1:
        for at, one in enumerate(values):
            yield f"without {one}", key, [*values[:at], *values[at + 1 :]]
        if "all" in modifiers:
            yield "any of its values", _key(field, [name for name in modifiers if name != "all"]), value
        else:
            yield "all of its values", _key(field, [*modifiers, "all"]), value
    for other in (*fields, NOTHING):
        if other != field:
            yield f"of {other}", _key(other, modifiers), value
    if all(isinstance(one, str) for one in values):
        yield from _texts(field, modifiers, values)


def _key(field: str, modifiers: Sequence[str]) -> str:
    return "|".join((field, *modifiers))


def _texts(field: str, modifiers: Sequence[str], values: Sequence[str]) -> Iterator[tuple[str, str, Any]]:
    """Text may be looked for in another place, in its own case only, or without what ends it. Numbers are whole."""
    place = next((name for name in modifiers if name in PLACES), "exact")
    rest = [name for name in modifiers if name != place]
    for other in PLACES[place]:
        yield f"{place} -> {other}", _key(field, rest if other == "exact" else [other, *rest]), values
    if "cased" in modifiers:
        yield "without cased", _key(field, [name for name in modifiers if name != "cased"]), values
    elif any(letter.isalpha() for one in values for letter in one):
        yield "cased", _key(field, [*modifiers, "cased"]), values
    if place in ("contains", "endswith") and any(one.startswith(SEPARATORS) for one in values):
        shorter = [one[1:] if one.startswith(SEPARATORS) else one for one in values]
        yield "without what stands before", _key(field, modifiers), shorter
    if place in ("contains", "startswith") and any(one.endswith(SEPARATORS) for one in values):
        shorter = [one[:-1] if one.endswith(SEPARATORS) else one for one in values]
        yield "without what stands behind", _key(field, modifiers), shorter


def _shorter(chosen: Sequence[Indicator]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A list may be lost, or one class of its members. A single member is the list's business, not the rule's."""
    yield "empty", ()
    for name in CLASSES:
        told = sorted({getattr(one, name) for one in chosen})
        for lost in told if len(told) > 1 else ():
            yield f"without {name} {lost}", tuple(one.value for one in chosen if getattr(one, name) != lost)
