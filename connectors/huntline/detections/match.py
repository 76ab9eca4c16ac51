"""Decide whether a row matches a predicate, and on which fields and values.

The meaning of every test is Sigma's, as `model/predicate.py` writes it down. Addresses: an IPv4 address mapped into
IPv6 counts as the IPv4 one; a zone id (`%eth0`) is left out of the comparison.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeAlias

from huntline.detections.wildcard import wildcard
from huntline.model.predicate import Every, Never, Op, Predicate, Some, Test, fold

Fields: TypeAlias = Mapping[str, tuple[str, ...]]
Found: TypeAlias = tuple[tuple[str, str], ...]
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}


def match(predicate: Predicate, fields: Fields) -> Found | None:
    """Return None when the row does not match, else the (field, value) pairs of the positive tests that made it so.

    Sorted and unique; empty when the match rests on absence alone. `fields` maps a name to its values; an absent or
    null field has no key.

    >>> match(Test("Image", "endswith", ("\\\\cmd.exe",)), {"Image": ("C:\\\\CMD.EXE",)})
    (('Image', 'C:\\\\CMD.EXE'),)
    """
    found = _hold(predicate, fields)
    return None if found is None else tuple(sorted(set(found)))


def _hold(predicate: Predicate, fields: Fields) -> Found | None:
    match predicate:
        case Test():
            return _test(predicate, fields)
        case Never(of):
            return () if _hold(of, fields) is None else None
        case Every(of):
            found: list[tuple[str, str]] = []
            for part in of:
                here = _hold(part, fields)
                if here is None:
                    return None
                found.extend(here)
            return tuple(found)
        case Some(of):
            ways = [here for part in of if (here := _hold(part, fields)) is not None]
            return tuple(pair for way in ways for pair in way) if ways else None


def _test(test: Test, fields: Fields) -> Found | None:
    if test.op == "null":
        return None if fields.get(test.field) else ()
    if test.op == "exists":
        return _exists(test, fields)
    if test.op == "keyword":
        holds = _decider(test)
        found = tuple((name, value) for name, values in fields.items() for value in values if holds(value))
        return found or None
    if test.op == "fieldref":
        others = {_same(value, test) for name in test.values for value in fields.get(name, ())}
        found = tuple((test.field, value) for value in fields.get(test.field, ()) if _same(value, test) in others)
        return found or None
    holds = _decider(test)
    return tuple((test.field, value) for value in fields.get(test.field, ()) if holds(value)) or None


def _exists(test: Test, fields: Fields) -> Found | None:
    values = fields.get(test.field, ())
    if test.values == ("true",):
        return tuple((test.field, value) for value in values) or None
    return None if values else ()


def _same(value: str, test: Test) -> str:
    return value if test.cased else fold(value)


@lru_cache(maxsize=4096)
def _decider(test: Test) -> Callable[[str], bool]:
    """Return the test of one value, prepared once per test."""
    return _MAKERS[test.op](test)


def _whole(test: Test) -> Callable[[str], bool]:
    wanted = frozenset(_same(value, test) for value in test.values)
    return lambda value: _same(value, test) in wanted


def _contains(test: Test) -> Callable[[str], bool]:
    wanted = tuple(_same(value, test) for value in test.values)

    def holds(value: str) -> bool:
        text = _same(value, test)
        return any(part in text for part in wanted)

    return holds


def _startswith(test: Test) -> Callable[[str], bool]:
    wanted = tuple(_same(value, test) for value in test.values)
    return lambda value: _same(value, test).startswith(wanted)


def _endswith(test: Test) -> Callable[[str], bool]:
    wanted = tuple(_same(value, test) for value in test.values)
    return lambda value: _same(value, test).endswith(wanted)


def _wildcard(test: Test) -> Callable[[str], bool]:
    patterns = tuple(wildcard(_same(value, test)) for value in test.values)

    def holds(value: str) -> bool:
        text = _same(value, test)
        return any(fits(text) for fits in patterns)

    return holds


def _keyword(test: Test) -> Callable[[str], bool]:
    around = tuple(f"*{value}*" for value in test.values)
    return _wildcard(Test(test.field, "wildcard", around, test.cased))


def _regex(test: Test) -> Callable[[str], bool]:
    flags = re.ASCII
    for letter in test.flags:
        flags |= FLAGS[letter]
    patterns = tuple(re.compile(value, flags) for value in test.values)
    return lambda value: any(pattern.search(value) for pattern in patterns)


def _cidr(test: Test) -> Callable[[str], bool]:
    networks = tuple(ipaddress.ip_network(value, strict=False) for value in test.values)

    def holds(value: str) -> bool:
        address = _address(value)
        return address is not None and any(_inside(address, network) for network in networks)

    return holds


def _inside(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _compared(test: Test) -> Callable[[str], bool]:
    ways: Mapping[Op, Callable[[float, float], bool]] = {
        "lt": lambda a, b: a < b,
        "lte": lambda a, b: a <= b,
        "gt": lambda a, b: a > b,
        "gte": lambda a, b: a >= b,
    }
    bounds = tuple(float(value) for value in test.values)

    def holds(value: str) -> bool:
        if not NUMBER.fullmatch(value):
            return False
        number = float(value)
        return any(ways[test.op](number, bound) for bound in bounds)

    return holds


_MAKERS: Mapping[Op, Callable[[Test], Callable[[str], bool]]] = {
    "is": _whole,
    "contains": _contains,
    "startswith": _startswith,
    "endswith": _endswith,
    "wildcard": _wildcard,
    "keyword": _keyword,
    "regex": _regex,
    "cidr": _cidr,
    "lt": _compared,
    "lte": _compared,
    "gt": _compared,
    "gte": _compared,
}
