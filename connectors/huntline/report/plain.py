"""Make hostile text harmless to read: nothing invisible, nothing that steers a terminal, nothing endless."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_CONTROL_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}
# What a reader cannot see, or what reorders what he sees: C1 controls, soft hyphen, zero-width and bidi marks, separators,
# fillers that render as nothing, variation selectors, tags, lone surrogates and noncharacters.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    r"""Write every character that hides, moves or steers as a visible sign.

    >>> visible("a\x1b[31m\u202eb")
    'a␛[31m\\u202eb'
    """
    return text if text.isascii() and text.isprintable() else _UNSEEN.sub(_sign, text)


def clipped(text: str, limit: int) -> tuple[str, int]:
    """Return at most `limit` characters of `text`, and its whole length where something was left off, else 0."""
    return (text[:limit], len(text)) if len(text) > limit else (text, 0)


def moment_words(moment: datetime | None) -> str:
    """Write an aware moment as `2023-03-29 14:05:09 UTC`; "undated" for None."""
    if moment is None:
        return "undated"
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' ', timespec='seconds')} UTC"


def counted_words(number: int, noun: str, *, plural: str = "") -> str:
    """Write a number with its noun.

    >>> counted_words(1, "hit"), counted_words(1200, "day")
    ('1 hit', '1,200 days')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def _sign(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code in _CONTROL_PICTURES:
        return _CONTROL_PICTURES[code]
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
