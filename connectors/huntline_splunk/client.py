"""The one place that speaks through Splunk's SDK: one request, one answer, or one of our errors; it repeats nothing.

A `Service` may not be shared by threads, so that each has its own. Only `Context`'s verbs are used: what is built on them asks
for the server's version before every job, reads whole answers into memory and keeps one message of many.
"""

from __future__ import annotations

import base64
import http.client
import io
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import certifi
from splunklib.binding import AuthenticationError, HTTPError, UrlEncoded
from splunklib.client import Service

from huntline.errors import Transient, Unauthenticated
from huntline.ports import Secrets
from huntline_splunk.faults import TimedOut, fault
from huntline_splunk.settings import Settings, expect_connection, wrong_setting

PIECE = 1 << 16  # bytes read at once of a long answer
V2_FROM = {"enterprise": (9, 0, 2), "cloud": (9, 0, 2209)}  # splunk-sdk, client.Service.disable_v2_api


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers`: names in lower case."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]


class Client:
    """A connection to one deployment; many threads may ask at once."""

    def __init__(self, settings: Settings, secrets: Secrets, *, app: str = "") -> None:
        """Resolve the secrets and prepare the connection; nothing is sent. Raises ConfigError.

        `app`: in which jobs run, so that they find its macros; "" for that of who asks.
        """
        expect_connection(settings)
        self._app = app
        self._where = urlsplit(settings.url)
        self._handler = _handler(settings, _context(settings))
        self._login = (
            _Login(secrets(settings.token))
            if settings.token
            else _Login("", secrets(settings.username), secrets(settings.password))
        )
        self._mine = threading.local()
        self._turn = threading.Lock()
        self._info: Mapping[str, Any] | None = None
        self._user: str | None = None

    def ask(self, method: str, path: str, **params: str) -> Answer:
        """Send one request to a path below /services, or to one that is whole and quoted (`address`).

        Raises what `faults` makes of an error, or ConfigError.
        """
        with self._sent(method, path, params) as got:
            body = got.body.read()
        headers = {name.lower(): value for name, value in got.headers}
        if got.status == 204:
            return Answer(204, {}, headers)
        try:
            told = json.loads(body)
        except ValueError:
            raise Transient("an answer that is no JSON" if body else "an answer without content") from None
        return Answer(got.status, told if isinstance(told, Mapping) else {"value": told}, headers)

    def stream(self, method: str, path: str, **params: str) -> Iterator[bytes]:
        """Send one request and yield its answer as it comes; raises as `ask` does, at any piece."""
        with self._sent(method, path, params) as got:
            while piece := got.body.read(PIECE):
                yield piece

    def info(self) -> Mapping[str, Any]:
        """Return what the server says of itself, asked once."""
        with self._turn:
            if self._info is None:
                self._info = entries_of(self.ask("GET", "server/info").body)[0][1]
            return self._info

    def user(self) -> str:
        """Return who asks, asked once."""
        with self._turn:
            if self._user is None:
                told = entries_of(self.ask("GET", "authentication/current-context").body)
                self._user = str(told[0][1].get("username", "")) if told else ""
            return self._user

    def until(self) -> datetime | None:
        """Return when the token ends, as it says itself, 1970 for one that never does; None where it does not say."""
        return self._login.until()

    def jobs(self) -> str:
        """Return the path of search jobs: results are read by POST of version 2, where the server has it."""
        kind = "cloud" if self.info().get("instance_type") == "cloud" else "enterprise"
        version = tuple(int(part) for part in str(self.info()["version"]).split(".") if part.isdigit())
        endpoint = "search/v2/jobs" if version >= V2_FROM[kind] else "search/jobs"
        return address("nobody", self._app, endpoint) if self._app else endpoint

    @contextmanager
    def _sent(self, method: str, path: str, params: Mapping[str, str]) -> Iterator[Any]:
        service = self._service()
        send: Callable[..., Any] = getattr(service, method.lower())
        where = UrlEncoded(path, skip_encode=True) if path.startswith("/") else f"/services/{path}"
        told = {"output_mode": "json", **params}
        # The SDK takes some names for its own; those of a body it leaves alone.
        said: Mapping[str, Any] = {"body": told} if method == "POST" else told
        with _translated():
            try:
                got = send(where, **said)
            except AuthenticationError:
                if not self._login.renew(service):
                    raise
                got = send(where, **said)
            try:
                yield got
            finally:
                got.body.close()

    def _service(self) -> Service:
        """Return this thread's own, with the login that all share."""
        service: Service | None = getattr(self._mine, "service", None)
        if service is None:
            port = self._where.port or (443 if self._where.scheme == "https" else 80)
            known = {"host": self._where.hostname, "port": port, "scheme": self._where.scheme}
            service = self._mine.service = Service(handler=self._handler, autologin=False, **known)
        self._login.give(service)
        return service


@dataclass(slots=True)
class _Login:
    """A bearer token, or a user whose session is begun once for all threads, and once again when it has ended."""

    token: str = field(repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    session: str = field(default="", repr=False)
    refused: bool = False
    turn: threading.Lock = field(default_factory=threading.Lock)

    def give(self, service: Service) -> None:
        if self.token:
            service.bearerToken = self.token
            return
        with self.turn, _translated():
            if not self.session:
                self._begin(service)
            service.token = self.session

    def until(self) -> datetime | None:
        """Read the claims of a token, which are the second of its three parts."""
        parts = self.token.split(".")
        try:
            claims = json.loads(base64.urlsafe_b64decode(f"{parts[1]}=="))
            return datetime.fromtimestamp(int(claims["exp"]), UTC)
        except (IndexError, KeyError, TypeError, ValueError, OverflowError):
            return None

    def renew(self, service: Service) -> bool:
        """Begin another session in place of the one that was refused; False where that cannot help."""
        if self.token:
            return False
        with self.turn:
            if service.token == self.session:
                self._begin(service)
            service.token = self.session
        return True

    def _begin(self, service: Service) -> None:
        """Log in; a refusal is remembered, since asking on would lock the user out."""
        if self.refused:
            raise Unauthenticated("the user name and password were not accepted")
        service.logout()
        service.username, service.password = self.username, self.password
        try:
            service.login()
        except AuthenticationError:
            self.refused = True
            raise
        finally:
            service.username = service.password = ""
        self.session = str(service.token)


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the SDK and the sockets raise into errors of ours."""
    try:
        yield
    except HTTPError as error:  # an AuthenticationError, too
        headers = {name.lower(): value for name, value in error.headers}
        raise fault(error.status, error.body, headers.get("retry-after", "")) from None
    except ssl.SSLCertVerificationError as error:
        advice = "name the CA's file under `ca`"
        raise wrong_setting("url", f"TLS: {error.verify_message or error.reason}", advice) from None
    except TimeoutError:
        raise TimedOut("no answer in time") from None
    except (OSError, http.client.HTTPException) as error:
        raise Transient(f"{type(error).__name__}: {error}".removesuffix(": ")) from None


def _handler(settings: Settings, context: ssl.SSLContext | None) -> Callable[..., Mapping[str, Any]]:
    """Return what sends a request: the SDK's own takes no time-out from `connect`, and trusts anybody by default."""

    def send(url: str, message: Mapping[str, Any], **_: Any) -> Mapping[str, Any]:
        parts = urlsplit(url)
        connection = _connection(parts.hostname or "", parts.port, settings, context)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        sent = {"Connection": "close", "Accept": "application/json", **dict(message.get("headers", ()))}
        if message["method"] == "POST":
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(message["method"], path, message.get("body") or None, sent)
            got = connection.getresponse()
            body = _Body(got, connection) if got.status < 400 else io.BytesIO(got.read())
        except BaseException:
            connection.close()
            raise
        if got.status >= 400:  # the SDK leaves these open
            connection.close()
        return {"status": got.status, "reason": got.reason, "headers": _kept(got.getheaders()), "body": body}

    return send


def _connection(
    host: str, port: int | None, settings: Settings, context: ssl.SSLContext | None
) -> http.client.HTTPConnection:
    if context is None:
        return http.client.HTTPConnection(host, port, timeout=settings.timeout)
    if not settings.proxy:
        return http.client.HTTPSConnection(host, port, timeout=settings.timeout, context=context)
    proxy = urlsplit(settings.proxy)
    through = http.client.HTTPSConnection(
        proxy.hostname or "", proxy.port or 80, timeout=settings.timeout, context=context
    )
    through.set_tunnel(host, port)
    return through


def _kept(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Leave out the session's cookie: the SDK would send it instead of the token, and a stale one is refused.

    Others stay, by which a load balancer finds the search head that holds our jobs.
    """
    return [(n, v) for n, v in headers if not (n.lower() == "set-cookie" and v.lstrip().startswith("splunkd_"))]


@dataclass(slots=True)
class _Body:
    """An answer's body, which ends its connection."""

    response: http.client.HTTPResponse
    connection: http.client.HTTPConnection

    def read(self, size: int | None = None) -> bytes:
        return self.response.read(size)

    def close(self) -> None:
        self.response.close()
        self.connection.close()


def _context(settings: Settings) -> ssl.SSLContext | None:
    """Build a context without the system's store, which the environment can point anywhere."""
    if settings.url.startswith("http:"):
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    try:
        context.load_verify_locations(cafile=settings.ca or certifi.where())
    except (OSError, ssl.SSLError) as error:
        raise wrong_setting("ca", f"cannot be read as certificates: {error}") from None
    return context


def address(owner: str, app: str, endpoint: str, *names: str) -> str:
    """Return the path of a collection or an object in a namespace, its names quoted.

    >>> address("nobody", "soc", "saved/searches", "a/b c")
    '/servicesNS/nobody/soc/saved/searches/a%252Fb%20c'
    """
    # A slash in a name is quoted twice: splunkd takes the first quoting off before it looks for steps (mem).
    quoted = [quote(one.replace("/", "%2F"), safe="") for one in (owner, app, *names)]
    return "/".join(("/servicesNS", *quoted[:2], endpoint, *quoted[2:]))


def entries_of(told: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the entries of a feed: name and content."""
    return [(str(one.get("name", "")), one.get("content") or {}) for one in told.get("entry") or ()]
