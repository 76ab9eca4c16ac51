"""Access tokens: given out for one audience, and read again with every request."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from lab.sentinel.errors import Failed, arm_failed, logs_failed
from lab.sentinel.settings import LOGS, MANAGEMENT, Application, SentinelSettings
from lab.serve.exchange import Answer, Request, bend

SIGNED_WITH = "the lab's own key, which nobody outside it has"  # real ones are signed by RSA; no client may read them
CHALLENGE = {"WWW-Authenticate": 'Bearer authorization_uri="https://login.microsoftonline.com/", error="invalid_token"'}


def given(application: Application, audience: str, now: datetime, seconds: int) -> str:
    """Return a token that lasts so many seconds."""
    ends = now + timedelta(seconds=seconds)
    said = {"aud": audience, "appid": application.id, "exp": ends, "iat": now, "ver": "1.0"}
    return jwt.encode(said, SIGNED_WITH, "HS256")


def who_queries(request: Request, settings: SentinelSettings) -> Application:
    """Return who asks Log Analytics; raises Failed (401 without a token, 403 for a wrong one) [M6].

    The words for an expired token and one of another audience are from memory.
    """
    token = _bearer(request)
    if not token:
        words = "Authentication failed. The 'Authorization' header is missing."
        raise _challenged(logs_failed(401, "AuthenticationFailed", words))
    said = _read(token)
    if said is None:
        raise logs_failed(403, "InvalidAuthenticationToken", "The access token is invalid.")
    if _ended(said, request) or bend(request, "revoked"):
        inner = ("TokenExpired", "The token has expired")
        words = "The provided authentication is not valid for this resource"
        raise _challenged(logs_failed(401, "InvalidTokenError", words, inner))
    if said["aud"].rstrip("/") not in LOGS or bend(request, "wrong_audience"):
        raise logs_failed(403, "InvalidAuthenticationTokenAudience", _wrong(said["aud"], LOGS))
    return _known(said, settings) or _unknown(said)


def who_manages(request: Request, settings: SentinelSettings) -> Application:
    """Return who asks Resource Manager; raises Failed (401)."""
    token = _bearer(request)
    if not token:
        words = "Authentication failed. The 'Authorization' header is missing."
        raise _challenged(arm_failed(401, "AuthenticationFailed", words))
    said = _read(token)
    if said is None:
        raise _challenged(arm_failed(401, "InvalidAuthenticationToken", "The access token is invalid."))
    if _ended(said, request):
        ended = datetime.fromtimestamp(said["exp"], UTC)
        words = f"The access token expiry UTC time '{ended}' is earlier than current UTC time '{request.now}'."
        raise _challenged(arm_failed(401, "ExpiredAuthenticationToken", words))
    if said["aud"].rstrip("/") not in MANAGEMENT or bend(request, "wrong_audience"):
        raise _challenged(arm_failed(401, "InvalidAuthenticationTokenAudience", _wrong(said["aud"], MANAGEMENT)))
    application = _known(said, settings)
    if application is None or bend(request, "revoked"):
        words = "The access token is from a principal that was disabled or deleted."
        raise _challenged(arm_failed(401, "InvalidAuthenticationToken", words))
    return application


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _read(token: str) -> dict[str, Any] | None:
    """Return what a token says, None for one that is not ours; whether it has ended goes by the request's clock."""
    try:
        return jwt.decode(
            token, SIGNED_WITH, ["HS256"], options={"verify_aud": False, "verify_exp": False, "verify_iat": False}
        )
    except jwt.InvalidTokenError:
        return None


def _ended(said: dict[str, Any], request: Request) -> bool:
    return bool(said["exp"] <= request.now.timestamp()) or bend(request, "expired_token") is not None


def _known(said: dict[str, Any], settings: SentinelSettings) -> Application | None:
    everyone = (*settings.applications, *filter(None, [settings.identity]))
    return next((one for one in everyone if one.id == said["appid"] and not one.revoked), None)


def _unknown(said: dict[str, Any]) -> Application:
    words = "The provided authentication is not valid for this resource"
    inner = ("PrincipalDisabled", f"The principal {said['appid']} is disabled")
    raise _challenged(logs_failed(401, "InvalidTokenError", words, inner))


def _wrong(audience: str, allowed: Iterable[str]) -> str:
    names = ",".join(f"'{one}/'" for one in sorted(allowed))
    words = f"The access token has been obtained from wrong audience or resource '{audience}'."
    return f"{words} It should exactly match (including forward slash) with one of the allowed audiences {names}."


def _challenged(failed: Failed) -> Failed:
    """Add the header that tells a client to ask for a new token."""
    answer = failed.answer
    return Failed(Answer(answer.status, answer.body, {**answer.headers, **CHALLENGE}))
