"""The errors of three services in their own shapes: the authority's, Log Analytics', Resource Manager's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from lab.serve.exchange import Answer

NONE: Mapping[str, str] = MappingProxyType({})


class Failed(Exception):
    """The service answers with an error."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer.body))
        self.answer = answer


def signing_failed(status: int, number: int, error: str, words: str) -> Failed:
    """Word a refusal of the authority; `number` is its AADSTS code."""
    trace = str(UUID(int=number))
    said = {
        "error": error,
        "error_description": f"AADSTS{number}: {words} Trace ID: {trace} Correlation ID: {trace}",
        "error_codes": [number],
        "trace_id": trace,
        "correlation_id": trace,
        "error_uri": f"https://login.microsoftonline.com/error?code={number}",
    }
    return Failed(Answer(status, said))


def logs_failed(status: int, code: str, message: str, *inner: tuple[str, str], wait: int | None = None) -> Failed:
    """Word a refusal of Log Analytics; each of `inner` lies inside the one before it [M6]."""
    return Failed(Answer(status, {"error": nested(code, message, *inner)}, _wait(wait)))


def nested(code: str, message: str, *inner: tuple[str, str]) -> dict[str, Any]:
    """Write an error with the errors inside it."""
    said: dict[str, Any] = {"code": code, "message": message}
    return said | ({"innererror": nested(*inner[0], *inner[1:])} if inner else {})


def deepest(failed: Failed) -> str:
    """Return the words of the innermost error of a refusal of Log Analytics."""
    said = failed.answer.body["error"]
    while "innererror" in said:
        said = said["innererror"]
    return str(said["message"])


def arm_failed(status: int, code: str, message: str, *, wait: int | None = None) -> Failed:
    """Word a refusal of Resource Manager."""
    return Failed(Answer(status, {"error": {"code": code, "message": message}}, _wait(wait)))


def bad_query(kind: str, words: str, *inner: tuple[str, str]) -> Failed:
    """Refuse a query: wrong as a whole, and so not run at all."""
    return logs_failed(400, "BadArgumentError", "The request had some invalid properties", (kind, words), *inner)


def insufficient(principal: str) -> Failed:
    """Refuse a query for want of a permission [M6]."""
    inner = f"The service principal does not have sufficient permissions to access this resource: {principal}"
    words = "The provided credentials have insufficient access to perform the requested operation"
    return logs_failed(403, "InsufficientAccessError", words, ("UnauthorizedClient", inner))


def forbidden(principal: str, action: str, scope: str) -> Failed:
    """Refuse a call to Resource Manager for want of a permission (seen)."""
    words = f"The client '{principal}' with object id '{principal}' does not have authorization to perform action '{action}'"
    return arm_failed(403, "AuthorizationFailed", f"{words} over scope '{scope}' or the scope is invalid.")


def not_found(kind: str, name: str) -> Failed:
    return arm_failed(404, "ResourceNotFound", f"The Resource '{kind}/{name}' was not found.")


def _wait(seconds: int | None) -> Mapping[str, str]:
    return NONE if seconds is None else {"Retry-After": str(seconds)}
