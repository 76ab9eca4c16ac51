"""Which indices a target means, for this key: patterns, exclusions, other clusters, and what silently falls away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from lab.elastic.call import Call
from lab.elastic.documents import Index
from lab.elastic.errors import Failed, Unbuilt, index_not_found, unauthorized
from lab.elastic.security import may, may_name
from lab.elastic.settings import Remote

LOCAL = ""


@dataclass(frozen=True, slots=True)
class Targets:
    """The indices to search. `asked` has the patterns by cluster ("" is this one), `skipped` the clusters left out."""

    indices: tuple[Index, ...]
    asked: Mapping[str, str]
    skipped: tuple[str, ...]


def resolve(call: Call, target: str, *, privilege: str, action: str) -> Targets:
    """Resolve a comma list of names and patterns.

    A pattern shrinks to what the key may read, without a word (2.2). A name that is not there, or not allowed, is an
    error unless ignore_unavailable, which drops it without a word ([E1]; allowed: mem). Raises Failed.
    """
    asked: dict[str, list[str]] = {}
    for part in target.split(","):
        cluster, name = split(part)
        if name.startswith("_") and name != "_all":
            reason = f"Invalid index name [{name}], must not start with '_'."
            raise Failed(400, "invalid_index_name_exception", reason, index=name)
        for alias in _aliases(call, cluster):
            asked.setdefault(alias, []).append(name)
    found: list[Index] = []
    skipped = []
    for alias, parts in asked.items():
        if alias != LOCAL and not _connected(call, alias):
            skipped.append(alias)
        else:
            found += _of_cluster(call, alias, parts, privilege, action)
    return Targets(tuple(found), {alias: ",".join(parts) for alias, parts in asked.items()}, tuple(skipped))


def split(part: str) -> tuple[str, str]:
    """Take a cluster's name off a target: `c1:logs-*`."""
    cluster, colon, name = part.partition(":")
    return (cluster, name) if colon else (LOCAL, part)


def shows_hidden(call: Call) -> bool:
    """Tell whether patterns mean hidden indices too, as those behind data streams are."""
    asked = set(call.given["expand_wildcards"].split(","))
    if not asked <= {"open", "hidden", "all"}:
        raise Unbuilt(f"wildcards that expand to {asked}")
    return bool(asked & {"all", "hidden"})


def remote_of(call: Call, alias: str) -> Remote:
    return next(one for one in call.settings.remotes if one.name == alias)


def _aliases(call: Call, cluster: str) -> list[str]:
    if cluster == LOCAL:
        return [LOCAL]
    found = [one.name for one in call.settings.remotes if fnmatchcase(one.name, cluster)]
    if not found and "*" not in cluster:
        raise Failed(404, "no_such_remote_cluster_exception", f"no such remote cluster: [{cluster}]")
    return found


def _connected(call: Call, alias: str) -> bool:
    """Tell whether a cluster answers; raises Failed (the status is mem) where the request may not go on without it."""
    remote = remote_of(call, alias)
    if remote.connected and call.bent_name("skipped_cluster") not in {alias, ""}:
        return True
    if not remote.skip_unavailable:
        raise Failed(500, "connect_transport_exception", f"Unable to connect to [{alias}]")
    return False


def _of_cluster(call: Call, alias: str, parts: list[str], privilege: str, action: str) -> list[Index]:
    there = call.cluster.store.indices(alias)
    chosen: dict[str, Index] = {}
    for name in parts:
        if name.startswith("-") and len(name) > 1:
            chosen = {base: one for base, one in chosen.items() if not _means(name[1:], one, hidden=True)}
        elif "*" in name or name == "_all":
            chosen |= _matching(call, name, there, privilege)
        else:
            chosen |= _named(call, name, there, privilege, action)
    return [one for one in there if one.base in chosen]


def _matching(call: Call, pattern: str, there: tuple[Index, ...], privilege: str) -> dict[str, Index]:
    hidden = pattern.startswith(".") or shows_hidden(call)
    wanted = "*" if pattern == "_all" else pattern
    found = {one.base: one for one in there if _means(wanted, one, hidden=hidden) and may(call.key, privilege, one)}
    if not found and not call.given.get("allow_no_indices", True):
        raise index_not_found(pattern)
    return found


def _named(call: Call, name: str, there: tuple[Index, ...], privilege: str, action: str) -> dict[str, Index]:
    found = {one.base: one for one in there if name in {one.stream, one.name}}
    allowed = {base: one for base, one in found.items() if may(call.key, privilege, one)}
    if allowed or call.given.get("ignore_unavailable", False):
        return allowed
    if found or not may_name(call.key, privilege, name):
        raise unauthorized(action, call.key.id, on=name, granted=f"{privilege},all")
    raise index_not_found(name)


def _means(pattern: str, index: Index, *, hidden: bool) -> bool:
    """Match a data stream's name, or a backing index's where hidden ones are asked for."""
    return fnmatchcase(index.stream, pattern) or (hidden and fnmatchcase(index.name, pattern))
