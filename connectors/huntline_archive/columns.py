"""Where a path of an event is found in SQL: one struct of all wanted keys over a JSON line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from huntline_archive import sql
from huntline_archive.fields import (
    Chain,
    Choice,
    Field,
    File,
    First,
    Inside,
    Join,
    Paths,
    Translated,
    paths_of,
    steps_of,
)

Locate: TypeAlias = Callable[[tuple[str, ...]], str | None]
"""From the steps of a path to the text found there; None: the data cannot hold it."""


@dataclass(slots=True)
class _Node:
    wanted: bool = False
    below: dict[str, _Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LineColumns:
    """`spec` is the structure for from_json; `locate` finds a path in its result, named `s`, beside the line, named `raw`."""

    spec: str
    locate: Locate


def line_columns(paths: Iterable[str]) -> LineColumns:
    """Plan one from_json for all paths. Keys that differ only by case cannot share a struct: the later is read from the line."""
    root = _Node()
    places: dict[tuple[str, ...], str] = {}
    walks = sorted({steps for path in paths for steps in steps_of(path)})
    stray = [steps for steps in walks if not _planted(root, steps)]
    for steps in walks:
        places[steps] = _pointer("raw", steps) if steps in stray else _place(root, steps)
    return LineColumns(json.dumps(_spec(root), ensure_ascii=False), places.get)


def text_of(wanted: Field, locate: Locate) -> str:  # noqa: PLR0911 (one return for each kind)
    """Write a row field's value as text; NULL where it is absent."""
    match wanted:
        case Paths(of):
            return _first(_found(of, locate))
        case Join(of):
            return _glued(",", [f"({sql.text(f'{name}=')} || {_first(_found(p.of, locate))})" for name, p in of])
        case Chain(of, by):
            return _glued(by, [_said(_first(_found(p.of, locate))) for p in of])
        case Translated(of, words):
            value = _first(_found(of.of, locate))
            return sql.case(*((sql.text(ours), sql.text(theirs)) for ours, theirs in words), of=value, otherwise=value)
        case First(fields):
            return _first([text_of(one, locate) for one in fields])
        case File(folder, name):
            return _file(_first(_found(folder.of, locate)), _first(_found(name.of, locate)))
        case Inside(of, key):
            value = _first(_found(of.of, locate))
            return sql.case((sql.call("json_valid", value), _pointer(value, (key,))), otherwise=sql.NULL)
        case Choice(by, of, otherwise):
            whens = [(sql.text(word), text_of(one, locate)) for word, one in of]
            return sql.case(*whens, of=_first(_found(by.of, locate)), otherwise=text_of(otherwise, locate))


def odd_of(wanted: Field, locate: Locate) -> str:
    """Test whether a value the field is made from is a list or an object, which only Python takes apart.

    Where a file's name is compared with its folder, so is text beyond ASCII: tables of letter case differ.
    """
    found = [x for path in paths_of(wanted) for x in _found((path,), locate)]
    match wanted:
        case Inside():
            found = [text_of(wanted, locate)]
        case File() | Choice():
            return sql.some((*map(_odd, found), *map(_wide, found)))
    return sql.some(map(_odd, found))


def _found(paths: tuple[str, ...], locate: Locate) -> list[str]:
    places = (locate(steps) for path in paths for steps in steps_of(path))
    return [place for place in places if place is not None]


def _odd(value: str) -> str:
    """Look at the first character: [ is 91, { is 123; NULL falls through to false."""
    first = sql.call("ascii", value)
    listed = sql.some((f"({first} = 91)", sql.call("json_valid", value)))
    return sql.case((f"({first} IN (91, 123))", listed), otherwise=sql.FALSE)


def _wide(value: str) -> str:
    return sql.sure(f"({sql.call('strlen', value)} <> {sql.call('length', value)})")


def _file(folder: str, name: str) -> str:
    """As in `fields`: a folder that ends with the name is the whole path already."""
    back, slash, nothing = sql.text("\\"), sql.text("/"), sql.text("")
    between = sql.case((sql.call("contains", folder, back), back), otherwise=slash)
    ended = sql.case((sql.call("ends_with", folder, between), nothing), otherwise=between)
    bare = sql.call("coalesce", f"{name} = {nothing}", sql.TRUE)
    there = sql.call("ends_with", sql.call("lower", folder), sql.call("lower", name))
    whole = sql.call("concat", folder, ended, name)
    return sql.case((f"({folder} IS NULL)", sql.NULL), (sql.some((bare, there)), folder), otherwise=whole)


def _first(values: list[str]) -> str:
    if not values:
        return "CAST(NULL AS VARCHAR)"
    return values[0] if len(values) == 1 else sql.call("coalesce", *values)


def _said(value: str) -> str:
    return sql.case((sql.among(value, ("", "-")), sql.NULL), otherwise=value)


def _glued(by: str, values: list[str]) -> str:
    """concat_ws gives "" where nothing is there: absent must stay NULL."""
    return sql.call("nullif", sql.call("concat_ws", sql.text(by), *values), sql.text(""))


def _planted(node: _Node, steps: tuple[str, ...]) -> bool:
    for step in steps:
        if any(step != other and step.lower() == other.lower() for other in node.below):
            return False
        node = node.below.setdefault(step, _Node())
    node.wanted = True
    return True


def _place(node: _Node, steps: tuple[str, ...]) -> str:
    for depth, step in enumerate(steps):
        node = node.below[step]
        if node.wanted and node.below:  # a value here and objects below it, by shipper: kept as JSON
            return _pointer("s." + sql.name(*steps[: depth + 1]), steps[depth + 1 :])
    return "s." + sql.name(*steps)


def _pointer(value: str, steps: tuple[str, ...]) -> str:
    pointer = "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
    return sql.call("json_extract_string", value, sql.text(pointer or "$"))


def _spec(node: _Node) -> Any:
    if node.below and not node.wanted:
        return {step: _spec(below) for step, below in node.below.items()}
    return "JSON" if node.below else "VARCHAR"
