"""What every kind of knowledge object is asked for alike: listed, read, made, changed, removed, shared, switched.

Each kind says which settings it takes and how it shows them; where an object lies and who may do what to it is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, Final
from urllib.parse import quote

from lab.serve.exchange import Answer
from lab.splunk import rights
from lab.splunk.atom import Entry, collection, feed
from lab.splunk.call import Call
from lab.splunk.errors import Failed, unsupported
from lab.splunk.knowledge import ANY, NOBODY, Acl, Kept, Key, Namespace

ONE: Final = {"total": 1, "perPage": 30, "offset": 0}
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)  # of an object nobody changed here (seen)
READ: Final = frozenset({"output_mode", "count", "offset", "search", "sort_key", "sort_dir", "sort_mode", "f"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object: its path below a namespace, its configuration file, its feed's title, what a new one needs.

    `taken` reads settings (raises Failed), `shown` returns a whole object's content, `clash` words a name that is taken;
    `links` are what can be done to one.
    """

    path: str
    conf: str
    title: str
    needs: tuple[str, ...]
    taken: Callable[[Call, Mapping[str, str]], dict[str, str]]
    shown: Callable[[Call, Kept], dict[str, Any]]
    clash: Callable[[str], str]
    links: tuple[str, ...] = ()
    reads: frozenset[str] = frozenset()


def listed(kind: Kind, call: Call) -> Answer:
    """GET the collection: 30 of what the namespace shows, by name, unless asked for otherwise (docs)."""
    _readable(kind, call)
    entries = [entry(kind, call, one) for one in call.knowledge.seen(kind.conf, place(call), call.asker)]
    wanted = call.one("search")
    found = [one for one in entries if _matches(one, wanted)]
    if call.given.get("sort_key", ("name",))[-1] != "name" or "f" in call.given:
        raise Failed(400, "The lab lists all fields by name.")
    return collection(call, kind.title, found[::-1] if call.one("sort_dir") == "desc" else found)


def shown(kind: Kind, call: Call) -> Answer:
    """GET one; under a wildcard all of that name [L1: AmbiguousReferenceException]."""
    _readable(kind, call)
    found = named(kind, call)
    return feed(call, kind.title, [entry(kind, call, one) for one in found], {**ONE, "total": len(found)})


def made(kind: Kind, call: Call) -> Answer:
    """POST the collection: a new object, private in a user's namespace, the app's in nobody's (docs)."""
    given = _settings(call)
    _required(call, "name", *kind.needs)
    key = _new(kind, call, call.one("name"))
    values = kind.taken(call, given)
    with call.knowledge.lock:
        if key in call.knowledge.kept:
            raise Failed(409, kind.clash(key.name))
        one = call.knowledge.put(Kept(key, rights.own(call, key), None, values, call.request.now))
    return replace(feed(call, kind.title, [entry(kind, call, one)], ONE), status=201)


def changed(kind: Kind, call: Call) -> Answer:
    """POST one: only what is sent changes (1.2), and that in the local layer; the name cannot (seen)."""
    if "name" in call.given:
        raise unsupported("name")
    return _rewritten(kind, call, kind.taken(call, _settings(call)))


def switched(kind: Kind, call: Call, *, on: bool) -> Answer:
    """POST one/enable or one/disable [L1: Entity.enable]."""
    return _rewritten(kind, call, {"disabled": "0" if on else "1"})


def removed(kind: Kind, call: Call) -> Answer:
    """DELETE one; what a package ships cannot be removed, only disabled (acl: removable; status and words lab)."""
    with call.knowledge.lock:
        one = writable(kind, call)
        if one.shipped is not None:
            raise Failed(403, f"Cannot remove '{one.key.name}': it comes with the app '{one.key.app}'.")
        call.knowledge.drop(one.key)
    return feed(call, kind.title, [], {**ONE, "total": 0})


def access(kind: Kind, call: Call) -> Answer:
    """GET one/acl."""
    return feed(call, kind.title, [replace(entry(kind, call, only(kind, call)), content={"eai:acl": None})], ONE)


def shared(kind: Kind, call: Call) -> Answer:
    """POST one/acl: sharing and owner are required [L1: acl_update]; what is not sent of the rights stays (inf)."""
    _required(call, "owner", "sharing")
    with call.knowledge.lock:
        one = writable(kind, call)
        acl = rights.wanted(call, one)
        key = replace(one.key, owner=acl.owner if acl.sharing == "user" else NOBODY)
        if key != one.key and key in call.knowledge.kept:
            raise Failed(409, kind.clash(key.name))
        call.knowledge.drop(one.key)
        new = call.knowledge.put(replace(one, key=key, acl=acl, updated=call.request.now))
    return feed(call, kind.title, [entry(kind, call, new)], ONE)


def clash(name: str) -> str:
    """Word a name that is taken, for all but saved searches (seen in a comment of Splunk's own interface)."""
    return f"An object with name={name} already exists"


def place(call: Call) -> Namespace:
    """Return the namespace asked for; raises Failed (404) for an app or a user that is not there (mem)."""
    where = call.namespace
    if where.app not in {ANY, *call.knowledge.apps}:
        raise Failed(404, f"Application does not exist: {where.app}")
    if where.owner not in {ANY, NOBODY} and call.settings.user(where.owner) is None:
        raise Failed(404, f"User does not exist: {where.owner}")
    return where


def named(kind: Kind, call: Call) -> list[Kept]:
    """Return the objects of the path's name; raises Failed (404) for none (seen)."""
    name = call.names["name"]
    found = [one for one in call.knowledge.seen(kind.conf, place(call), call.asker) if one.key.name == name]
    if not found:
        raise Failed(404, f"Could not find object id={name}")
    return found


def only(kind: Kind, call: Call) -> Kept:
    """Return the object of the path; raises Failed (400) where a wildcard has several (inf)."""
    found = named(kind, call)
    if len(found) > 1:
        raise Failed(400, f"Several objects have the name '{call.names['name']}'.")
    return found[0]


def writable(kind: Kind, call: Call) -> Kept:
    """Return the object of the path for a change; raises Failed (403)."""
    one = only(kind, call)
    if not call.knowledge.writable(one, call.asker):
        raise rights.unwritable(call, one.key, one.acl, removable=one.shipped is None)
    return one


def entry(kind: Kind, call: Call, one: Kept) -> Entry:
    """Return an object as an entry: its address is where it lies, not where it was asked for (seen)."""
    root = f"/servicesNS/{quote(one.key.owner, safe='')}/{quote(one.key.app, safe='')}/{kind.path}"
    where = {"eai:acl": None, "eai:appName": one.key.app, "eai:userName": one.key.owner}
    return Entry(
        one.key.name,
        f"{root}/{quote(one.key.name, safe='')}",
        {**kind.shown(call, one), **where},
        one.acl.owner,
        kind.links,
        rights.shown(call, one),
        one.updated or NEVER,
    )


def _rewritten(kind: Kind, call: Call, values: Mapping[str, str]) -> Answer:
    with call.knowledge.lock:
        one = writable(kind, call)
        new = replace(one, changed={**one.changed, **values}, updated=call.request.now)
        call.knowledge.put(new)
    return feed(call, kind.title, [entry(kind, call, new)], ONE)


def _new(kind: Kind, call: Call, name: str) -> Key:
    """Return where a new object goes; raises Failed (403) where its user may not write."""
    where = place(call)
    if where.any:
        raise Failed(400, "A new object needs one user and one app for its namespace.")  # words (lab)
    key = Key(kind.conf, where.owner, where.app, name)
    mine = where.owner == call.user.name or (where.owner != NOBODY and call.asker.everything)
    app = call.knowledge.apps[where.app]
    probe = Kept(key, Acl("", "app", app.read, app.write), None, {}, None)
    if not mine and (where.owner != NOBODY or not call.knowledge.writable(probe, call.asker)):
        raise rights.unwritable(call, key, probe.acl, removable=True)
    return key


def _required(call: Call, *names: str) -> None:
    if missing := [name for name in names if not call.one(name)]:
        raise Failed(400, f"The following required arguments are missing: {', '.join(missing)}.")  # words (mem)


def _settings(call: Call) -> dict[str, str]:
    return {name: values[-1] for name, values in call.given.items() if name not in {"output_mode", "name"}}


def _readable(kind: Kind, call: Call) -> None:
    if unknown := set(call.given) - READ - kind.reads:
        raise unsupported(*unknown)


def _matches(one: Entry, wanted: str) -> bool:
    """Tell whether an entry fits a filter: field=pattern, or a text in its name or any value (docs: response filter)."""
    field, sign, value = wanted.partition("=")
    values = {"name": one.title, "title": one.title, "eai:acl.app": (one.acl or {}).get("app"), **one.content}
    if sign and field in values:
        return fnmatchcase(_plain(values[field]), value.strip('"').lower())
    return any(wanted.strip('"').lower() in _plain(one) for one in values.values())


def _plain(value: Any) -> str:
    return str(int(value) if isinstance(value, bool) else value).lower()
