"""Text for a terminal: control characters of log content never reach it as such."""

from __future__ import annotations

import unicodedata

KEPT = frozenset("\n\t")


def plain(text: str) -> str:
    """Show control, format and surrogate characters (ANSI escapes, bidi overrides) as \\xNN or \\uNNNN."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in KEPT or unicodedata.category(c) not in ("Cc", "Cf", "Cs") else _shown(c) for c in text)


def _shown(char: str) -> str:
    return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"
