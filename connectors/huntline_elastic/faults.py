"""What an error of Elasticsearch means for a hunt, told by status and type, never by its text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from huntline.errors import Denied, HuntlineError, QueryRejected, Transient, Unauthenticated, Unreadable
from huntline.remote import delay

LONGEST = 400  # characters of the platform's words that are kept
GONE = frozenset({"index_not_found_exception", "index_closed_exception"})


class TimedOut(Transient):
    """No answer in time: a search asks for less, everything else asks again."""


class ShardsFailed(Transient):
    """Some or all shards could not answer; the others may."""


class TooBig(Unreadable):
    """The platform will never have the memory for this: a search asks for less."""


class Missing(Unreadable):
    """What was asked for is not there, or not any more."""


def fault(status: int, body: Any, retry_after: str) -> HuntlineError:  # noqa: PLR0911 (one return for each meaning)
    """Return the error for an answer that is none (statuses: Elasticsearch REST API, circuit breakers)."""
    words, kinds = f"{status} {words_of(body)}".strip(), frozenset(_values(body, "type"))
    match status:
        case 401:
            return Unauthenticated(words, advice="is the key right, and neither expired nor revoked?")
        case 403:
            return Denied(words, advice="the key needs read and view_index_metadata")
        case 404:
            return Missing(words)
        case 400 if kinds & GONE:
            return Missing(words)
        case 400 | 413:
            return QueryRejected(words)
        case 408 | 504:
            return TimedOut(words)
        case 429 if "PERMANENT" in _values(body, "durability"):
            return TooBig(words)
        case 429:
            return Transient(words, retry_after=delay(retry_after))
        case 500 | 502 | 503 if "search_phase_execution_exception" in kinds:
            return ShardsFailed(words)
        case 502 | 503:
            return Transient(words, retry_after=delay(retry_after))
    return Unreadable(words)


def words_of(body: Any) -> str:
    """Return the platform's own words: of each cause its type and reason, once; "" where it gave none."""
    error = body.get("error", body) if isinstance(body, Mapping) else body
    if not isinstance(error, Mapping):
        return str(error or "")[:LONGEST]
    told = dict.fromkeys(_causes(error))
    return "; ".join(told)[:LONGEST]


def _causes(error: Mapping[str, Any]) -> Iterator[str]:
    if error.get("type"):
        yield f"{error['type']}: {error.get('reason') or ''}".removesuffix(": ")
    below = [failed.get("reason") for failed in error.get("failed_shards") or ()]
    for cause in (*below, *(error.get("root_cause") or ()), error.get("caused_by")):
        if isinstance(cause, Mapping):
            yield from _causes(cause)


def _values(body: Any, key: str) -> Iterator[str]:
    """Yield a key's texts, however deep."""
    below = body.values() if isinstance(body, Mapping) else body if isinstance(body, list) else ()
    if isinstance(body, Mapping) and isinstance(body.get(key), str):
        yield body[key]
    for part in below:
        yield from _values(part, key)
