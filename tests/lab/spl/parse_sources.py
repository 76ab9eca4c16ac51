"""Arguments of the commands that bring events themselves, but for search and tstats."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from lab.spl.errors import SplError
from lab.spl.parse_search import plain_condition
from lab.spl.words import Words


def _makeresults(words: Words) -> dict[str, Any]:
    """Read count=, or format= with data= (help.splunk.com: makeresults)."""
    at = words.now.start
    options = words.options("count", "annotate", "format", "data", "splunk_server", "splunk_server_group")
    if ("format" in options) != ("data" in options) or options.get("format", "json").lower() not in {"json", "csv"}:
        raise SplError("format=json or format=csv goes with data=", at)
    count = words.whole(options.get("count", "1"))
    if "data" not in options:
        return {"rows": ({},) * count, "annotate": words.truth(options.get("annotate", "f"))}
    reader = _from_json if options["format"].lower() == "json" else _from_csv
    return {"rows": reader(options["data"], at), "annotate": False}


def _from_json(data: str, at: int) -> tuple[dict[str, str | list[str]], ...]:
    try:
        found = json.loads(data)
    except ValueError as wrong:
        raise SplError(f"data is no JSON: {wrong}", at) from wrong
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise SplError("data must be an array of objects", at)
    return tuple({name: _field(value) for name, value in one.items() if value is not None} for one in found)


def _field(value: Any) -> str | list[str]:
    """Keep text as it is, an array as several values, all else as its JSON (not documented)."""
    if isinstance(value, list):
        return [one if isinstance(one, str) else json.dumps(one) for one in value]
    return value if isinstance(value, str) else json.dumps(value)


def _from_csv(data: str, at: int) -> tuple[dict[str, str | list[str]], ...]:
    """Read a heading and rows; an empty cell is an absent field (not documented)."""
    heading, *rows = [row for row in csv.reader(io.StringIO(data.strip())) if row] or [[]]
    names = [name.strip() for name in heading]
    if not all(names) or not names or any(len(row) > len(names) for row in rows):
        raise SplError("data must be a heading and rows no longer than it", at)
    return tuple({name: cell for name, cell in zip(names, row, strict=False) if cell} for row in rows)


def _inputlookup(words: Words) -> dict[str, Any]:
    """Read options, the table and a condition (help.splunk.com: inputlookup)."""
    options = words.options("start", "max", "strict")
    table = words.name()
    found = None
    if words.skip("where"):
        start, end = words.now.start, words.found[-1].start
        found = plain_condition(words.source, start, end)
        words.at = len(words.found) - 1
    most = words.whole(options["max"]) if "max" in options else None
    strict = words.truth(options.get("strict", "f"))
    start = words.whole(options.get("start", "0"))
    return {"table": table, "condition": found, "start": start, "most": most, "strict": strict}


def _datamodel(words: Words) -> dict[str, Any]:
    """Read model, dataset and search or flat; other modes show the model, which we do not have."""
    model, dataset, mode = words.name(), words.name(), words.take("word")
    if mode.text.lower() not in {"search", "flat"}:
        raise SplError("expected search or flat", mode.start)
    options = words.options("summariesonly", "allow_old_summaries", "strict_fields")
    summaries = words.truth(options.get("summariesonly", "f"))
    prefixed = mode.text.lower() == "search"
    return {"model": model, "dataset": dataset, "prefixed": prefixed, "summaries": summaries}


def _from(words: Words) -> dict[str, Any]:
    """Read datamodel:Model.Dataset or lookup:table; fields come without prefix (help.splunk.com: from)."""
    word = words.take("word")
    kind, _, name = word.text.partition(":")
    if not name and word.text.endswith(":"):
        name = words.take("quoted").text
    if kind.lower() not in {"datamodel", "lookup"} or not name:
        raise SplError("expected datamodel:name or lookup:name", word.start)
    return {"kind": kind.lower(), "name": name}


def _dbinspect(words: Words) -> dict[str, Any]:
    options = words.options("index", "corruptonly", "cached")
    return {"index": options.get("index", "")}


def _metadata(words: Words) -> dict[str, Any]:
    """Read type= and index=; without an index the default ones are meant (help.splunk.com: metadata)."""
    at = words.now.start
    options = words.options("type", "index", "splunk_server")
    if options.get("type") not in {"hosts", "sources", "sourcetypes"}:
        raise SplError("expected type=hosts, sources or sourcetypes", at)
    return {"type": options["type"].removesuffix("s"), "index": options.get("index", "")}


def _eventcount(words: Words) -> dict[str, Any]:
    options = words.options("index", "summarize", "report_size", "list_vix", "list_federated_providers")
    return {"index": options.get("index", ""), "summarize": words.truth(options.get("summarize", "t"))}


def _rest(words: Words) -> dict[str, Any]:
    """Read a path between options (help.splunk.com: rest)."""
    known = ("count", "splunk_server", "splunk_server_group", "timeout")
    options = words.options(*known)
    path = words.take("word", "quoted")
    if not path.text.startswith("/services"):
        raise SplError("expected a path that begins with /services", path.start)
    return {"path": path.text, **options, **words.options(*known)}


SOURCE_PARSERS: dict[str, Callable[[Words], dict[str, Any]]] = {
    "makeresults": _makeresults, "inputlookup": _inputlookup, "datamodel": _datamodel, "from": _from,
    "dbinspect": _dbinspect, "metadata": _metadata, "eventcount": _eventcount, "rest": _rest,
}  # fmt: skip
SOURCES = tuple(SOURCE_PARSERS)
