"""What a target holds: the fields its indices map, what a search may ask for at most, and what it cannot see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, TypeAlias
from urllib.parse import quote

from huntline.errors import Denied, QueryRejected, Unauthenticated, Unreadable
from huntline.model.search import PartState
from huntline_elastic.client import Client
from huntline_elastic.faults import Missing, ShardsFailed

WINDOW = 10_000  # the documented default of index.max_result_window
ARRIVAL = "event.ingested"
PRIVILEGES = ("read", "view_index_metadata")
ALL = frozenset(PRIVILEGES)
UNSEEN = "unseen"  # our own word for an index that an alias names and the key may not ask about
SHUT = frozenset({"closed", "hidden", UNSEEN})  # a wildcard leaves them out


@dataclass(frozen=True, slots=True)
class Look:
    """How a target stands. `hidden`: why searches that succeed do not see all of it; "" where they do."""

    state: PartState
    words: str
    path: str  # what is there of the target, as an index expression
    hidden: str = ""
    indices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Terrain:
    """`arrivals`: every index maps the time of arrival. `window`: most events one search may ask for.

    `unindexed`: texts of which some documents hold values that no index holds.
    """

    mapped: frozenset[str]
    arrivals: bool
    window: int
    unindexed: frozenset[str] = frozenset()


Named: TypeAlias = tuple[str, tuple[str, ...]]  # an index, and its attributes


@dataclass(slots=True)
class Rights:
    """What the key may do with each pattern of this cluster; a pattern that was not told is not known.

    `found`: the indices of patterns looked at so far, None where the key may not ask; scopes share patterns.
    """

    of: dict[str, frozenset[str]] = field(default_factory=dict)
    found: dict[str, Sequence[Named] | None] = field(default_factory=dict)


def rights(client: Client, patterns: Iterable[str]) -> Rights:
    """Ask for the privileges on patterns: what a key may not read is left out of wildcards without a word."""
    asked = sorted({one for one in patterns if ":" not in one and not one.startswith("-")})
    if not asked:
        return Rights()
    body = {"index": [{"names": asked, "privileges": list(PRIVILEGES)}]}
    try:
        told = client.ask("POST", "/_security/user/_has_privileges", body=body).body.get("index", {})
    except (QueryRejected, Unreadable):  # a cluster without security has no such call
        return Rights()
    return Rights({name: frozenset(one for one, has in held.items() if has) for name, held in told.items()})


def look(client: Client, target: str, cluster: str, known: Rights) -> Look:
    """Say how a target, patterns of one cluster joined by commas, stands. Raises what the client raises."""
    patterns = target.split(",")
    if cluster and (away := missing_cluster(client, cluster, target, size=0)):
        return Look("not_searchable", away, target)
    wanted = [one for one in patterns if not one.startswith("-")]
    for one in wanted:
        if one not in known.found:
            known.found[one] = _found(client, one)
    found = {one: known.found[one] or () for one in wanted}
    unread = [one for one in wanted if known.found[one] is None or "read" not in known.of.get(one, ALL)]
    unseen = [one for one in wanted if "view_index_metadata" not in known.of.get(one, ALL) and one not in unread]
    there = [one for one in wanted if found[one] or one in unseen]
    if not there:
        state: PartState = "denied" if unread else "gone"
        words = f"the key may not read {', '.join(unread)}" if unread else f"nothing is stored under {target}"
        return Look(state, words, target)
    names = tuple(sorted({name for one in there for name, _ in found[one]}))
    path = ",".join([*there, *(one for one in patterns if one.startswith("-"))])
    return Look("searchable", "", path, "; ".join(_hidden(found, unread, unseen)), names)


def _found(client: Client, pattern: str) -> Sequence[Named] | None:
    """Return the indices of a pattern, None where the key may not ask about it."""
    try:
        return _indices(client, pattern)
    except Unauthenticated:
        raise
    except Denied:
        return None
    except Missing:  # a name without wildcard has to be there
        return ()


def _hidden(found: Mapping[str, Sequence[Named]], unread: Sequence[str], unseen: Sequence[str]) -> Iterator[str]:
    """Yield why a search of what is there does not see everything."""
    for one in unread:
        yield f"the key may not read all of {one}: what else it names is not seen"
    for one in unseen:
        yield f"the key may not see which indices {one} names: closed ones would go unnoticed"
    shut = sorted({name for named in found.values() for name, attributes in named if SHUT & set(attributes)})
    if shut:
        yield f"{len(shut)} closed or hidden indices are not searched: {', '.join(shut[:3])}"


def missing_cluster(client: Client, cluster: str, target: str, *, size: int) -> str:
    """Return the words for a remote cluster that a search for so many events leaves out, "" for one that answers.

    A search of a skipped cluster succeeds and finds nothing; `_search` alone says so, EQL does not. A cluster is skipped, too,
    where it refuses the size. Raises QueryRejected where the search as a whole is refused for it.
    """
    body = {"size": size, "track_total_hits": False, "_source": False, "query": NOBODY}
    try:
        told = client.ask("POST", f"/{target_path(target)}/_search", params=STRICT, body=body).body
    except Unreadable as error:
        return f"cluster {cluster} does not answer: {error.problem}"
    return skipped(told, cluster)


NOBODY = {"ids": {"values": ["nobody"]}}
"""Finds nothing, and is asked of every index: those that a search for nothing leaves out do not look at its size."""

STRICT = {
    "allow_partial_search_results": "false",
    "ignore_unavailable": "false",
    "allow_no_indices": "true",
    "expand_wildcards": "open",
}


def skipped(told: Any, cluster: str = "") -> str:
    """Return the words for clusters an answer was given without, "" where all had their say."""
    clusters = told.get("_clusters") or {}
    details = clusters.get("details") or {}
    bad = sorted(
        f"cluster {name} {detail.get('status', 'unknown')}"
        for name, detail in details.items()
        if detail.get("status") != "successful" or detail.get("timed_out")
    )
    if not bad and clusters.get("skipped"):
        bad = [f"{clusters['skipped']} clusters skipped"]
    if not bad and cluster and not clusters:
        return f"cluster {cluster}: the answer does not say whether it was asked"
    return ", ".join(bad)


def terrain(client: Client, target: str, fields: Iterable[str]) -> Terrain:
    """Ask which fields are mapped anywhere in a target, and how much a search of it may ask for."""
    body = {"fields": sorted({*fields, ARRIVAL})}
    params = {"include_unmapped": "true", "ignore_unavailable": "false", "allow_no_indices": "true"}
    answer = client.ask("POST", f"/{target_path(target)}/_field_caps", params=params, body=body).body
    if answer.get("failures"):
        raise ShardsFailed("not every index said which fields it maps")
    cluster = cluster_of(target)
    if cluster and (away := missing_cluster(client, cluster, target, size=0)):
        raise Unreadable(away)  # its fields would be taken for unmapped
    told = answer["fields"]
    mapped = frozenset(name for name, kinds in told.items() if set(kinds) - {"unmapped", "object", "nested"})
    arrivals = ARRIVAL in mapped and "unmapped" not in told[ARRIVAL]
    return Terrain(mapped, arrivals, _remote_window(client, cluster, target) if cluster else _window(client, target))


def cluster_of(target: str) -> str:
    """Return the remote cluster of a target, whose patterns are all of one; "" for the cluster that is asked.

    >>> cluster_of("eu:logs-a-*,-eu:logs-a-old")
    'eu'
    """
    return target.partition(":")[0].removeprefix("-") if ":" in target else ""


def target_path(target: str) -> str:
    """Write an index expression as a piece of an address."""
    return quote(target, safe="*,:-._+")


def _indices(client: Client, pattern: str) -> list[Named]:
    """Return the indices a pattern names, hidden and closed ones too, each with its attributes.

    The indices behind a data stream bear other names, of which it is only a part.
    """
    cluster, _, name = pattern.rpartition(":")
    wide = f"{cluster}:*{name.lstrip('*')}" if cluster else f"*{name.lstrip('*')}"
    asked = target_path(f"{pattern},{wide}")
    told = client.ask("GET", f"/_resolve/index/{asked}", params={"expand_wildcards": "all"}).body
    named = {
        f"{cluster}:{index}" if cluster and ":" not in index else index
        for kind, behind in (("data_streams", "backing_indices"), ("aliases", "indices"))
        for one in told.get(kind, ())
        if fnmatchcase(one["name"], pattern)
        for index in _list(one[behind])
    }
    attributes = _attributes(told)
    if elsewhere := sorted(named - attributes.keys()):
        attributes |= dict.fromkeys(elsewhere, (UNSEEN,)) | _asked_by_name(client, elsewhere)
    alone = {name for name in attributes if fnmatchcase(name, pattern)} - named
    dotted = name.startswith(".")  # such a pattern finds hidden indices, too
    kept = {one: tuple(word for word in attributes[one] if word != "hidden" or not dotted) for one in alone}
    behind = {one: tuple(word for word in attributes.get(one, ()) if word != "hidden") for one in named}
    return sorted((kept | behind).items())


def _attributes(told: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {one["name"]: tuple(one.get("attributes", ())) for one in told.get("indices", ())}


def _asked_by_name(client: Client, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Ask for indices whose names their alias or data stream does not tell; nothing where the key may not."""
    path = f"/_resolve/index/{target_path(','.join(names))}"
    try:
        return _attributes(client.ask("GET", path, params={"expand_wildcards": "all"}).body)
    except Unauthenticated:
        raise
    except (Denied, Missing):
        return {}


def _list(given: str | list[str]) -> list[str]:
    """A list of one may be written as that one (specification, Indices)."""
    return [given] if isinstance(given, str) else given


def _window(client: Client, target: str) -> int:
    """Return the smallest max_result_window of a target's indices, the default where nobody says."""
    path = f"/{target_path(target)}/_settings"
    params = {"filter_path": "*.settings.index.max_result_window", "expand_wildcards": "open,hidden"}
    try:
        told = client.ask("GET", path, params=params).body
    except (Denied, QueryRejected, Unreadable):
        return WINDOW
    held = (one.get("settings", {}).get("index", {}).get("max_result_window") for one in told.values())
    return min((int(one) for one in held if one), default=WINDOW)


def _remote_window(client: Client, cluster: str, target: str) -> int:
    """Return how much another cluster takes to be asked for: no call through this one tells its settings.

    Half as much each time, from the default. Raises Unreadable where it takes nothing.
    """
    size, words = WINDOW, ""
    while size:
        try:
            if not (words := missing_cluster(client, cluster, target, size=size)):
                return size
        except QueryRejected as error:
            words = error.problem
        size //= 2
    raise Unreadable(words)
