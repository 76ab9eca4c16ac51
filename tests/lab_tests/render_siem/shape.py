"""What a rendered row must hold, under the names that a law is about."""

from __future__ import annotations

from lab.render.siem.labelled import Row


def shape(row: Row | None, named: Row | None = None, /, **expected: object) -> None:
    """Hold a row against values, None for what it lacks; `named` for names that are no words of Python."""
    wanted = {**(named or {}), **expected}

    assert row is not None
    assert wanted == {name: row.get(name) for name in wanted}
