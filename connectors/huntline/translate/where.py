"""Read the conditions of source files: which events of a store are meant."""

from __future__ import annotations

from typing import Any, cast

from huntline.model.predicate import Every, Never, Op, Predicate, Some, Test


def where(data: Any) -> Predicate:
    """Read a condition: `all`, a map whose every test holds, or a list of which one holds.

    A key is a row field, with `|contains`, `|startswith`, `|endswith` or `|exists` for another test than `is`, and
    `not` for what must not hold.

    >>> where({"EventCode": 11})
    Test(field='EventCode', op='is', values=('11',), cased=False, flags='')
    """
    if data == "all":
        return Every(())
    if isinstance(data, list):
        return Some(tuple(where(part) for part in data))
    tests = tuple(Never(where(value)) if key == "not" else _test(key, value) for key, value in data.items())
    return tests[0] if len(tests) == 1 else Every(tests)


def _test(key: str, value: Any) -> Test:
    field, _, op = key.partition("|")
    values = value if isinstance(value, list) else [value]
    texts = tuple(str(v).lower() if isinstance(v, bool) else str(v) for v in values)
    return Test(field, cast(Op, op or "is"), texts)
