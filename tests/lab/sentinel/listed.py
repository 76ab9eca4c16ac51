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
    spelled, out, made = plain_literals(query), list[Token](), dict[str, Table]()
    at = 0
    while at < len(spelled):
        token, texts = spelled[at], [one.text for one in spelled[at + 1 : at + 4]]
        length = 1
        if token.text == ITEMS:
            if len(texts) < 3 or spelled[at + 2].kind != "string" or (texts[0], texts[2]) != ("(", ")"):
                raise NotImplementedError(f"a call of {ITEMS} with anything but the text of an alias")
            alias, length = value(texts[1]), 4
            name = f"_Items{sorted({*lists, alias}).index(alias)}"
            made[name] = lists.get(alias, empty())
        elif token.text == ALIASES:
            name, length = "_Aliases", 3 if texts[:2] == ["(", ")"] else 1
            made[name] = aliases(lists)
        else:
            name = token.text
        out.append(replace(token, text=name))
        at += length
    return out, made
