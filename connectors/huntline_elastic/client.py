"""The one place that speaks through Elasticsearch's SDK: one request, one answer, or one of our errors; it repeats nothing.

A client of 8.19 is accepted by servers of 8.x and 9.x; one of 9.x asks for compatibility with 9, which 8.x refuses.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from elastic_transport import (
    ApiResponse,
    ConnectionTimeout,
    HttpHeaders,
    JsonSerializer,
    NodeConfig,
    TlsError,
    Transport,
    TransportApiResponse,
    TransportError,
    Urllib3HttpNode,
)
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError
from urllib3 import PoolManager, ProxyManager, Timeout

from huntline.errors import ConfigError, Transient
from huntline.ports import Secrets
from huntline_elastic.faults import TimedOut, fault
from huntline_elastic.settings import Settings, expect_connection
from huntline_elastic.trust import trust

T = TypeVar("T")
KEPT = "x-huntline-warning"
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
JSON = {"accept": "application/json"}
ONE_AT_A_TIME = threading.Lock()
"""Held while a large answer is taken apart, by all clients: decoded it is twenty times as large as on the wire."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`warnings`: what the server says in its Warning headers, such as deprecations."""

    body: Mapping[str, Any]
    warnings: tuple[str, ...] = ()


class Client:
    """A connection to one cluster; many threads may ask at once."""

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        """Resolve the key and prepare the connection; nothing is sent. Raises ConfigError."""
        expect_connection(settings)
        where: dict[str, Any] = {"cloud_id": settings.cloud_id} if settings.cloud_id else {"hosts": _hosts(settings)}
        try:
            self._sdk = Elasticsearch(
                **where,
                api_key=secrets(settings.api_key),
                request_timeout=settings.timeout,
                max_retries=0,
                retry_on_timeout=False,
                retry_on_status=(),
                node_class=_node_class(settings),
                transport_class=_Quiet,
                serializers={JsonSerializer.mimetype: _Undecoded()},
            )
        except ValueError as wrong:
            raise ConfigError(str(wrong), file="settings", key="cloud_id" if settings.cloud_id else "url") from None

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        ticket: str = "",
    ) -> Answer:
        """Send one request; `ticket` goes along as X-Opaque-Id. Raises what `faults` makes of an error, and Transient."""
        got = self.send(method, path, params=params, body=body, ticket=ticket)
        return Answer(_decoded(got.body), tuple(QUOTED.findall(got.meta.headers.get(KEPT) or "")))

    def boil(
        self,
        method: str,
        path: str,
        make: Callable[[Mapping[str, Any]], T],
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> T:
        """Send one request, and return what is made of its large answer, which is not kept. Raises what `ask` and `make` do."""
        got = self.send(method, path, params=params, body=body, ticket="")
        with ONE_AT_A_TIME:
            return make(_decoded(got.body))

    def send(
        self, method: str, path: str, *, params: Mapping[str, Any] | None, body: Mapping[str, Any] | None, ticket: str
    ) -> ApiResponse[Any]:
        """Send one request and return its answer undecoded. Raises what `faults` makes of an error."""
        headers = JSON | ({"content-type": "application/json"} if body is not None else {})
        headers |= {"x-opaque-id": ticket} if ticket else {}
        try:
            return self._sdk.perform_request(method, path, params=params, headers=headers, body=body)
        except UnsupportedProductError:  # an ApiError, too
            raise _wrong("what answers is not Elasticsearch", "is it a proxy, or OpenSearch?") from None
        except ApiError as error:
            raise fault(error.meta.status, _told(error.body), error.meta.headers.get("retry-after") or "") from None
        except ConnectionTimeout:
            raise TimedOut("no answer in time") from None
        except TlsError as error:
            advice = "name the CA's file under `ca`, or the certificate's `fingerprint`"
            raise _wrong(f"TLS: {error.message}", advice) from None
        except TransportError as error:
            raise Transient(f"{type(error).__name__}: {error.message}") from None

    def close(self) -> None:
        self._sdk.close()


class _Undecoded(JsonSerializer):
    """Leaves an answer as it came: when it is decoded is ours to say."""

    def loads(self, data: bytes) -> bytes:
        return data


class _Quiet(Transport):
    """Keeps Warning headers from becoming Python warnings, which are the process's and not the request's."""

    def perform_request(self, *args: Any, **kwargs: Any) -> TransportApiResponse:
        meta, body = super().perform_request(*args, **kwargs)
        if "warning" not in meta.headers:
            return TransportApiResponse(meta, body)
        headers = HttpHeaders({name: value for name, value in meta.headers.items() if name.lower() != "warning"})
        headers[KEPT] = meta.headers["warning"]
        kept = type(meta)(meta.status, meta.http_version, headers, meta.duration, meta.node)
        return TransportApiResponse(kept, body)


def _node_class(settings: Settings) -> type[Urllib3HttpNode]:
    """Return a node that trusts what the settings name, and nothing that the environment adds to it."""

    class Node(Urllib3HttpNode):
        def __init__(self, config: NodeConfig) -> None:
            super(Urllib3HttpNode, self).__init__(config)  # its own would load the system's store first
            self.pool = _manager(settings, config).connection_from_host(config.host, config.port, config.scheme)

    return Node


def _manager(settings: Settings, config: NodeConfig) -> PoolManager:
    named: dict[str, Any] = {
        "timeout": Timeout(total=config.request_timeout),
        "maxsize": config.connections_per_node,
        "block": True,
    }
    if config.scheme == "https":
        named["ssl_context"] = trust(settings.ca, verified=settings.verify and not settings.fingerprint)
        if settings.fingerprint:
            named |= {"assert_fingerprint": settings.fingerprint, "cert_reqs": "CERT_NONE", "assert_hostname": False}
    return ProxyManager(settings.proxy, **named) if settings.proxy else PoolManager(**named)


def _decoded(body: object) -> Mapping[str, Any]:
    try:
        told = json.loads(body) if isinstance(body, bytes) else None
    except ValueError:
        raise Transient("an answer that is no JSON") from None
    if not isinstance(told, Mapping):
        raise Transient("an answer without content")
    return told


def _told(body: object) -> object:
    """Return an error's words: decoded where they are JSON, as they are where something between us spoke."""
    try:
        return json.loads(body) if isinstance(body, bytes) else body
    except ValueError:
        return bytes(body).decode(errors="replace") if isinstance(body, bytes) else body


def _hosts(settings: Settings) -> list[str]:
    """Add the scheme's usual port, without which the SDK refuses an address."""
    hosts = []
    for url in settings.urls:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        hosts.append(f"{parts.scheme}://{name}:{port}{parts.path.rstrip('/')}")
    return hosts


def _wrong(problem: str, advice: str) -> ConfigError:
    return ConfigError(problem, file="settings", key="url", advice=advice)
