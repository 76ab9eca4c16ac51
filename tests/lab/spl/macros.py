"""Macros in backticks, with and without arguments, put in before anything else is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lab.spl.errors import SplError
from lab.spl.strings import closing

_COMMENT = "```"
_CALL = re.compile(r"\s*([A-Za-z_][\w:.]*)\s*(?:\((.*)\))?\s*", re.DOTALL)
_DEPTH = 100  # help.splunk.com: limits.conf, [search] max_macro_depth


@dataclass(frozen=True, slots=True)
class Macro:
    """A definition with the names of its arguments, which stand in it as $name$."""

    definition: str
    arguments: tuple[str, ...] = ()


def expand(text: str, macros: Mapping[str, Macro | str], *, depth: int = 0) -> str:
    """Replace comments by a space and macros by their definitions; quoted text keeps its backticks.

    A macro with arguments is known by `name(count)`, as macros.conf spells it (help.splunk.com: macros.conf).
    Raises SplError for an unknown macro, a wrong number of arguments or one that names itself.
    """
    if depth > _DEPTH:
        raise SplError("macros nest too deep", 0)
    pieces: list[str] = []
    at = 0
    while at < len(text):
        end, piece = _next(text, at, macros, depth)
        pieces.append(piece)
        at = end
    return "".join(pieces)


def _next(text: str, at: int, macros: Mapping[str, Macro | str], depth: int) -> tuple[int, str]:
    if text[at] == '"':
        end = closing(text, at, len(text)) + 1
        return end, text[at:end]
    if text[at] == "\\":
        return at + 2, text[at : at + 2]
    if text.startswith(_COMMENT, at):
        return _end(text, at, _COMMENT), " "
    if text[at] == "`":
        end = _end(text, at, "`")
        return end, expand(_definition(text[at + 1 : end - 1], at, macros), macros, depth=depth + 1)
    return at + 1, text[at]


def _end(text: str, at: int, mark: str) -> int:
    found = text.find(mark, at + len(mark))
    if found < 0:
        raise SplError(f"expected a closing {mark}", at)
    return found + len(mark)


def _definition(call: str, at: int, macros: Mapping[str, Macro | str]) -> str:
    found = _CALL.fullmatch(call)
    if found is None:
        raise SplError(f"expected a macro's name, not {call!r}", at)
    values = () if found[2] is None else _arguments(found[2], at)
    name = found[1] if not values else f"{found[1]}({len(values)})"
    if name not in macros:
        raise SplError(f"there is no macro {name}", at)
    macro = macros[name]
    return _filled(macro if isinstance(macro, Macro) else Macro(macro), values, name, at)


def _arguments(body: str, at: int) -> tuple[str, ...]:
    """Split at the commas outside quotation marks, which themselves are taken off a whole quoted argument."""
    parts, start, here = [], 0, 0
    while here < len(body):
        if body[here] == '"':
            here = closing(body, here, len(body))
        elif body[here] == ",":
            parts.append(body[start:here])
            start = here + 1
        here += 1
    found = tuple(part.strip() for part in (*parts, body[start:]))
    if not all(found):
        raise SplError("expected a value for each argument of the macro", at)
    return tuple(map(_bare, found))


def _bare(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def _filled(macro: Macro, values: tuple[str, ...], name: str, at: int) -> str:
    """Put positional or name=value arguments in (help.splunk.com: Use search macros in searches)."""
    if len(macro.arguments) != len(values):
        raise SplError(f"macro {name} takes {len(macro.arguments)} arguments", at)
    named = [value.partition("=") for value in values]
    if values and all(sign and key.strip() in macro.arguments for key, sign, _ in named):
        given = {key.strip(): _bare(value.strip()) for key, _, value in named}
    else:
        given = dict(zip(macro.arguments, values, strict=True))
    if set(given) != set(macro.arguments):
        raise SplError(f"macro {name} takes {', '.join(macro.arguments)}", at)
    return re.sub(r"\$(\w+)\$", lambda found: given.get(found[1], found[0]), macro.definition)
