"""Watchlists in a query: each call of their functions read as a table that holds what the call gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from lab.kql.check import Columns, Function
from lab.kql.model import Table
from lab.kql.tokens import Token, plain_literals, value
from lab.sentinel.watchlists.sheets import aliases, empty

Lists: TypeAlias = Callable[[], Mapping[str, Table]]
ITEMS: Final = "_GetWatchlist"
ALIASES: Final = "_GetWatchlistAlias"
OPENING, CLOSING = frozenset("([{"), frozenset(")]}")
STORED: Final = "Watchlist"  # the table both read (docs): who may not read it sees no list


def none() -> Mapping[str, Table]:
    """Return the lists of a workspace without any."""
    return {}


def declared(lists: Mapping[str, Table]) -> Mapping[str, Function]:
    """Return the functions as Microsoft's parser is told of them; an alias that is no literal has columns nobody checks."""

    def columns(arguments: tuple[object, ...]) -> Columns | None:
        return lists.get(arguments[0], empty()).columns if isinstance(arguments[0], str) else None

    return {
        ITEMS: Function((("watchlistAlias", "string"),), 1, columns),
        ALIASES: Function((), 0, aliases(lists).columns),
    }


def asks(query: Sequence[Token]) -> bool:
    """Tell whether a query calls one of the functions."""
    return any(token.kind == "word" and token.text in {ITEMS, ALIASES} for token in query)


def called(query: Sequence[Token], lists: Mapping[str, Table]) -> tuple[list[Token], dict[str, Table]]:
    """Return the query with the name of a table in place of each call, and those tables.

    Raises NotImplementedError for an alias that is no literal.
    """
    if not asks(query):
        return list(query), {}
    rest, out, made = plain_literals(query), list[Token](), dict[str, Table]()
    names: dict[str, str] = {}
    while rest:
        alias, length = _call(rest)
        name = rest[0].text if alias is None else names.setdefault(alias, f"_List{len(names)}")
        if alias is not None:
            made[name] = lists.get(alias, empty()) if alias else aliases(lists)
        out.append(replace(rest[0], text=name))
        rest = rest[length:]
    return out, made


def _call(rest: Sequence[Token]) -> tuple[str | None, int]:
    """Return the alias that a query's next tokens call ("" for that of all aliases, None for no call), and how many they are."""
    texts = [one.text for one in rest[:4]]
    if texts[0] == ALIASES:
        return "", 3 if texts[1:3] == ["(", ")"] else 1
    if texts[0] != ITEMS:
        return None, 1
    if len(texts) < 4 or rest[2].kind != "string" or (texts[1], texts[3]) != ("(", ")"):
        raise NotImplementedError(f"a call of {ITEMS} with anything but the text of an alias")
    return value(texts[2]), 4


def beside(query: Sequence[Token], made: Mapping[str, Table]) -> list[Token]:
    """Return the query without what it asks of its lists themselves, which says nothing of the columns it answers."""
    out: list[Token] = []
    depth, inside = 0, None
    for token in query:
        depth += (token.text in OPENING) - (token.text in CLOSING)
        if inside is not None and (depth < inside or (depth == inside and token.text == ";")):
            inside = None
        if inside is None and token.text in made:
            inside = depth
        if inside is None:
            out.append(token)
    return out
