"""Text to a pipeline of frozen values, strictly: what Splunk would refuse, or we do not know, raises SplError."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from lab.spl.errors import SplError
from lab.spl.kinds import need
from lab.spl.macros import Macro, expand
from lab.spl.parse_expression import either, expression, reader
from lab.spl.parse_fields import FIELD_PARSERS
from lab.spl.parse_search import condition
from lab.spl.parse_sources import SOURCE_PARSERS, SOURCES
from lab.spl.parse_stats import stats, tstats
from lab.spl.pipeline import Stage, name_of, stages
from lab.spl.tree import Command, Expression, Pipeline
from lab.spl.words import words

Arguments: TypeAlias = dict[str, Any]

_NONE: Mapping[str, Macro | str] = MappingProxyType({})
_GENERATING = ("search", "tstats", *SOURCES)


def parse(text: str, *, macros: Mapping[str, Macro | str] = _NONE) -> Pipeline:
    """Return the pipeline. A text without a bar in front begins with search, said or implied.

    A first command that makes no events of its own, and a command's name as the first search word, are refused: Splunk
    would run them, on nothing or for the word. Raises SplError, whose place counts in the text after macro expansion.

    >>> parse("index=main | head 1").commands[1].arguments["count"]
    1
    """
    expanded = expand(text, macros)
    return _pipeline(expanded, 0, len(expanded), nested=False)


def _pipeline(text: str, start: int, end: int, *, nested: bool) -> Pipeline:
    first, *rest = stages(text, start, end)
    commands = [_first(text, first, nested=nested)]
    for stage in rest:
        command = _command(text, stage)
        if command.name in _GENERATING and command.name != "search":
            raise SplError(f"{command.name} must be the first command", command.at)
        commands.append(command)
    return Pipeline(tuple(commands))


def _first(text: str, stage: Stage, *, nested: bool) -> Command:
    """Read the first command; in a sub-search it is named even without a bar (help.splunk.com: About subsearches)."""
    if not stage.piped and not nested and not _says_command(text, stage):
        return Command("search", _search(text, stage.start, stage.end), stage.start)
    command = _command(text, stage)
    if command.name not in _GENERATING:
        raise SplError(f"{command.name} needs a command in front that gives events", command.at)
    return command


def _says_command(text: str, stage: Stage) -> bool:
    word = text[stage.start : stage.end].split(None, 1)[0].lower()
    if word != "search" and word in _PARSERS:
        raise SplError(f"{word} without a bar in front is a word to search for", stage.start)
    return word == "search"


def _command(text: str, stage: Stage) -> Command:
    name, at = name_of(text, stage)
    if name not in _PARSERS:
        raise SplError(f"there is no command {name}, or it is not known here", stage.start)
    return Command(_ALIASES.get(name, name), _PARSERS[name](text, at, stage.end), stage.start)


def _nested(text: str) -> Callable[[int, int], Pipeline]:
    return lambda start, end: _pipeline(text, start, end, nested=True)


def _search(text: str, start: int, end: int) -> Arguments:
    return {"condition": condition(text, start, end, _nested(text))}


def _where(text: str, start: int, end: int) -> Arguments:
    found = expression(text, start, end)
    need(found, "truth", start)
    return {"expression": found}


def _eval(text: str, start: int, end: int) -> Arguments:
    """Read field=expression, once or more; a truth cannot be stored (help.splunk.com: eval)."""
    tokens = reader(text, start, end)
    found: list[tuple[str, Expression]] = []
    while True:
        name = tokens.now
        if name.kind not in {"name", "field", "text"} or name.text in {"AND", "OR", "NOT", "XOR", '""'}:
            raise SplError(f"expected a field to set, not {name.text or 'the end'}", name.at)
        tokens.at += 1
        tokens.need("=")
        value = either(tokens)
        need(value, "value", value.at)
        found.append((name.text.strip("'\""), value))
        if not tokens.sign(","):
            break
    if tokens.now.kind != "end":
        raise SplError(f"unexpected {tokens.now.text!r} after an expression", tokens.now.at)
    return {"assign": tuple(found)}


def _append(text: str, start: int, end: int) -> Arguments:
    reading = words(text, start, end)
    options = reading.options("maxout", "maxtime", "timeout", "extendtimerange")
    sub = reading.take("sub")
    reading.end()
    most = reading.whole(options.get("maxout", "50000"))
    return {"pipeline": _pipeline(text, sub.start + 1, sub.end - 1, nested=True), "most": most}


def _worded(parser: Callable[..., Arguments]) -> Callable[[str, int, int], Arguments]:
    def run(text: str, start: int, end: int) -> Arguments:
        reading = words(text, start, end)
        found = parser(reading)
        reading.end()
        return found

    return run


_PARSERS: dict[str, Callable[[str, int, int], Arguments]] = {
    "search": _search,
    "where": _where,
    "eval": _eval,
    "append": _append,
    "stats": _worded(stats),
    "tstats": lambda text, start, end: tstats(words(text, start, end), _nested(text)),
    **{name: _worded(parser) for name, parser in (FIELD_PARSERS | SOURCE_PARSERS).items()},
}
_ALIASES = {"bucket": "bin"}
