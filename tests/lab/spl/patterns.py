"""Patterns compiled once: wildcards, networks, like(), and PCRE in Python's terms."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache

from lab.spl.errors import SplError

_NETWORK = re.compile(r"[0-9a-fA-F.:]+/\d{1,3}")
_CLASSES = {  # POSIX classes, ASCII as in PCRE without Unicode properties
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z", "space": r"\s",
    "xdigit": "0-9A-Fa-f", "word": r"\w", "punct": r"!-/:-@\[-`{-~", "blank": r" \t", "cntrl": r"\x00-\x1f\x7f",
}  # fmt: skip
_ESCAPES = {
    "h": r"[ \t]",
    "H": r"[^ \t]",
    "R": r"(?:\r\n|[\n\r\f\v])",
    "N": r"[^\n]",
    "z": r"\Z",
    "Z": r"(?=\n?\Z)",
    "e": r"\x1b",
}
_TOKEN = re.compile(
    r"""\\.|\[:\^?\w*:\]|(?P<flags>\(\?[imsx]+\))|(?P<comment>\(\?\#[^)]*\))|(?P<named>\(\?P?<[A-Za-z_]\w*>)"""
    r"""|(?P<open>\(\?(?:[:=!>(]|<[=!]|[imsx]*-?[imsx]*:)|\((?![?*]))|(?P<odd>\([?*])|.""",
    re.DOTALL,
)


def wildcard(text: str, *, cased: bool) -> Callable[[str], bool]:
    """Return a test of whole values; only `*` is a wildcard (help.splunk.com: search, Wildcards).

    Case is folded by str.lower: which letters Splunk folds beside ASCII is not documented.
    """
    pattern = text if cased else text.lower()
    parts = pattern.split("*")
    if len(parts) == 1:
        return (lambda value: value == pattern) if cased else (lambda value: value.lower() == pattern)
    if not any(parts):
        return lambda value: True  # noqa: ARG005  # any value will do
    test = _shaped(parts)
    return test if cased else (lambda value: test(value.lower()))


def _shaped(parts: list[str]) -> Callable[[str], bool]:
    first, *middle, last = parts
    if not any(middle):
        if not last and not first:
            return lambda value: True  # noqa: ARG005
        if not first:
            return lambda value: value.endswith(last)
        if not last:
            return lambda value: value.startswith(first)
    if not first and not last and len(middle) == 1:
        needle = middle[0]
        return lambda value: needle in value
    whole = re.compile(".*".join(map(re.escape, parts)), re.DOTALL).fullmatch
    return lambda value: whole(value) is not None


def network(text: str) -> Callable[[str], bool] | None:
    """Return a test for addresses of a network, or None where the text is no network.

    A value that is no address does not match, and raises nothing (help.splunk.com: cidrmatch; search, CIDR).
    """
    if not _NETWORK.fullmatch(text):
        return None
    try:
        net = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None

    def holds(value: str) -> bool:
        address = _address(value)
        return address is not None and address.version == net.version and address in net

    return holds


@lru_cache(maxsize=65536)
def _address(value: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(value.strip())
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def like(pattern: str) -> re.Pattern[str]:
    r"""Compile a like() pattern: `%` any text, `_` one character, the whole value, case kept.

    A backslash before `%` or `_` makes it plain: not documented, seen in use.
    """
    parts = re.findall(r"\\[%_\\]|.", pattern, re.DOTALL)
    shapes = {"%": ".*", "_": "."}
    return re.compile("".join(shapes.get(part) or re.escape(part[-1]) for part in parts), re.DOTALL)


@lru_cache(maxsize=4096)
def pcre(pattern: str, at: int = 0) -> re.Pattern[str]:
    r"""Compile a PCRE with Python's engine; raises SplError for what it cannot say the same way.

    `\d`, `\w` and (?i) keep to ASCII, as PCRE does unless it is told otherwise; Splunk's setting is not documented.
    """
    try:
        return re.compile(_translated(pattern, at), re.ASCII)
    except re.error as wrong:
        raise SplError(f"the regular expression {pattern!r} is refused: {wrong}", at) from wrong


def _translated(pattern: str, at: int) -> str:
    """Rewrite token by token; flags at the start of a group hold to its end, for which Python wants a group of its own."""
    parts: list[str] = []
    class_start, extra, fresh = -1, [0], True  # extra: groups to close with each open one; fresh: nothing in it yet
    for found in _TOKEN.finditer(pattern):
        token, kind, inside = found[0], found.lastgroup, class_start >= 0
        if inside or not kind:
            parts.append(_plain(token, inside=inside, at=at))
            class_start = _class_start(pattern, class_start, found)
            if token == ")" and not inside:
                parts.append(")" * (extra.pop() if len(extra) > 1 else 0))
            fresh = False
        elif kind == "flags":
            if not fresh:
                raise SplError(f"{token} in the middle of a group of a regular expression has no counterpart here", at)
            parts.append(token[:-1] + ":")
            extra[-1] += 1
        elif kind == "odd":
            raise SplError(
                f"the group {pattern[found.start() :][:6]!r} of a regular expression has no counterpart here", at
            )
        elif kind != "comment":
            parts.append("(?P<" + token.partition("<")[2] if kind == "named" else token)
            extra.append(0)
            fresh = True
    return "".join(parts) + ")" * extra[0]


def _class_start(pattern: str, start: int, found: re.Match[str]) -> int:
    """Return where the class we are in began, or -1; a `]` that stands first in it is a plain character."""
    if start < 0:
        return found.start() if found[0] == "[" else -1
    return -1 if found[0] == "]" and pattern[start + 1 : found.start()] not in {"", "^"} else start


def _plain(token: str, *, inside: bool, at: int) -> str:
    if token.startswith("[:") and inside:
        return _posix(token, at)
    if token.startswith("\\"):
        return _escape(token, inside=inside, at=at)
    return "\\[" if token == "[" and inside else token


def _posix(token: str, at: int) -> str:
    if token[2:-2] not in _CLASSES:
        raise SplError(f"the class {token} has no counterpart here", at)
    return _CLASSES[token[2:-2]]


def _escape(token: str, *, inside: bool, at: int) -> str:
    letter = token[1:]
    if not letter:
        raise SplError("a backslash at the end of a regular expression escapes nothing", at)
    if letter in _ESCAPES and not inside:
        return _ESCAPES[letter]
    if letter.isalpha() and letter not in "abBdDsSwWAfnrtvx":
        raise SplError(f"{token} of a regular expression has no counterpart here", at)
    return token if letter.isalnum() else re.escape(letter)
