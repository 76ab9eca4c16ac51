"""What an answer says of the shards and clusters it rests on, and what a script makes of them.

Bends (words of the lab's script): `shard_failures` (name: pattern of the indices whose shard fails, "" the first),
`timed_out`, `is_partial`, `terminated_early` (half of the matches are missing, and only that sign says so), `capped`
(amount: hits at most, without a sign but the total), `slow` (amount: seconds), `skipped_cluster` (name), `warning` (name:
text of the header), `lost_search` (tasks and points in time are gone), `expired_key`, `revoked_key`, `not_elastic`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from lab.elastic.call import Call
from lab.elastic.documents import Index
from lab.elastic.errors import shard_failure, shards_failed
from lab.elastic.names import LOCAL, Targets
from lab.elastic.query import Query
from lab.elastic.select import Hit

BENDS = frozenset(
    {"shard_failures", "timed_out", "is_partial", "terminated_early", "capped", "slow", "skipped_cluster", "warning"}
    | {"lost_search", "expired_key", "revoked_key", "not_elastic", "bulk_errors"}
)


def failing(call: Call, indices: tuple[Index, ...], *, allowed: bool) -> tuple[Index, ...]:
    """Return the indices whose shard fails; raises Failed (503) if partial results are not allowed."""
    pattern = call.bent_name("shard_failures")
    if pattern is None or not indices:
        return ()
    failed = tuple(one for one in indices if fnmatchcase(one.name, pattern)) if pattern else indices[:1]
    if failed and (not allowed or len(failed) == len(indices)):
        raise shards_failed([one.name for one in failed], len(indices))
    return failed


def cut_short(call: Call, signs: tuple[str, ...]) -> bool:
    """Tell whether the script ends a search before its end; `signs` are those its answer can show."""
    return any(call.bent(sign) is not None for sign in signs)


def halved(hits: Iterable[Hit], *, losing: bool) -> Iterator[Hit]:
    """Lose every second hit of a search that did not get to its end."""
    return (hit for turn, hit in enumerate(hits) if not (losing and turn % 2))


def shards(indices: tuple[Index, ...], failed: tuple[Index, ...], query: Query) -> dict[str, Any]:
    """Write `_shards`: one to an index; frozen ones that cannot match are skipped, and that is no loss (2.3)."""
    skipped = sum(one.tier == "frozen" and not one.between(query.low, query.high) for one in indices)
    said: dict[str, Any] = {
        "total": len(indices),
        "successful": len(indices) - len(failed),
        "skipped": skipped,
        "failed": len(failed),
    }
    return said | ({"failures": [shard_failure(one.name) for one in failed]} if failed else {})


def clusters(targets: Targets, failed: tuple[Index, ...], took: int) -> dict[str, Any]:
    """Write `_clusters`, {} where no other cluster was asked: the only place that names a skipped one (2.3)."""
    if set(targets.asked) <= {LOCAL}:
        return {}
    details = {alias or "(local)": _detail(targets, failed, alias, took) for alias in targets.asked}
    counts = {"running": 0, "failed": 0} | {
        state: sum(one["status"] == state for one in details.values()) for state in ("successful", "skipped", "partial")
    }
    return {"_clusters": {"total": len(details), **counts, "details": details}}


def _detail(targets: Targets, failed: tuple[Index, ...], alias: str, took: int) -> dict[str, Any]:
    said = {"indices": targets.asked[alias], "timed_out": False}
    if alias in targets.skipped:
        reason = {"type": "connect_transport_exception", "reason": f"Unable to connect to [{alias}]"}
        return said | {"status": "skipped", "failures": [{"shard": -1, "reason": reason}]}
    mine = tuple(one for one in targets.indices if one.cluster == alias)
    lost = tuple(one for one in failed if one.cluster == alias)
    return said | {"status": "partial" if lost else "successful", "took": took, "_shards": shards(mine, lost, Query())}
