"""What an error of Azure means for a hunt, told by status and code, never by its text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from huntline.errors import Denied, HuntlineError, QueryRejected, Transient, Unauthenticated, Unreadable
from huntline.remote import delay

LONGEST = 400  # characters of the platform's words that are kept
TOO_MUCH = frozenset({"E_QUERY_RESULT_SET_TOO_LARGE", "-2133196797", "ResponseSizeLimitExceeded", "ResponseSizeError"})
"""Codes of answers that were cut for their size (Kusto, "Query limits"; the number is the same as a partial error's)."""
TOO_LONG = frozenset({"E_QUERY_TIMEOUT", "GatewayTimeout", "QueryTimeout", "RequestTimeout"})


class TimedOut(Transient):
    """No answer in time: a search asks for less, everything else asks again."""


class TooBig(Unreadable):
    """The answer is larger than the platform gives: a search asks for less."""


class Missing(Unreadable):
    """What was asked for is not there, or not any more."""


class Conflict(Transient):
    """The state of what is there stands against it: for a write of a rule that is final, for all else it passes."""


def fault(status: int, body: Any, retry_after: str) -> HuntlineError:  # noqa: PLR0911 (one return for each meaning)
    """Return the error for an answer that is none (statuses: Log Analytics API errors, Azure Resource Manager)."""
    words, kinds = f"{status} {words_of(body)}".strip(), codes_of(body)
    match status:
        case 401:
            return Unauthenticated(
                words, advice="is the token for this cloud and audience, and is the app still there?"
            )
        case 403:
            return Denied(
                words, advice="see the roles in docs/how-to/connect-sentinel.md; they take up to an hour to work"
            )
        case 404:
            return Missing(words)
        case 400 if kinds & TOO_MUCH:
            return TooBig(words)
        case 400:
            return QueryRejected(words)
        case 413:
            return TooBig(words)
        case 408 | 504:
            return TimedOut(words)
        case 409:
            return Conflict(words, retry_after=delay(retry_after))
        case 429 | 502 | 503:
            return Transient(words, retry_after=delay(retry_after))
    return Unreadable(words)


def words_of(body: Any) -> str:
    """Return the platform's own words, code and message of each level once; "" where it gave none."""
    return "; ".join(dict.fromkeys(f"{e['code']}: {e.get('message') or ''}".removesuffix(": ") for e in _errors(body)))[
        :LONGEST
    ]


def codes_of(body: Any) -> frozenset[str]:
    """Return the codes of an error, however deep."""
    return frozenset(str(error["code"]) for error in _errors(body))


def _errors(body: Any) -> Iterator[Mapping[str, Any]]:
    """Yield everything in a body that bears a code, from the outside in."""
    if isinstance(body, Mapping):
        if body.get("code"):
            yield body
        for below in body.values():
            yield from _errors(below)
    elif isinstance(body, list):
        for below in body:
            yield from _errors(below)
