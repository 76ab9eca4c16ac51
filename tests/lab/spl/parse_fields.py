"""Arguments of the commands that choose, order and change fields and rows (help.splunk.com: Search Reference)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab.spl.errors import SplError
from lab.spl.patterns import pcre
from lab.spl.times import span
from lab.spl.words import Words


def _fields(words: Words) -> dict[str, Any]:
    drop = words.skip("-")
    if not drop:
        words.skip("+")
    return {"keep": not drop, "names": words.names()}


def _table(words: Words) -> dict[str, Any]:
    return {"names": words.names()}


def _head(words: Words) -> dict[str, Any]:
    """Read a count, bare or as limit=; head with a condition is not known here."""
    options = words.options("limit")
    count = options.get("limit") or ("10" if words.done() else words.take("word").text)
    return {"count": words.whole(count)}


def _sort(words: Words) -> dict[str, Any]:
    options = words.options("limit")
    limit = options.get("limit", "10000")
    if words.now.kind == "word" and words.now.text.isdecimal():
        limit = words.take("word").text
    keys = [_key(words)]
    while not words.done() and not words.comes("d", "desc"):
        words.sign(",")
        keys.append(_key(words))
    if words.skip("d", "desc"):
        keys = [(name, how, not down) for name, how, down in keys]
    return {"keys": tuple(keys), "limit": words.whole(limit)}


def _key(words: Words) -> tuple[str, str, bool]:
    """Read -field, + field or num(field): name, how to compare, whether downwards."""
    word = words.take("word", "quoted")
    bare = word.kind == "word"
    down, name = bare and word.text.startswith("-"), word.text.lstrip("+-") if bare else word.text
    name = name or words.name()
    if not words.sign("("):
        return name, "auto", down
    if name not in {"auto", "num", "str"}:
        raise SplError(f"there is no way to sort by {name}", word.start)
    field = words.name()
    words.take(")")
    return field, name, down


def _dedup(words: Words) -> dict[str, Any]:
    count = "1"
    if words.now.kind == "word" and words.now.text.isdecimal():
        count = words.take("word").text
    names = [words.name()]
    while not words.done() and words.then.kind != "=" and not words.comes("sortby"):
        words.sign(",")
        names.append(words.name())
    options = words.options("keepempty")
    return {
        "count": words.whole(count, least=1),
        "names": tuple(names),
        "keepempty": words.truth(options.get("keepempty", "f")),
    }


def _rename(words: Words) -> dict[str, Any]:
    pairs: list[tuple[str, str]] = []
    while not words.done():
        at, (old, new) = words.now.start, words.renamed()
        if old == new or old.count("*") != new.count("*"):
            raise SplError("expected name AS name, with as many asterisks on both sides", at)
        pairs.append((old, new))
        if not words.sign(","):
            continue
        if words.done():
            raise SplError("expected another name after the comma", words.now.start)
    if not pairs:
        raise SplError("expected name AS name", words.now.start)
    return {"pairs": tuple(pairs)}


def _fillnull(words: Words) -> dict[str, Any]:
    value = words.options("value").get("value", "0")
    return {"value": value, "names": () if words.done() else words.names()}


def _bin(words: Words) -> dict[str, Any]:
    options = words.options("span")
    at, (name, new) = words.now.start, words.renamed()
    options |= words.options("span")
    if words.skip("as"):
        new = words.name()
    if "span" not in options:
        raise SplError("expected span=", at)
    return {"field": name, "as": new, "span": span(options["span"], at)}


def _mvexpand(words: Words) -> dict[str, Any]:
    name = words.name()
    return {"field": name, "limit": words.whole(words.options("limit").get("limit", "0"))}


def _regex(words: Words) -> dict[str, Any]:
    """Read field="..", field!=".." or ".." alone; NOT is refused (help.splunk.com: regex)."""
    if words.now.kind == "quoted" and words.then.kind == "end":
        name, denied = "_raw", False
    else:
        word = words.take("word")
        denied, name = word.text.endswith("!"), word.text.removesuffix("!")
        if not name:
            raise SplError("expected a field", word.start)
        words.take("=")
    pattern = words.take("quoted", "word")
    pcre(pattern.text, pattern.start)
    return {"field": name, "pattern": pattern.text, "denied": denied}


def _rex(words: Words) -> dict[str, Any]:
    """Read an extraction; mode=sed is not known here. Without a named group Splunk refuses the command."""
    options = words.options("field", "max_match")
    pattern = words.take("quoted")
    options |= words.options("field", "max_match")
    if not pcre(pattern.text, pattern.start).groupindex:
        raise SplError("expected a named group", pattern.start)
    most = words.whole(options.get("max_match", "1"))
    return {"field": options.get("field", "_raw"), "pattern": pattern.text, "most": most}


def _lookup(words: Words) -> dict[str, Any]:
    """Read the table, the fields that must agree and those to add (help.splunk.com: lookup)."""
    words.options("local", "update")
    table = words.name()
    keys = _pairs(words, "output", "outputnew")
    keep = words.comes("outputnew")
    outputs = _pairs(words) if words.skip("output", "outputnew") else ()
    return {"table": table, "keys": keys, "outputs": outputs, "keep": keep}


def _pairs(words: Words, *stops: str) -> tuple[tuple[str, str], ...]:
    found = [words.renamed()]
    while not words.done() and not words.comes(*stops):
        words.sign(",")
        found.append(words.renamed())
    return tuple(found)


def _return(words: Words) -> dict[str, Any]:
    """Read [count] and field, alias=field or $field (help.splunk.com: return)."""
    count = words.take("word").text if words.now.kind == "word" and words.now.text.isdecimal() else "1"
    fields: list[tuple[str, str]] = []
    while not words.done():
        alias = words.name()
        fields.append((alias, words.name() if words.sign("=") else alias.removeprefix("$")))
        words.sign(",")
    if not fields:
        raise SplError("expected a field", words.now.start)
    return {"count": words.whole(count, least=1), "fields": tuple(fields)}


def _alone(words: Words) -> dict[str, Any]:
    """Take no arguments: other separators of format are not known here, and require has none."""
    words.end()
    words.at -= 1
    return {}


def _outputlookup(words: Words) -> dict[str, Any]:
    """Read options and the table; what is written is the caller's work (help.splunk.com: outputlookup)."""
    options = words.options("append", "create_empty", "override_if_empty", "key_field", "max", "createinapp")
    return {
        "table": words.name(),
        "append": words.truth(options.get("append", "f")),
        "create_empty": words.truth(options.get("create_empty", "f")),
        "override_if_empty": words.truth(options.get("override_if_empty", "t")),
        "key_field": options.get("key_field", "_key"),
    }


FIELD_PARSERS: dict[str, Callable[[Words], dict[str, Any]]] = {
    "fields": _fields, "table": _table, "head": _head, "tail": _head, "sort": _sort, "dedup": _dedup, "rename": _rename,
    "fillnull": _fillnull, "bin": _bin, "bucket": _bin, "mvexpand": _mvexpand, "regex": _regex, "rex": _rex, "lookup": _lookup,
    "return": _return, "format": _alone, "require": _alone, "outputlookup": _outputlookup,
}  # fmt: skip
