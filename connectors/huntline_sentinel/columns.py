"""The columns of a table as far as a source relies on them."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from huntline.translate.translator import Bound

WORD = re.compile(r"[A-Za-z_]\w*")
TEXT = re.compile(r"""@"(?:[^"]|"")*"|@'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""")


def columns_of(bound: Bound, asked: Iterable[str] = ()) -> dict[str, str]:
    """Return stored column -> type, those of `asked` too that only a pattern names; what a query computes is no column."""
    stored = (field for field in bound.store.fields if "*" not in field)
    fields = sorted({*stored, *bound.overrides.fields.values(), *asked})
    known = {field: bound.type_of(field) or "string" for field in fields if bound.type_of(field) is not None}
    return {
        "TimeGenerated": "datetime",
        **{field: kind for field, kind in known.items() if not bound.store.expression_of(field)},
    }


def stored_in(expression: str, columns: Container[str]) -> list[str]:
    """Return the columns that an expression reads, each once, as they stand in it.

    >>> stored_in("iff(isnotempty(Name), Name, extract(@'Name=([^;]*)', 1, Data))", {"Name", "Data", "Other"})
    ['Name', 'Data']
    """
    return [one for one in dict.fromkeys(WORD.findall(TEXT.sub("", expression))) if one in columns]


def is_function(table: str) -> bool:
    """Tell whether a rule starts with a function, as ASIM's parsers are: the built-in ones begin with an underscore."""
    return table.startswith("_") or "(" in table
