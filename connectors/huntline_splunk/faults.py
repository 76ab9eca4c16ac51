"""What an error of Splunk means, told by its status, never by its text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from huntline.errors import Denied, HuntlineError, QueryRejected, Transient, Unauthenticated, Unreadable
from huntline.remote import delay

LONGEST = 400  # characters of the platform's words that are kept
TAG = re.compile(r"<[^<>]*>")


class TimedOut(Transient):
    """No answer in time."""


class Missing(Unreadable):
    """What was asked for is not there, or not any more."""


class Taken(QueryRejected):
    """Something has that name already."""


def fault(status: int, body: bytes, retry_after: str) -> HuntlineError:  # noqa: PLR0911 (one return for each meaning)
    """Return the error for an answer that is none (statuses: REST API Reference Manual, "HTTP status codes")."""
    words = f"{status} {words_of(body)}".strip()
    match status:
        case 401:
            return Unauthenticated(words, advice="is the token right, and neither expired nor disabled?")
        case 402 | 403:
            return Denied(words, advice="the role may not do this")
        case 404 | 410:
            return Missing(words)
        case 409:
            return Taken(words)
        case 400 | 413:
            return QueryRejected(words)
        case 408 | 504:
            return TimedOut(words)
        case 429 | 502 | 503:
            return Transient(words, retry_after=delay(retry_after))
    return Unreadable(words)


def words_of(body: bytes) -> str:
    """Return the platform's own words, each once; a page that is neither JSON nor XML of its kind gives what it says."""
    text = body.decode("utf-8", "replace")
    try:
        told = json.loads(text)
    except ValueError:
        return " ".join(TAG.sub(" ", text).split())[:LONGEST]
    return "; ".join(dict.fromkeys(words for _, words in messages_of(told)))[:LONGEST]


def messages_of(told: Any) -> Iterator[tuple[str, str]]:
    """Yield every message of an answer or a job with its level, in capitals; a list of them, or lists by level."""
    given = told.get("messages") if isinstance(told, Mapping) else None
    if isinstance(given, Mapping):
        for level, texts in given.items():
            for text in texts if isinstance(texts, list) else [texts]:
                yield str(level).upper(), str(text)
    for one in given if isinstance(given, list) else ():
        yield str(one.get("type", "")).upper(), str(one.get("text", ""))
