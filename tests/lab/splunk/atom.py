"""Entries as splunkd writes them: an Atom feed with the contents in its own dictionaries, or JSON.

The SDK reads the XML for every entity and collection [L1: data.load]; numbers and truths are text there, `1` and `0`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

import orjson

from lab.serve.exchange import Answer
from lab.splunk.call import Call

SPACES = (
    'xmlns="http://www.w3.org/2005/Atom" xmlns:s="http://dev.splunk.com/ns/rest" '
    'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"'
)
PAGE = 30  # entries of a collection unless count says otherwise (docs: pagination parameters)


@dataclass(frozen=True, slots=True)
class Entry:
    """`title` is the entry's name, or of a job its search; `path` lies below /services, or says all of it, quoted.

    Without `acl` the author alone may all, without `updated` it is as new as the answer.
    """

    title: str
    path: str
    content: Mapping[str, Any]
    author: str = "system"
    links: Sequence[str] = field(default=())
    acl: Mapping[str, Any] | None = None
    updated: datetime | None = None


def collection(call: Call, title: str, entries: Sequence[Entry]) -> Answer:
    """Answer a page of a collection: 30 entries unless asked for more, 0 and -1 are all (docs)."""
    count, offset = call.whole("count", PAGE), call.whole("offset", 0)
    shown = entries[offset:] if count <= 0 else entries[offset : offset + count]
    paging = {"total": len(entries), "perPage": count if count > 0 else len(entries), "offset": offset}
    return feed(call, title, shown, paging)


def feed(call: Call, title: str, entries: Sequence[Entry], paging: Mapping[str, int]) -> Answer:
    """Answer entries as a feed."""
    if call.mode == "json":
        return _json(call, title, entries, paging)
    counts = "".join(
        f"<opensearch:{name}>{paging[key]}</opensearch:{name}>"
        for name, key in (("totalResults", "total"), ("itemsPerPage", "perPage"), ("startIndex", "offset"))
    )
    head = f"<title>{escape(title)}</title><id>/services/{escape(title)}</id>{_made(call)}{counts}<s:messages/>"
    return _xml(f"<feed {SPACES}>{head}{''.join(_entry(call, one) for one in entries)}</feed>")


def alone(call: Call, entry: Entry) -> Answer:
    """Answer one entry at the root, as a job is [L1: Job._load_atom_entry]; in JSON it stands in a list as ever."""
    if call.mode == "json":
        return _json(call, entry.path, [entry], {"total": 1, "perPage": 1, "offset": 0})
    return _xml(_entry(call, entry, spaces=f" {SPACES}"))


def _json(call: Call, title: str, entries: Sequence[Entry], paging: Mapping[str, int]) -> Answer:
    body = {
        "links": {},
        "origin": f"/services/{title}",
        "updated": stamp(call.request.now),
        "generator": {"build": "lab", "version": call.settings.version},
        "entry": [_plain(call, one) for one in entries],
        "paging": dict(paging),
        "messages": [],
    }
    return Answer(200, orjson.dumps(body), {"Content-Type": "application/json; charset=UTF-8"})


def _plain(call: Call, entry: Entry) -> dict[str, Any]:
    href = _href(entry)
    return {
        "name": entry.title,
        "id": href,
        "updated": stamp(entry.updated or call.request.now),
        "links": {"alternate": href, **{name: f"{href}/{name}" for name in entry.links}},
        "author": entry.author,
        "acl": _acl(entry),
        "content": dict(entry.content),
    }


def _entry(call: Call, entry: Entry, *, spaces: str = "") -> str:
    href = _href(entry)
    links = f'<link href={quoteattr(href)} rel="alternate"/>' + "".join(
        f'<link href={quoteattr(f"{href}/{name}")} rel="{name}"/>' for name in entry.links
    )
    content = {**entry.content, "eai:acl": _acl(entry)}
    updated = stamp(entry.updated or call.request.now)
    return (
        f"<entry{spaces}><title>{escape(entry.title)}</title><id>{escape(href)}</id>"
        f"<updated>{updated}</updated>{links}<author><name>{escape(entry.author)}</name></author>"
        f'<content type="text/xml">{_dict(content)}</content></entry>'
    )


def _dict(found: Mapping[str, Any]) -> str:
    return f"<s:dict>{''.join(_key(name, value) for name, value in found.items())}</s:dict>"


def _key(name: str, value: Any) -> str:
    return f"<s:key name={quoteattr(name)}>{_messages(value) if name == 'messages' else _value(value)}</s:key>"


def _messages(found: Sequence[Mapping[str, str]]) -> str:
    """Write messages by their level, each a list (seen); in JSON they are one list of type and text (seen)."""
    levels: dict[str, list[str]] = {}
    for one in found:
        levels.setdefault(one["type"].lower(), []).append(one["text"])
    return _dict(levels)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return _dict(value)
    if isinstance(value, list | tuple):
        return f"<s:list>{''.join(f'<s:item>{_value(one)}</s:item>' for one in value)}</s:list>"
    if isinstance(value, bool):
        return str(int(value))
    return "" if value is None else escape(str(value))


def _acl(entry: Entry) -> Mapping[str, Any]:
    if entry.acl is not None:
        return entry.acl
    rights = {"read": [entry.author], "write": [entry.author]}
    return {"owner": entry.author, "app": "search", "sharing": "global", "perms": rights, "can_write": False}


def _href(entry: Entry) -> str:
    return entry.path if entry.path.startswith("/") else f"/services/{quote(entry.path)}"


def _made(call: Call) -> str:
    version = quoteattr(call.settings.version)
    stamped = f"<updated>{stamp(call.request.now)}</updated>"
    return f'{stamped}<generator build="lab" version={version}/><author><name>Splunk</name></author>'


def _xml(text: str) -> Answer:
    whole = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'
    return Answer(200, whole.encode(), {"Content-Type": "text/xml; charset=UTF-8"})


def stamp(when: datetime) -> str:
    return when.isoformat(timespec="seconds")
