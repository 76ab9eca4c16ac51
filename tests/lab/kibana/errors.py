"""Kibana's two shapes of an error: the platform's own, and that of the detection engine's routes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from lab.serve.exchange import Answer


class Refused(Exception):
    """Kibana answers with an error. `siem` says that a route of the detection engine words it (facts)."""

    def __init__(self, status: int, message: Any, *, siem: bool) -> None:
        super().__init__(message)
        self.status, self.message, self.siem = status, message, siem


def platform(status: int, message: str) -> Refused:
    """Refuse before a route has been asked: keys, headers, privileges, bodies that do not fit (facts)."""
    return Refused(status, message, siem=False)


def siem(status: int, message: Any) -> Refused:
    """Refuse in a route; some refusals are lists of sentences (source)."""
    return Refused(status, message, siem=True)


def answer_of(refused: Refused) -> Answer:
    """Write an error as Kibana does; a 401 names the scheme it wants."""
    headers = {"WWW-Authenticate": "ApiKey"} if refused.status == 401 else {}
    if refused.siem:
        return Answer(refused.status, {"message": refused.message, "status_code": refused.status}, headers)
    words = HTTPStatus(refused.status).phrase
    return Answer(refused.status, {"statusCode": refused.status, "error": words, "message": refused.message}, headers)
