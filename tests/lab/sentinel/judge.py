"""What Kusto would refuse: Microsoft's own parser where it can be loaded, else the name of the table alone."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping

from lab.kql.check import Columns, Function, Schema, Unavailable, findings
from lab.kql.model import Table as Cells
from lab.kql.tokens import tokens
from lab.sentinel.errors import bad_query
from lab.sentinel.listed import ALIASES, ITEMS, declared
from lab.sentinel.store import Table

KNOWN = frozenset({"let", "union", "print", ITEMS, ALIASES})
SYNTAX = re.compile(r"KS0\d\d ")  # below 100 the parser could not read it; above, a name or a type is wrong


class Judge:
    """Refuses a query as a whole; a schema is made ready once for the same tables."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tables: dict[str, Table] = {}
        self._lists: Mapping[str, Cells] = {}
        self._schema = Schema({})

    def check(self, query: str, tables: Mapping[str, Table], lists: Mapping[str, Cells] | None = None) -> bool:
        """Raise Failed for a query that Kusto refuses; tell whether Microsoft's parser has read it.

        One unknown name fails the whole query (SEM0100), whatever else it asks.
        """
        found = self.findings(query, tables, lists)
        if found:
            raise _refused(found[0])
        return found is not None

    def findings(
        self, query: str, tables: Mapping[str, Table], lists: Mapping[str, Cells] | None = None
    ) -> list[str] | None:
        """Return what is wrong with a query, None where Microsoft's parser is not there and its table is."""
        with self._lock:
            try:
                return findings(query, self._known(dict(tables), lists))
            except Unavailable:
                return _unknown_table(query, tables) or None

    def _known(self, tables: dict[str, Table], lists: Mapping[str, Cells] | None) -> Schema:
        """Return the schema to judge by; None for lists that the query does not ask, whatever they are."""
        asked = self._lists if lists is None else lists
        if _columns(tables) != _columns(self._tables) or _columns(asked) != _columns(self._lists):
            self._tables, self._lists = tables, asked
            self._schema = _schema(tables, asked)
        return self._schema


def _columns(tables: Mapping[str, Table] | Mapping[str, Cells]) -> dict[str, Columns]:
    return {name: one.columns for name, one in tables.items()}


def _schema(tables: Mapping[str, Table], lists: Mapping[str, Cells]) -> Schema:
    """Tell tables from functions, which may be called with and without brackets."""
    functions = {name: Function((), 0, one.answered) for name, one in tables.items() if one.kind == "Function"}
    plain = {name: one.answered for name, one in tables.items() if name not in functions}
    return Schema(plain, {**functions, **declared(lists)})


def _unknown_table(query: str, tables: Mapping[str, Table]) -> list[str]:
    first = tokens(query)[:1]
    if first and first[0].kind == "word" and first[0].text not in {*tables, *KNOWN}:
        return [f"KS204 1:1 The name '{first[0].text}' does not refer to any known table"]
    return []


def _refused(finding: str) -> Exception:
    if SYNTAX.match(finding):
        return bad_query("SyntaxError", "A recognition error occurred in the query.", ("SYN0002", finding))
    named = re.search(r"'([^']*)'", finding)
    words = f"Failed to resolve table or column expression named '{named[1]}'" if named else finding
    return bad_query("SemanticError", "A semantic error occurred.", ("SEM0100", words))
