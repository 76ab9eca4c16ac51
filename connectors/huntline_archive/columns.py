"""Where a path of an event is found in SQL: one struct of all wanted keys over a JSON line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlglot import exp

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

Locate: TypeAlias = Callable[[tuple[str, ...]], exp.Expr | None]
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
    places: dict[tuple[str, ...], exp.Expr] = {}
    walks = sorted({steps for path in paths for steps in steps_of(path)})
    stray = [steps for steps in walks if not _planted(root, steps)]
    for steps in walks:
        places[steps] = _pointer(exp.column("raw"), steps) if steps in stray else _place(root, steps)
    return LineColumns(json.dumps(_spec(root), ensure_ascii=False), places.get)


def text_of(wanted: Field, locate: Locate) -> exp.Expr:  # noqa: PLR0911 (one return for each kind)
    """Write a row field's value as text; NULL where it is absent."""
    match wanted:
        case Paths(of):
            return _first(_found(of, locate))
        case Join(of):
            named: list[exp.Expr] = [
                exp.DPipe(this=_text(f"{name}="), expression=_first(_found(p.of, locate))) for name, p in of
            ]
            return _glued(",", named)
        case Chain(of, by):
            return _glued(by, [_said(_first(_found(p.of, locate))) for p in of])
        case Translated(of, words):
            value = _first(_found(of.of, locate))
            cases = exp.Case(this=value)
            for ours, theirs in words:
                cases = cases.when(_text(ours), _text(theirs))
            return cases.else_(value) if words else value
        case First(fields):
            return _first([text_of(one, locate) for one in fields])
        case File(folder, name):
            return _file(_first(_found(folder.of, locate)), _first(_found(name.of, locate)))
        case Inside(of, key):
            value = _first(_found(of.of, locate))
            return exp.Case().when(exp.func("json_valid", value), _pointer(value.copy(), (key,))).else_(exp.null())
        case Choice(by, of, otherwise):
            choice = exp.Case(this=_first(_found(by.of, locate)))
            for word, one in of:
                choice = choice.when(_text(word), text_of(one, locate))
            return choice.else_(text_of(otherwise, locate))


def odd_of(wanted: Field, locate: Locate) -> exp.Expr:
    """Test whether a value the field is made from is a list or an object, which only Python takes apart.

    Where a file's name is compared with its folder, so is text beyond ASCII: tables of letter case differ.
    """
    found = [x for path in paths_of(wanted) for x in _found((path,), locate)]
    match wanted:
        case Inside():
            found = [text_of(wanted, locate)]
        case File() | Choice():
            return exp.or_(*map(_odd, found), *map(_wide, found)) if found else exp.false()
    return exp.or_(*map(_odd, found)) if found else exp.false()


def _found(paths: tuple[str, ...], locate: Locate) -> list[exp.Expr]:
    places = (locate(steps) for path in paths for steps in steps_of(path))
    return [place.copy() for place in places if place is not None]


def _odd(value: exp.Expr) -> exp.Expr:
    """Look at the first character: [ is 91, { is 123; NULL falls through to false."""
    first = exp.Anonymous(this="ascii", expressions=[value.copy()])
    listed = exp.EQ(this=first.copy(), expression=exp.Literal.number(91))
    open_ = first.isin(91, 123)
    return exp.Case().when(open_, exp.or_(listed, exp.func("json_valid", value.copy()))).else_(exp.false())


def _wide(value: exp.Expr) -> exp.Expr:
    length = exp.Anonymous(this="strlen", expressions=[value.copy()])
    return exp.func("coalesce", exp.NEQ(this=length, expression=exp.func("length", value.copy())), exp.false())


def _file(folder: exp.Expr, name: exp.Expr) -> exp.Expr:
    """As in `fields`: a folder that ends with the name is the whole path already."""
    slash = exp.Case().when(exp.Contains(this=folder.copy(), expression=_text("\\")), _text("\\")).else_(_text("/"))
    ended = exp.Case().when(exp.func("ends_with", folder.copy(), slash.copy()), _text("")).else_(slash)
    added = exp.Anonymous(this="concat", expressions=[folder.copy(), ended, name.copy()])
    bare = exp.func("coalesce", exp.EQ(this=name.copy(), expression=_text("")), exp.true())
    there = exp.func("ends_with", exp.Lower(this=folder.copy()), exp.Lower(this=name.copy()))
    return exp.Case().when(folder.copy().is_(exp.null()), exp.null()).when(exp.or_(bare, there), folder).else_(added)


def _first(values: list[exp.Expr]) -> exp.Expr:
    if not values:
        return exp.cast(exp.null(), "VARCHAR")
    return values[0] if len(values) == 1 else exp.Coalesce(this=values[0], expressions=values[1:])


def _said(value: exp.Expr) -> exp.Expr:
    return exp.Case().when(value.copy().isin("", "-"), exp.null()).else_(value)


def _glued(by: str, values: list[exp.Expr]) -> exp.Expr:
    """concat_ws gives "" where nothing is there: absent must stay NULL."""
    text = exp.Anonymous(this="concat_ws", expressions=[_text(by), *values])
    return exp.Nullif(this=text, expression=_text(""))


def _text(value: str) -> exp.Expr:
    return exp.Literal.string(value)


def _planted(node: _Node, steps: tuple[str, ...]) -> bool:
    for step in steps:
        if any(step != other and step.lower() == other.lower() for other in node.below):
            return False
        node = node.below.setdefault(step, _Node())
    node.wanted = True
    return True


def _place(node: _Node, steps: tuple[str, ...]) -> exp.Expr:
    at: exp.Expr = exp.column("s")
    for depth, step in enumerate(steps):
        node = node.below[step]
        at = exp.Dot(this=at, expression=exp.to_identifier(step, quoted=True))
        if node.wanted and node.below:  # a value here and objects below it, by shipper: kept as JSON
            return _pointer(at, steps[depth + 1 :])
    return at


def _pointer(value: exp.Expr, steps: tuple[str, ...]) -> exp.Expr:
    pointer = "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
    return exp.Anonymous(this="json_extract_string", expressions=[value, _text(pointer or "$")])


def _spec(node: _Node) -> Any:
    if node.below and not node.wanted:
        return {step: _spec(below) for step, below in node.below.items()}
    return "JSON" if node.below else "VARCHAR"
