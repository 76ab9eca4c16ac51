"""Elasticsearch's errors in their own shape, and the answers that need no thought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.serve.exchange import Answer
from lab.serve.faults import Refusal


class Failed(Exception):
    """Elasticsearch answers with an error. `inner` is its caused_by, `more` further members of the error."""

    def __init__(self, status: int, kind: str, reason: str, *, inner: Any = None, **more: Any) -> None:
        super().__init__(reason)
        self.status, self.kind, self.reason, self.inner, self.more = status, kind, reason, inner, more


class Unbuilt(Exception):
    """The stand-in does not run this: a defect of the lab for whoever needs it, never an answer of the platform."""


def answer_of(failed: Failed, headers: Mapping[str, str] | None = None) -> Answer:
    """Write an error as Elasticsearch does."""
    cause = {"type": failed.kind, "reason": failed.reason, **failed.more}
    roots = failed.more.get("failed_shards")
    root = [one["reason"] for one in roots] if roots else [cause]
    error = {"root_cause": root, **cause, **({"caused_by": failed.inner} if failed.inner else {})}
    return Answer(failed.status, {"error": error, "status": failed.status}, headers or {})


def index_not_found(name: str) -> Failed:
    more: dict[str, Any] = {"index": name, "resource.type": "index_or_alias", "resource.id": name}
    return Failed(404, "index_not_found_exception", f"no such index [{name}]", **more)


def unauthorized(action: str, key: str, *, on: str = "", granted: str) -> Failed:
    """Refuse for want of a privilege, in the words that name it."""
    where = f" on indices [{on}]" if on else ""
    kind = "index" if on else "cluster"
    reason = f"action [{action}] is unauthorized for API key id [{key}] of user [lab]{where}"
    return Failed(403, "security_exception", f"{reason}, this action is granted by the {kind} privileges [{granted}]")


def shards_failed(names: list[str], total: int) -> Failed:
    """Fail a search that does not take partial results."""
    failures = [shard_failure(name) for name in names]
    reason = "all shards failed" if len(names) == total else "Partial shards failure"
    return Failed(503, "search_phase_execution_exception", reason, phase="query", grouped=True, failed_shards=failures)


def shard_failure(index: str) -> dict[str, Any]:
    """Write one failed shard: no node holds it any more, as where frozen data has no replica [E16]."""
    reason = {"type": "no_shard_available_action_exception", "reason": None, "index": index}
    return {"shard": 0, "index": index, "reason": reason}


def illegal(reason: str) -> Failed:
    return Failed(400, "illegal_argument_exception", reason)


def refused(refusal: Refusal) -> Failed:
    """Word a scripted refusal (2.3, [E17]); without a kind it is a plain error."""
    match refusal.kind:
        case "circuit_breaker_transient" | "circuit_breaker_permanent":
            durability = refusal.kind.rpartition("_")[2].upper()
            reason = "[parent] Data too large, data for [<http_request>] would be larger than the limit"
            return Failed(
                refusal.status, "circuit_breaking_exception", reason,
                bytes_wanted=1_100_000_000, bytes_limit=1_020_054_732, durability=durability,
            )  # fmt: skip
        case "rejected_execution":
            reason = "rejected execution of TimedRunnable on QueueResizingEsThreadPoolExecutor[name = lab/search]"
            return Failed(refusal.status, "es_rejected_execution_exception", reason)
        case "":
            return Failed(refusal.status, "status_exception", f"the lab refuses by {refusal.status}")
    raise Unbuilt(f"no refusal of the kind {refusal.kind!r}")
