"""A detection that cannot be had on a scope without losing a part of its meaning."""

from __future__ import annotations


class Lost(Exception):
    """`code` is stable; `construct` names the test, field or value that is meant."""

    def __init__(self, code: str, construct: str) -> None:
        super().__init__(f"{code}: {construct}")
        self.code = code
        self.construct = construct
