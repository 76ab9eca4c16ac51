"""What a role narrows without a word: indexes, events, and how far back or how long a search may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import quote

from huntline.errors import Terminal, Unauthenticated
from huntline_splunk.client import Client, entries_of
from huntline_splunk.jobs import truth

TOO_MUCH = (
    "admin_all_objects", "delete_by_keyword", "edit_roles", "edit_server", "edit_tokens_all", "edit_user", "indexes_edit",
    "install_apps", "rtsearch", "run_collect", "schedule_search",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of all roles of who asks. `known`: every role said what they are; else `allowed` is empty and says nothing."""

    user: str
    roles: tuple[str, ...]
    capabilities: tuple[str, ...]
    known: bool
    longest: timedelta | None = None  # one search may be; None: any length
    back: timedelta | None = None  # from now a search may begin; None: ever
    filters: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()  # patterns of indexes; `*` leaves out those that begin with `_`
    denied: tuple[str, ...] = ()
    jobs: int | None = None  # at once
    disk: int | None = None  # megabytes of all jobs


def context_of(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what `authentication/current-context` says of who asks."""
    found = entries_of(told)
    return found[0][1] if found else {}


def limits(client: Client) -> Limits:
    """Ask who asks, and what each of the roles may do. A role that may not be asked leaves the limits unknown."""
    who = context_of(client.ask("GET", "authentication/current-context").body)
    roles = tuple(map(str, who.get("roles") or ()))
    told = list(_asked(client, roles))
    base = Limits(str(who.get("username", "nobody")), roles, tuple(sorted(who.get("capabilities") or ())), known=False)
    if len(told) < len(roles) or not roles:
        return base
    return Limits(
        base.user,
        roles,
        base.capabilities,
        known=True,
        longest=_longest(told, "srchTimeWin"),
        back=_longest(told, "srchTimeEarliest"),
        filters=_filters(told),
        allowed=tuple(sorted({one for role in told for one in _texts(role, "srchIndexesAllowed")})),
        denied=tuple(sorted({one for role in told for one in _texts(role, "srchIndexesDisallowed")})),
        jobs=max(map(int, _numbers(told, "srchJobsQuota", "imported_srchJobsQuota")), default=None),
        disk=max(map(int, _numbers(told, "srchDiskQuota", "imported_srchDiskQuota")), default=None),
    )


def unread(limits: Limits, patterns: Iterable[str]) -> list[str]:
    """Return the patterns of indexes of which the role may not read all."""
    return [one for one in patterns if limits.known and not _covered(one, limits)]


def hidden_by(limits: Limits, patterns: Sequence[str]) -> Iterator[str]:
    """Yield why searches that succeed do not see every event of these indexes; no pattern is any index."""
    if limits.filters:
        yield f"the role's filter hides events: {'; '.join(limits.filters)}"
    if missed := unread(limits, patterns or ("*",)):
        yield f"the role may not read all of {', '.join(missed)}: what else that names is not seen"


def _asked(client: Client, roles: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    for role in roles:
        yield from (
            content for _, content in entries_of(told_of(client, f"authorization/roles/{quote(role, safe='')}"))
        )


def _longest(roles: Sequence[Mapping[str, Any]], name: str) -> timedelta | None:
    """Return the widest limit of several roles; None where one of them has none."""
    found = [_limit(role, name) for role in roles]
    return None if None in found else timedelta(seconds=max(one for one in found if one is not None))


def _limit(role: Mapping[str, Any], name: str) -> float | None:
    """Return a role's own limit, what it imports where it has none of its own (-1), None for no limit (authorize.conf)."""
    own, imported = (next(iter(_numbers([role], key)), -1.0) for key in (name, f"imported_{name}"))
    limit = own if own >= 0 else imported
    return limit if limit > 0 else None


def _numbers(roles: Sequence[Mapping[str, Any]], *names: str) -> list[float]:
    texts = [str(role.get(name, "")) for role in roles for name in names]
    return [float(one) for one in texts if one.lstrip("-").isdigit()]


def _filters(roles: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return what hides events: filters of several roles are joined by OR, so that one that lets all pass ends them."""
    found = {one.strip() for role in roles for one in _texts(role, "srchFilter")} - {""}
    return () if "*" in found else tuple(sorted(found))


def _texts(role: Mapping[str, Any], name: str) -> Iterator[str]:
    """Yield a role's own values and those it imports: lists, or texts with semicolons between."""
    for given in (role.get(name), role.get(f"imported_{name}")):
        values = given if isinstance(given, list) else () if given is None else (given,)
        for value in values:
            yield from (part.strip() for part in str(value).split(";")) if "Indexes" in name else (str(value),)


def _covered(pattern: str, limits: Limits) -> bool:
    """Say whether every index a pattern may name is allowed, and none of them is not."""
    named = pattern.lower()
    if any(fnmatchcase(named, one.lower()) or fnmatchcase(one.lower(), named) for one in limits.denied if one):
        return False
    return any(
        fnmatchcase(named, one.lower()) and (one.startswith("_") or not named.startswith("_"))
        for one in limits.allowed
        if one
    )


def partial_retries(client: Client) -> bool:
    """Say whether the server may repeat a search that lost a peer and give a part of it without a word; False if untold."""
    try:
        told = (
            b"".join(client.stream("GET", "properties/limits/search/search_retry")).decode("utf-8", "replace").lower()
        )
    except Unauthenticated:
        raise
    except Terminal:
        return False
    return "true" in told or told.strip() == "1"


@dataclass(frozen=True, slots=True)
class Provider:
    """A federated provider that does not answer, and that searches leave out without a word."""

    name: str
    everywhere: bool  # in transparent mode each search goes there, else those that name an index of it


def lost_providers(client: Client) -> tuple[Provider, ...]:
    """Return the providers that do not answer; none where there are none or nobody may tell."""
    told = told_of(client, "data/federated/provider", count="0")
    return tuple(
        Provider(name, str(one.get("mode", "")).lower() != "standard")
        for name, one in entries_of(told)
        if not truth(one.get("disabled")) and str(one.get("connectivityStatus", "")).lower() == "invalid"
    )


def told_of(client: Client, path: str, **params: str) -> Mapping[str, Any]:
    """Ask what a hunter need not be allowed to know; an empty answer where it is not."""
    try:
        return client.ask("GET", path, **params).body
    except Unauthenticated:
        raise
    except Terminal:
        return {}
