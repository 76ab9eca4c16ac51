"""Read an EQL text's strings and names: what is spelt wrong, and the text with every odd name made plain."""

from __future__ import annotations

import re
from dataclasses import dataclass

from eql import parser  # type: ignore[import-untyped]  # eql ships no types

KEYWORDS = frozenset(parser.keywords) | {"any", "fork", "maxspan"}  # those of Elasticsearch that eql takes as names
PIECE = re.compile(
    r'(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<raw>"""[^\r\n]*?""""?"?)|(?P<old>\?["\'])|(?P<text>"(?:\\.|[^"\\\r\n])*")'
    r"|(?P<single>')|(?P<name>`(?:``|[^`\r\n])+`)|(?P<at>@[A-Za-z0-9_]*)",
    re.DOTALL,
)
ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]{2,8}\}|.)", re.DOTALL)
ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}
BEFORE_WHERE = re.compile(r"\s+where\b")
TRAILING = re.compile(r",\s*\)")  # eql's grammar lets a comma end a list, Elasticsearch's does not
BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PLAIN = re.compile(r"x_([0-9a-f]+)_x")


@dataclass(frozen=True, slots=True)
class Spelt:
    """Hold a text that Elastic's grammar can read, and what is wrong with its spelling."""

    text: str
    faults: tuple[str, ...]


def spell(query: str) -> Spelt:
    """Make names in backticks and categories in quotes plain, as eql 1.0.1 cannot read all of them."""
    faults: list[str] = []

    def respell(piece: re.Match[str]) -> str:
        where = BEFORE_WHERE.match(query, piece.end()) is not None
        if wrong := _faults(piece, where=where):
            faults.extend(wrong)
        elif piece["name"]:
            return ".".join(map(plain, piece["name"][1:-1].replace("``", "`").split(".")))
        elif piece["at"]:
            return plain(piece["at"])
        elif where and piece.lastgroup in {"text", "raw"}:
            return plain(unquote(piece[0]))
        return piece[0]

    text = PIECE.sub(respell, query)
    if TRAILING.search(PIECE.sub('""', query)):
        faults.append("a list ends without a comma")
    return Spelt(text, tuple(dict.fromkeys(faults)))


def plain(name: str) -> str:
    """Give a name that needs no quoting."""
    return name if BARE.fullmatch(name) and name not in KEYWORDS else f"x_{name.encode().hex()}_x"


def unquote(literal: str) -> str:
    """Give the value of a string literal, quotes included; raises ValueError for an escape that is none."""
    return literal[3:-3] if literal.startswith('"""') else ESCAPE.sub(_unescape, literal[1:-1])


def unplain(name: str) -> str:
    """Give back the name that `spell` made plain."""
    encoded = PLAIN.fullmatch(name)
    return bytes.fromhex(encoded[1]).decode() if encoded else name


def _faults(piece: re.Match[str], *, where: bool) -> list[str]:
    """Say what Elasticsearch refuses about one piece; eql accepts an escaped single quote."""
    if piece["single"] or piece["old"]:
        return [f'strings stand in " or """, not in {piece[0]}']
    if piece["name"] and where:
        return [f"a category stands in double quotes, not in backticks: {piece['name']}"]
    if piece["text"]:
        try:
            unquote(piece["text"])
        except ValueError as wrong:
            return [str(wrong)]
    return []


def _unescape(escape: re.Match[str]) -> str:
    if escape[1].startswith("u{"):
        code = int(escape[1][2:-1], 16)
        if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF:
            return chr(code)
    elif escape[1] in ESCAPES:
        return ESCAPES[escape[1]]
    raise ValueError(f"{escape[0]} is no escape of a string")
