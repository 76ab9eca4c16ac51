"""Which scopes a cluster holds data of: few requests for all of them, since rules are planned for many tenants at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from huntline.errors import Denied
from huntline_elastic.client import Client
from huntline_elastic.faults import Missing
from huntline_elastic.terrain import Rights, look, rights, target_path

TOGETHER = 50  # patterns of one request, whose address may not grow for ever


def absent(client: Client, patterns: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the scopes of which nothing can be read, each with why. `patterns` by scope, as its rules name them.

    Raises what the client raises.
    """
    asked = sorted({one for some in patterns.values() for one in some if not one.startswith("-")})
    known = rights(client, asked)
    readable = [one for one in asked if "read" in known.of.get(one, ("read",))]
    there = set(_there(client, readable, known))
    return {scope: _why(some, known, readable) for scope, some in patterns.items() if not there.intersection(some)}


def _there(client: Client, patterns: Sequence[str], known: Rights) -> Iterator[str]:
    """Yield the patterns that name something; only wildcards over this cluster can be asked together."""
    wild = [one for one in patterns if "*" in one and ":" not in one]
    for start in range(0, len(wild), TOGETHER):
        some = wild[start : start + TOGETHER]
        names = _names(client, some)
        yield from (one for one in some if any(fnmatchcase(name, one) for name in names))
    for one in sorted(set(patterns) - set(wild)):
        if _stands(client, one, known):
            yield one


def _names(client: Client, patterns: Iterable[str]) -> list[str]:
    told = client.ask("GET", f"/_resolve/index/{target_path(','.join(patterns))}").body
    return [one["name"] for kind in ("indices", "aliases", "data_streams") for one in told.get(kind, ())]


def _stands(client: Client, pattern: str, known: Rights) -> bool:
    try:
        return look(client, pattern, pattern.rpartition(":")[0], known).state == "searchable"
    except (Missing, Denied):
        return False


def _why(patterns: Sequence[str], known: Rights, readable: Sequence[str]) -> str:
    wanted = [one for one in patterns if not one.startswith("-")]
    denied = [one for one in wanted if one not in readable]
    if denied:
        return f"the key may not read {', '.join(denied)}"
    unseen = [one for one in wanted if "view_index_metadata" not in known.of.get(one, ("view_index_metadata",))]
    if unseen:
        return f"the key may not see which indices {', '.join(unseen)} names"
    return f"nothing is stored under {', '.join(wanted)}"
