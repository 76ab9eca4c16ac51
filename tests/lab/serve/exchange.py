"""A request as a stand-in sees it, the answer it gives, and the port a stand-in fills."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from lab.serve.faults import Bend, Refusal


@dataclass(frozen=True, slots=True)
class Request:
    """One request: header names in lower case, body unpacked, `now` by the server's own clock (aware UTC).

    `pause` waits some seconds, or until the server stops.
    """

    number: int
    method: str
    path: str  # as sent, still percent-encoded
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    now: datetime
    bends: tuple[Bend, ...]
    pause: Callable[[float], None] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: `body` is made JSON unless it is bytes; None is no body. `search` names the remote search it speaks of."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    search: str = ""


class App(Protocol):
    """A platform's stand-in: the frame does the wire, this does the words."""

    @property
    def dated(self) -> bool:
        """Tell whether the platform's server sends a Date header."""

    def answer(self, request: Request) -> Answer:
        """Answer a request; called from many threads at once."""

    def refuse(self, request: Request, refusal: Refusal) -> Answer:
        """Word a scripted refusal as the platform does; the frame adds Retry-After."""


class Promise(Protocol):
    """What a vendor's document promises of requests and answers."""

    def broken_by(self, request: Request, answer: Answer) -> str:
        """Say how an exchange breaks the promise; "" where it keeps it."""


def bend(request: Request, word: str) -> Bend | None:
    """Return the bend of that word that hit the request, if one did."""
    return next((one for one in request.bends if one.word == word), None)
