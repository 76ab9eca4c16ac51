"""The one place that speaks through Elastic's SDK: one request, one answer, or one of our errors; it repeats nothing.

A client of 8.19 is accepted by servers of 8.x and 9.x; one of 9.x asks for compatibility with 9, which 8.x refuses.
Kibana has no SDK for Python: it is spoken to through the transport that Elasticsearch's is made of.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import uuid4

from elastic_transport import (
    ApiResponse,
    ConnectionTimeout,
    HttpHeaders,
    JsonSerializer,
    TlsError,
    Transport,
    TransportApiResponse,
    TransportError,
)
from elastic_transport.client_utils import url_to_node_config
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

from huntline.errors import ConfigError, Transient
from huntline.ports import Secrets
from huntline_elastic.faults import TimedOut, fault, kibana_fault
from huntline_elastic.node import addresses, node_class
from huntline_elastic.settings import Settings, expect_connection, expect_kibana

T = TypeVar("T")
KEPT = "x-huntline-warning"
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
JSON = {"accept": "application/json"}
KIBANA = {"kbn-xsrf": "huntline", "elastic-api-version": "2023-10-31"}
REQUEST = "x-cloud-request-id"
"""The header by which Elastic Cloud tells a request's id; Kibana itself gives none."""

ONE_AT_A_TIME = threading.Lock()
"""Held while a large answer is taken apart, by all clients: decoded it is twenty times as large as on the wire."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`warnings`: what the server says in its Warning headers, such as deprecations. `request`: see `Kibana.ask`."""

    body: Mapping[str, Any]
    warnings: tuple[str, ...] = ()
    request: str = ""


class Client:
    """A connection to one cluster; many threads may ask at once."""

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        """Resolve the key and prepare the connection; nothing is sent. Raises ConfigError."""
        expect_connection(settings)
        where: dict[str, Any] = (
            {"cloud_id": settings.cloud_id} if settings.cloud_id else {"hosts": addresses(settings.urls)}
        )
        try:
            self._sdk = Elasticsearch(
                **where,
                api_key=secrets(settings.api_key),
                request_timeout=settings.timeout,
                max_retries=0,
                retry_on_timeout=False,
                retry_on_status=(),
                node_class=node_class(settings),
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
        body: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        ticket: str = "",
    ) -> Answer:
        """Send one request; a sequence goes as one JSON object a line, `ticket` as X-Opaque-Id.

        Raises what `faults` makes of an error, and Transient.
        """
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
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None,
        body: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None,
        ticket: str,
    ) -> ApiResponse[Any]:
        """Send one request and return its answer undecoded. Raises what `faults` makes of an error."""
        kind = "application/json" if isinstance(body, Mapping) else "application/x-ndjson"
        headers = JSON | ({"content-type": kind} if body is not None else {})
        headers |= {"x-opaque-id": ticket} if ticket else {}
        with _translated("url"):
            try:
                return self._sdk.perform_request(method, path, params=params, headers=headers, body=body)
            except UnsupportedProductError:  # an ApiError, too
                raise _wrong("url", "what answers is not Elasticsearch", "is it a proxy, or OpenSearch?") from None
            except ApiError as error:
                raise fault(error.meta.status, _told(error.body), error.meta.headers.get("retry-after") or "") from None

    def close(self) -> None:
        self._sdk.close()


class Kibana:
    """A connection to one space of one Kibana; many threads may ask at once."""

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        """Resolve the key and prepare the connection; nothing is sent. Raises ConfigError."""
        expect_kibana(settings)
        self._space = "" if settings.space == "default" else f"/s/{settings.space}"
        self._headers = JSON | KIBANA | {"authorization": f"ApiKey {secrets(settings.api_key)}"}
        (url,) = addresses([settings.kibana])
        trusted = settings.model_copy(update={"fingerprint": settings.kibana_fingerprint})
        node = url_to_node_config(url).replace(request_timeout=settings.timeout)
        self._transport = Transport([node], node_class(trusted), max_retries=0, retry_on_status=())

    def ask(
        self, method: str, path: str, *, params: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None
    ) -> Answer:
        """Send one request to the space. Raises what `faults` makes of an error.

        Its answer names the request: by the proxy's id where there is one, else by the X-Opaque-Id that was sent, which
        Kibana hands on to its log where `server.requestId` trusts this address.
        """
        ticket = f"huntline-{uuid4()}"
        headers = HttpHeaders({**self._headers, "x-opaque-id": ticket})
        if body is not None:
            headers["content-type"] = "application/json"
        with _translated("kibana"):
            got = self._transport.perform_request(
                method, _target(self._space + path, params), body=body, headers=headers
            )
        request = got.meta.headers.get(REQUEST) or ticket
        if not 200 <= got.meta.status < 300:
            raise kibana_fault(got.meta.status, got.body, got.meta.headers.get("retry-after") or "", request)
        if isinstance(got.body, str) and got.body:
            raise _wrong("kibana", "what answers is not Kibana's API", "is it Kibana's address, with its base path?")
        if not isinstance(got.body, Mapping):
            raise Transient("an answer without content")
        return Answer(got.body, request=request)

    def close(self) -> None:
        self._transport.close()


@contextmanager
def _translated(key: str) -> Iterator[None]:
    """Turn what the transport raises into our errors; `key` is the setting that leads there."""
    try:
        yield
    except ConnectionTimeout:
        raise TimedOut("no answer in time") from None
    except TlsError as error:
        advice = "name the CA's file under `ca`, or the certificate's `fingerprint`"
        raise _wrong(key, f"TLS: {error.message}", advice) from None
    except TransportError as error:
        raise Transient(f"{type(error).__name__}: {error.message}") from None


def _target(path: str, params: Mapping[str, Any] | None) -> str:
    return f"{path}?{urlencode(params)}" if params else path


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


def _wrong(key: str, problem: str, advice: str) -> ConfigError:
    return ConfigError(problem, file="settings", key=key, advice=advice)
