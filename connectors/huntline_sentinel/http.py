"""The one place that speaks HTTP by hand: one request, one answer, or one of our errors; it repeats nothing.

The environment's proxy and CA variables change nothing; neither do redirects, which would carry a token elsewhere.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
import urllib3

from huntline.errors import ConfigError, HuntlineError, Transient
from huntline_sentinel.faults import TimedOut, fault
from huntline_sentinel.settings import Settings

CONNECT = 30  # seconds for a connection


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by their lower-case names."""

    status: int
    body: Any  # None where there is none
    headers: Mapping[str, str]


class Http:
    """Sends for one tenant; many threads may send at once. It is an `http_client` for msal, too."""

    def __init__(self, settings: Settings, *, read: float) -> None:
        """`read`: seconds to wait for an answer."""
        self._settings = settings
        self._read = read
        self._sessions = threading.local()

    def send(
        self,
        method: str,
        url: str,
        *,
        token: str,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request with a token. Raises what `faults` makes of an error."""
        sent = {"authorization": f"Bearer {token}", "accept": "application/json", **(headers or {})}
        got = self._request(method, url, headers=sent, params=params, json=body)
        told = {name.lower(): value for name, value in got.headers.items()}
        found = _json(got)
        if not got.ok or got.is_redirect:
            raise fault(got.status_code, found, told.get("retry-after", ""))
        if got.content and found is None:
            raise Transient(f"{got.status_code}: an answer that is no JSON")
        return Answer(got.status_code, found, told)

    def get(self, url: str, *, params: Any = None, headers: Any = None, **_: Any) -> requests.Response:
        """Ask for msal. What asking again may cure is raised here, before msal makes an answer of it."""
        return self._curable(self._request("GET", url, params=params, headers=headers))

    def post(
        self, url: str, *, params: Any = None, data: Any = None, headers: Any = None, **_: Any
    ) -> requests.Response:
        """Send for msal."""
        return self._curable(self._request("POST", url, params=params, data=data, headers=headers))

    def close(self) -> None:
        """Close nothing: sessions end with their threads."""

    def _curable(self, got: requests.Response) -> requests.Response:
        if got.status_code in (408, 429) or got.status_code >= 500:
            raise _named(fault(got.status_code, _json(got), got.headers.get("retry-after", "")))
        return got

    def _request(self, method: str, url: str, **given: Any) -> requests.Response:
        try:
            return self._session().request(method, url, timeout=(CONNECT, self._read), allow_redirects=False, **given)
        except requests.exceptions.SSLError as error:
            raise _wrong(f"TLS: {error.args[0] if error.args else error}") from None
        except requests.exceptions.ReadTimeout:
            raise TimedOut("no answer in time") from None
        except requests.exceptions.RequestException as error:
            raise Transient(f"{type(error).__name__}: the connection failed") from None
        except OSError as error:  # a file of certificates that is not there
            raise ConfigError(f"cannot be read as certificates: {error}", file="settings", key="ca") from None

    def _session(self) -> requests.Session:
        """Return this thread's own session: requests promises no more."""
        made: requests.Session | None = getattr(self._sessions, "made", None)
        if made is None:
            made = session(self._settings)
            self._sessions.made = made
        return made


def session(settings: Settings) -> requests.Session:
    """Return a session that trusts what the settings name, and nothing that the environment adds to it."""
    made = requests.Session()
    made.trust_env = False
    made.verify = trusted(settings)
    if not settings.verify:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # our own warning stands in every report
    made.proxies = {"http": settings.proxy, "https": settings.proxy} if settings.proxy else {}
    return made


def trusted(settings: Settings) -> str | bool:
    return settings.ca or True if settings.verify else False


def _json(got: requests.Response) -> Any:
    try:
        return got.json() if got.content else None
    except ValueError:
        return None


def _named(error: HuntlineError) -> HuntlineError:
    """A 500 of the authority has no code that says more: asking again may cure it."""
    return error if isinstance(error, Transient) else Transient(error.problem)


def _wrong(problem: str) -> ConfigError:
    return ConfigError(problem, file="settings", key="ca", advice="name the CA's file under `ca`")
