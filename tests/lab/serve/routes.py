"""A table of routes: method and path pattern to the function that answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import unquote

Action = TypeVar("Action", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Route(Generic[Action]):
    """`pattern` names variable segments in braces: `/{index}/_search`."""

    method: str
    pattern: str
    action: Action


@dataclass(frozen=True, slots=True)
class Found(Generic[Action]):
    route: Route[Action]
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Unserved:
    """No route: `allowed` has the methods that the path knows, none for a path that is not there."""

    allowed: tuple[str, ...]


def find(routes: tuple[Route[Action], ...], method: str, path: str) -> Found[Action] | Unserved:
    """Find the route of a request whose path is still percent-encoded; fixed segments go before variable ones."""
    segments = [unquote(segment) for segment in path.strip("/").split("/")]
    there = [(route, named) for route in routes if (named := _match(route.pattern, segments)) is not None]
    mine = sorted((one for one in there if one[0].method == method), key=lambda one: len(one[1]))
    if not mine:
        return Unserved(tuple(sorted({route.method for route, _ in there})))
    return Found(*mine[0])


def _match(pattern: str, segments: list[str]) -> dict[str, str] | None:
    wanted = pattern.strip("/").split("/")
    if len(wanted) != len(segments):
        return None
    named: dict[str, str] = {}
    for want, given in zip(wanted, segments, strict=True):
        if want.startswith("{") and given:
            named[want[1:-1]] = given
        elif want != given:
            return None
    return named
