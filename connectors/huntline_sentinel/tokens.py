"""The one place that speaks through msal: a token for an audience, or one of our errors."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msal  # type: ignore[import-untyped]  # msal ships no types

from huntline.errors import ConfigError, Transient, Unauthenticated
from huntline.ports import Secrets
from huntline_sentinel.http import Http
from huntline_sentinel.settings import Settings

BUSY = frozenset({"temporarily_unavailable", "server_error"})  # OAuth 2.0, RFC 6749, 4.1.2.1


class Token(NamedTuple):
    """A token; `expires_on` in seconds of the epoch."""

    token: str
    expires_on: int

    def __repr__(self) -> str:
        return f"Token(expires_on={self.expires_on})"


class Tokens:
    """Whoever asks in one tenant, with a token for each audience, kept by msal until it runs out."""

    def __init__(self, settings: Settings, secrets: Secrets, http: Http) -> None:
        """Resolve the secret; nothing is sent. Raises ConfigError."""
        self._settings, self._http = settings, http
        self._proof = None if settings.managed_identity else _proof(settings, secrets)
        self._app: Any = None
        self._refused: Unauthenticated | None = None
        self._turn = threading.Lock()

    def of(self, audience: str) -> Token:
        """Return a token. Raises Unauthenticated, once for all: asking on would lock the account out; or Transient."""
        with self._turn:
            if self._refused:
                raise self._refused
            try:
                return self._asked(audience)
            except Unauthenticated as refused:
                self._refused = refused
                raise

    def _asked(self, audience: str) -> Token:
        try:
            if self._app is None:
                self._app = self._made()
            if self._settings.managed_identity:
                got = self._app.acquire_token_for_client(resource=audience)
            else:
                got = self._app.acquire_token_for_client(scopes=[f"{audience}/.default"])
        except ValueError as wrong:  # msal's word for a tenant or key that cannot be right
            raise Unauthenticated(
                _first_line(str(wrong)), advice="are tenant, authority and certificate right?"
            ) from None
        if "access_token" in got:
            return Token(got["access_token"], int(time.time()) + int(got["expires_in"]))
        raise _error(got)

    def _made(self) -> Any:
        settings = self._settings
        if settings.managed_identity:
            one = msal.UserAssignedManagedIdentity(client_id=settings.client) if settings.client else None
            return msal.ManagedIdentityClient(one or msal.SystemAssignedManagedIdentity(), http_client=self._http)
        return msal.ConfidentialClientApplication(
            settings.client,
            client_credential=self._proof,
            authority=f"{settings.authority}/{settings.tenant}",
            instance_discovery=False,  # nobody but the authority of the settings is asked
            http_client=self._http,
        )


def _proof(settings: Settings, secrets: Secrets) -> Any:
    if settings.secret:
        return secrets(settings.secret)
    if settings.assertion:
        return {"client_assertion": lambda: _text(settings.assertion, "assertion").strip()}
    password = secrets(settings.certificate_password) if settings.certificate_password else None
    if settings.certificate.lower().endswith((".pfx", ".p12")):
        return {"private_key_pfx_path": settings.certificate, "passphrase": password}
    pem = _text(settings.certificate, "certificate")
    return {"private_key": pem, "public_certificate": pem, "passphrase": password}


def _text(path: str, key: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is no text"
        raise ConfigError(f"{path} cannot be read: {why}", file="settings", key=key) from None


def _error(got: Mapping[str, Any]) -> Transient | Unauthenticated:
    words = _first_line(f"{got.get('error', 'no token')}: {got.get('error_description', '')}".removesuffix(": "))
    if got.get("error") in BUSY:
        return Transient(words)
    return Unauthenticated(words, advice="is the secret right and not expired, and the app known in this tenant?")


def _first_line(text: str) -> str:
    """Leave out trace ids and times, which differ each time."""
    return text.split(" Trace ID:", maxsplit=1)[0].splitlines()[0][:400]
