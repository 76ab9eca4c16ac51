"""How a row field is made from an event's own keys, and its values read from one event in Python."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Paths:
    """The first of these paths that holds a value; a dot goes into an object, or is part of a key."""

    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Join:
    """Named values as one text, as Sysmon writes hashes: `MD5=..,SHA256=..`."""

    of: tuple[tuple[str, Paths], ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """The values that are there ("" and "-" are not), one after another, with `by` between."""

    of: tuple[Paths, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Translated:
    """A value in another vocabulary; a word that is not listed stays."""

    of: Paths
    words: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class First:
    """The first of these that holds a value."""

    of: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class File:
    """A folder and a file's name as one path; the name is added only where the folder does not end with it."""

    folder: Paths
    name: Paths


@dataclass(frozen=True, slots=True)
class Inside:
    """A key of an object that is kept as JSON text."""

    of: Paths
    key: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One field or another, by the exact word at a path."""

    by: Paths
    of: tuple[tuple[str, Field], ...]
    otherwise: Field


Field: TypeAlias = Paths | Join | Chain | Translated | First | File | Inside | Choice


def paths_of(field: Field) -> Iterator[str]:
    """Yield every path the field is made from, as written."""
    match field:
        case Paths(of):
            yield from of
        case Join(of):
            for _, paths in of:
                yield from paths.of
        case Chain(of, _):
            for paths in of:
                yield from paths.of
        case Translated(of, _):
            yield from of.of
        case First(fields):
            for one in fields:
                yield from paths_of(one)
        case File(folder, name):
            yield from (*folder.of, *name.of)
        case Inside(of, _):
            yield from of.of
        case Choice(by, of, otherwise):
            yield from by.of
            for one in (*(field for _, field in of), otherwise):
                yield from paths_of(one)


def steps_of(path: str) -> tuple[tuple[str, ...], ...]:
    """Return the ways to walk a path: object by object, then as one key with dots in it."""
    return (tuple(path.split(".")), (path,)) if "." in path.strip(".") else ((path,),)


def loads(raw: str) -> Any:
    """Parse as the search does: the first of equal keys wins, a number too big for a float stays text."""
    return json.loads(raw, object_pairs_hook=_first_wins, parse_float=_number, strict=False)


def written(event: Any) -> str:
    """Write compact JSON."""
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False)


def read(field: Field, event: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: PLR0911 (one return for each kind)
    """Return the field's values in one event; absent and null are ()."""
    match field:
        case Paths(of):
            return _values(of, event)
        case Join(of):
            named = [f"{name}={value}" for name, paths in of for value in _values(paths.of, event)]
            return (",".join(named),) if named else ()
        case Chain(of, by):
            parts = [value for paths in of for value in _values(paths.of, event) if value not in ("", "-")]
            return (by.join(parts),) if parts else ()
        case Translated(of, words):
            known = dict(words)
            return tuple(known.get(value, value) for value in _values(of.of, event))
        case First(fields):
            return next((values for one in fields if (values := read(one, event))), ())
        case File(folder, name):
            return _file(_values(folder.of, event), _values(name.of, event))
        case Inside(of, key):
            return tuple(text for value in _values(of.of, event) for text in _inside(value, key))
        case Choice(by, of, otherwise):
            word = _values(by.of, event)
            return read(next((field for known, field in of if (known,) == word), otherwise), event)


def leaves(event: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every value of the event under its dotted path: what a keyword looks at."""
    stack: list[tuple[str, Mapping[str, Any]]] = [(prefix, event)]
    while stack:
        above, level = stack.pop()
        for key, value in level.items():
            if isinstance(value, dict):
                stack.append((f"{above}{key}.", value))
            elif texts := tuple(_texts(value)):
                yield f"{above}{key}", texts


def _first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    event = dict(pairs)
    if len(event) != len(pairs):
        event = dict(reversed(pairs))
    return event


def _number(text: str) -> float | str:
    value = float(text)
    return value if math.isfinite(value) else text


def _file(folders: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    if not folders or not names or not names[0]:
        return folders
    folder, name = folders[0], names[0]
    if folder.lower().endswith(name.lower()):
        return (folder,)
    slash = "\\" if "\\" in folder else "/"
    return (f"{folder}{'' if folder.endswith(slash) else slash}{name}",)


def _inside(text: str, key: str) -> tuple[str, ...]:
    try:
        found = loads(text)
    except (ValueError, RecursionError):
        return ()
    return tuple(_texts(found.get(key))) if isinstance(found, dict) else ()


def _values(paths: tuple[str, ...], event: Mapping[str, Any]) -> tuple[str, ...]:
    for path in paths:
        for steps in steps_of(path):
            found = _walk(event, steps)
            if found is not None:
                return tuple(_texts(found))
    return ()


def _walk(event: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        if not isinstance(event, dict):
            return None
        event = event.get(step)
    return event


def _texts(value: Any) -> Iterator[str]:
    match value:
        case None:
            return
        case str():
            yield value
        case bool():
            yield "true" if value else "false"
        case list():
            for one in value:
                yield from (
                    (json.dumps(one, separators=(",", ":"), ensure_ascii=False),)
                    if isinstance(one, list | dict)
                    else _texts(one)
                )
        case dict():
            yield json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        case _:
            yield str(value)
