"""A kill at any call: what stands for SIGKILL where the laws are tried within one process."""

from __future__ import annotations

from collections.abc import Callable


class Killed(BaseException):
    """Stands for SIGKILL: nothing between the call and the test may handle it."""


def killing(calls: int) -> Callable[[str], None]:
    """Return what dies at the call of that number, counted from 1, and at all that follow."""
    count = 0

    def before(_name: str) -> None:
        nonlocal count
        count += 1
        if count >= calls:
            raise Killed

    return before
