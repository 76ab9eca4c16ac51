"""Arguments of stats and tstats: functions, groups, and what tstats reads (help.splunk.com: stats; tstats)."""

from __future__ import annotations

import re
from typing import Any

from lab.spl.errors import SplError
from lab.spl.kinds import need
from lab.spl.parse_expression import expression
from lab.spl.parse_search import Nested, condition
from lab.spl.pipeline import bracket
from lab.spl.times import span
from lab.spl.tree import Aggregate, Condition, Expression
from lab.spl.words import Words

_ALIASES = {"c": "count", "distinct_count": "dc", "estdc": "dc", "mean": "avg"}
_FUNCTIONS = {
    "count",
    "dc",
    "values",
    "list",
    "min",
    "max",
    "sum",
    "avg",
    "range",
    "first",
    "last",
    "earliest",
    "latest",
}
_STOPS = ("by", "groupby", "where", "from")
_SWITCHES = ("prestats", "append", "local", "summariesonly", "allow_old_summaries")


def stats(words: Words) -> dict[str, Any]:
    """Read functions and BY fields."""
    options = words.options("allnum", "partitions", "delim")
    if options:
        raise SplError(f"the argument {next(iter(options))} is not known here", words.now.start)
    found = _aggregates(words, "by")
    by = words.names() if words.skip("by") else ()
    return {"aggregates": found, "by": by}


def tstats(words: Words, nested: Nested) -> dict[str, Any]:
    """Read arguments, functions, FROM, WHERE and BY; prestats and append are refused when true, PREFIX() always."""
    options = words.options(*_SWITCHES, "fillnull_value", "chunk_size", "include_reduced_buckets")
    switches = {name: words.truth(options[name]) for name in _SWITCHES if name in options}
    if switches.get("prestats") or switches.get("append"):
        raise SplError("prestats=true and append=true are not known here", words.now.start)
    aggregates = _aggregates(words, *_STOPS)
    _no_expressions(aggregates, words)
    model = _model(words)
    where = _where(words, nested)
    by, size = _groups(words)
    words.end()
    return {
        "aggregates": aggregates, "model": model, "where": where, "by": by, "span": size,
        "fill": options.get("fillnull_value"), "summaries": switches.get("summariesonly", False),
    }  # fmt: skip


def _aggregates(words: Words, *stops: str) -> tuple[Aggregate, ...]:
    found = [_aggregate(words)]
    while not words.done() and not words.comes(*stops):
        words.sign(",")
        found.append(_aggregate(words))
    return tuple(found)


def _aggregate(words: Words) -> Aggregate:
    word = words.take("word")
    name = _ALIASES.get(word.text.lower(), word.text.lower())
    if name not in _FUNCTIONS:
        raise SplError(f"there is no statistical function {word.text}", word.start)
    of = _argument(words) if words.sign("(") else None
    if of is None and name != "count":
        raise SplError(f"{word.text} needs a field", word.start)
    shown = words.source[word.start : words.found[words.at - 1].end]
    label = words.name() if words.skip("as") else re.sub(r"\s+", "", shown) if isinstance(of, str) else shown
    return Aggregate(name, of, label.removesuffix("()"))


def _argument(words: Words) -> str | Expression | None:
    """Read a field, eval(condition) or nothing, and the closing bracket."""
    if words.sign(")"):
        return None
    if words.comes("eval") and words.then.kind == "(":
        return _eval(words)
    word = words.now
    name = words.name()
    if "*" in name:
        raise SplError("a wildcard in a function is not known here", word.start)
    words.take(")")
    return name


def _eval(words: Words) -> Expression:
    opening = words.then.start
    close = bracket(words.source, opening, words.found[-1].start)
    found = expression(words.source, opening + 1, close)
    need(found, "truth", opening)
    while words.now.start <= close:
        words.at += 1
    words.take(")")
    return found


def _no_expressions(aggregates: tuple[Aggregate, ...], words: Words) -> None:
    for one in aggregates:
        if one.function == "list" or (one.of is not None and not isinstance(one.of, str)):
            raise SplError(f"tstats knows no {one.name}", words.now.start)


def _model(words: Words) -> tuple[str, str | None] | None:
    if not words.skip("from"):
        return None
    word = words.now
    named = words.options("datamodel")
    model, _, dataset = named.get("datamodel", "").partition(".")
    if not model:
        raise SplError("expected datamodel=", word.start)
    return model, dataset.rpartition(".")[2] or None


def _where(words: Words, nested: Nested) -> Condition | None:
    """Hand the text up to BY to the reader of search conditions."""
    if not words.skip("where"):
        return None
    start, depth = words.now.start, 0
    while not words.done() and (depth or not words.comes("by", "groupby")):
        depth += {"(": 1, ")": -1}.get(words.now.kind, 0)
        words.at += 1
    return condition(words.source, start, words.now.start, nested)


def _groups(words: Words) -> tuple[tuple[str, ...], tuple[int, str] | None]:
    """Read BY fields; span= stands right behind _time or at the end."""
    names: list[str] = []
    size = None
    if not words.skip("by", "groupby"):
        return (), None
    while not words.done():
        at = words.now.start
        given = words.options("span")
        if given:
            size = span(given["span"], at)
        else:
            names.append(words.name())
        words.sign(",")
    if not names or (size is not None and "_time" not in names):
        raise SplError("expected fields to group by, among them _time where there is a span", words.now.start)
    return tuple(names), size
