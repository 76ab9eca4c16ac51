"""Who asks: session keys, bearer tokens and cookies, in splunkd's order of precedence."""

from __future__ import annotations

import base64
import binascii
import secrets
import threading
from http.cookies import SimpleCookie

from lab.serve.exchange import Answer, Request, bend
from lab.splunk.call import given_of, mode_of
from lab.splunk.errors import Failed, Message, messages_answer
from lab.splunk.settings import SplunkSettings, User

NOT_AUTHENTICATED = "call not properly authenticated"  # seen in public tests


class Sessions:
    """Session keys with their user and end (epoch seconds); safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, tuple[str, float]] = {}

    def open(self, user: User, until: float) -> str:
        """Make a session and return its key."""
        key = secrets.token_urlsafe(48)
        with self._lock:
            self._held[key] = (user.name, until)
        return key

    def user(self, key: str, now: float) -> str | None:
        """Return whose session a key is, None for one that is unknown or over."""
        with self._lock:
            name, until = self._held.get(key, ("", 0.0))
        return name if now < until else None

    def forget(self) -> None:
        """End all sessions, as a restarted splunkd does."""
        with self._lock:
            self._held.clear()


def login(request: Request, settings: SplunkSettings, sessions: Sessions) -> Answer:
    """POST /services/auth/login: a session key, and with cookie=1 a cookie that holds it too [L1: Context.login]."""
    given = given_of(request)
    name, password = given.get("username", ("",))[-1], given.get("password", ("",))[-1]
    user = settings.user(name)
    if user is None or user.password != password:
        return messages_answer(401, [Message("WARN", "Login failed")], mode_of(given))
    key = sessions.open(user, request.now.timestamp() + settings.session_seconds)
    headers = {"Set-Cookie": cookie(key, settings)} if given.get("cookie", ("",))[-1] == "1" else {}
    if mode_of(given) == "json":
        return Answer(
            200, {"sessionKey": key, "message": "", "code": ""}, headers | {"Content-Type": "application/json"}
        )
    body = f'<response>\n  <sessionKey>{key}</sessionKey>\n  <messages>\n    <msg code=""></msg>\n  </messages>\n</response>\n'
    return Answer(200, body.encode(), headers | {"Content-Type": "text/xml; charset=UTF-8"})


def authenticate(request: Request, settings: SplunkSettings, sessions: Sessions) -> tuple[User, dict[str, str]]:
    """Return who asks, and the header that sets a cookie if one is set; raises Failed (401).

    A `splunkd_` cookie is looked at first, and where it is stale nothing else is: no token beside it helps (1.1).
    """
    if bend(request, "expired_token") or bend(request, "revoked"):
        raise _refused()
    key = _cookie(request)
    if key is not None:
        return _session(key, request, settings, sessions), {}
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    match scheme.lower():
        case "splunk":
            return _session(credential, request, settings, sessions), {}
        case "basic":
            return _basic(credential, settings), {}
        case "bearer":
            user = _bearer(credential, request, settings)
            return user, _followed(user, request, settings, sessions)
    raise _refused()


def cookie(key: str, settings: SplunkSettings) -> str:
    """Return a cookie that holds a session; its name has the port splunkd believes it listens on (seen in a public test)."""
    return f"splunkd_{settings.port}={key}; Path=/; Secure; HttpOnly; Max-Age={int(settings.session_seconds)}"


def _followed(user: User, request: Request, settings: SplunkSettings, sessions: Sessions) -> dict[str, str]:
    if not settings.token_cookies:
        return {}
    key = sessions.open(user, request.now.timestamp() + settings.session_seconds)
    return {"Set-Cookie": cookie(key, settings)}


def _cookie(request: Request) -> str | None:
    found = SimpleCookie(request.headers.get("cookie", ""))
    return next((one.value for name, one in found.items() if name.startswith("splunkd_")), None)


def _session(key: str, request: Request, settings: SplunkSettings, sessions: Sessions) -> User:
    name = sessions.user(key, request.now.timestamp())
    user = settings.user(name) if name else None
    if user is None:
        raise _refused()
    return user


def _basic(credential: str, settings: SplunkSettings) -> User:
    try:
        name, _, password = base64.b64decode(credential, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise _refused() from None
    user = settings.user(name)
    if user is None or user.password != password:
        raise _refused()
    return user


def _bearer(credential: str, request: Request, settings: SplunkSettings) -> User:
    token = next((one for one in settings.tokens if one.encoded == credential), None)
    if token is None or token.revoked or (token.expires and token.expires <= request.now):
        raise _refused()
    user = settings.user(token.user)
    if user is None:
        raise _refused()
    return user


def _refused() -> Failed:
    return Failed(401, NOT_AUTHENTICATED, kind="WARN")
