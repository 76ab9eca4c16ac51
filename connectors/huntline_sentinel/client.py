"""The one place that speaks through azure-monitor-query: one query, one answer, or one of our errors; it repeats nothing.

What the SDK makes of answers is looked at before it is believed: a partial one iterates like a whole one, an empty one
raises an error of JSON, and its own retries would ask a query of ten minutes four times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from json import JSONDecodeError
from typing import Any

from azure.core.credentials import AccessToken
from azure.core.exceptions import (
    AzureError,
    DecodeError,
    HttpResponseError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.transport import RequestsTransport
from azure.monitor.query import LogsQueryClient, LogsQueryPartialResult, LogsQueryResult, LogsTable

from huntline.errors import ConfigError, Transient
from huntline.model.window import Window
from huntline_sentinel.faults import TimedOut, codes_of, fault, words_of
from huntline_sentinel.http import CONNECT, Http, session, trusted
from huntline_sentinel.settings import Settings
from huntline_sentinel.tokens import Tokens

SLACK = 60  # seconds that an answer may take longer than the query is given
MOST_ROWS = 500_000
"""Rows of one answer: as many are taken for more (Azure Monitor service limits, log queries)."""
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """`wrong`: the platform's words for what is missing from the rows, with its codes; "" where nothing is."""

    rows: Sequence[Record]
    wrong: str = ""
    codes: frozenset[str] = field(default_factory=frozenset)

    @property
    def whole(self) -> bool:
        return not self.wrong and len(self.rows) < MOST_ROWS


class Logs:
    """A connection to one workspace's logs; many threads may ask at once."""

    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        """Prepare the connection; nothing is sent."""
        self._settings, self._tokens = settings, tokens
        self._seconds = settings.timeout
        self._http = Http(settings, read=self._seconds + SLACK)
        self._audience = settings.audiences.analytics or settings.analytics
        transport = RequestsTransport(
            session=session(settings),
            session_owner=False,
            use_env_settings=False,
            connection_verify=trusted(settings),
            connection_timeout=CONNECT,
            read_timeout=self._seconds + SLACK,
        )
        self._sdk = LogsQueryClient(
            _Credential(tokens),
            endpoint=settings.analytics,
            audience=self._audience,
            transport=transport,
            retry_total=0,
            permit_redirects=False,
        )

    def ask(self, query: str, window: Window | None = None, *, ticket: str = "") -> Answer:
        """Run a query over tables of plan Analytics; the window is inclusive at both ends. Raises what `faults` makes of it.

        `ticket` goes along as the request's id.
        """
        seen: list[PipelineResponse[Any, Any]] = []
        try:
            got = self._sdk.query_workspace(
                self._settings.workspace_id,
                query,
                timespan=(window.start, window.end) if window else None,
                server_timeout=max(1, int(self._seconds)),
                raw_response_hook=seen.append,
                request_id=ticket or None,
            )
        except (JSONDecodeError, DecodeError):
            raise _undecoded(seen) from None
        except HttpResponseError as error:
            raise _fault(error) from None
        except (ServiceResponseTimeoutError, ServiceRequestTimeoutError):
            raise TimedOut("no answer in time") from None
        except (ServiceRequestError, ServiceResponseError, AzureError) as error:
            raise _unsent(error) from None
        return _answer(got)

    def search(self, query: str, window: Window, *, ticket: str = "") -> Answer:
        """Run a query over one table of plan Basic or Auxiliary, which the SDK cannot; the window as in `ask`."""
        url = f"{self._settings.analytics}/v1/workspaces/{self._settings.workspace_id}/search"
        headers = {"prefer": f"wait={max(1, int(self._seconds))}"}
        headers |= {"x-ms-client-request-id": ticket} if ticket else {}
        body = {"query": query, "timespan": f"{_text(window.start)}/{_text(window.end)}"}
        token = self._tokens.of(self._audience).token
        got = self._http.send("POST", url, token=token, body=body, headers=headers)
        if not isinstance(got.body, Mapping) or ("tables" not in got.body and "error" not in got.body):
            raise _nothing(got.status)
        result = LogsQueryPartialResult if got.body.get("error") else LogsQueryResult
        tables = [_table(one) for one in got.body.get("tables") or ()]
        if result is LogsQueryResult:
            return Answer(_records(tables))
        return Answer(_records(tables), words_of(got.body["error"]), codes_of(got.body["error"]))

    def close(self) -> None:
        self._sdk.close()


@dataclass(frozen=True, slots=True)
class _Credential:
    """Fills azure-core's TokenCredential."""

    tokens: Tokens

    def get_token(
        self,
        *scopes: str,
        claims: str | None = None,  # noqa: ARG002 (azure-core's signature)
        tenant_id: str | None = None,  # noqa: ARG002
        enable_cae: bool = False,  # noqa: ARG002
        **_: Any,
    ) -> AccessToken:
        found = self.tokens.of(scopes[0].removesuffix("/.default"))
        return AccessToken(found.token, found.expires_on)


def _answer(got: LogsQueryResult | LogsQueryPartialResult) -> Answer:
    if isinstance(got, LogsQueryPartialResult):
        error = got.partial_error
        told = {"code": error.code, "message": error.message, "details": error.details} if error else {}
        return Answer(_records(got.partial_data), words_of(told) or "a partial answer", codes_of(told))
    if not got.tables:
        raise _nothing(200)
    return Answer(_records(got.tables))


def _records(tables: Sequence[LogsTable] | None) -> list[Record]:
    """Return the rows of the first table; a partial answer may come without any."""
    if not tables:
        return []
    columns = tables[0].columns
    return [dict(zip(columns, row, strict=True)) for row in tables[0].rows]


def _table(given: Mapping[str, Any]) -> LogsTable:
    columns = given.get("columns") or ()
    return LogsTable(
        name=given.get("name", ""),
        columns=[one["name"] for one in columns],
        columns_types=[one["type"] for one in columns],
        rows=given.get("rows") or [],
    )


def _nothing(status: int) -> Transient:
    """An answer without content is documented for workspaces without data, and is no proof that one has none."""
    return Transient(f"{status}: an answer without content")


def _undecoded(seen: Sequence[PipelineResponse[Any, Any]]) -> Exception:
    """Judge an answer whose body is no JSON by its status."""
    if not seen:
        return Transient("an answer that is no JSON")
    got = seen[-1].http_response
    if got.status_code < 300:
        return _nothing(got.status_code)
    return fault(got.status_code, None, got.headers.get("retry-after", ""))


def _fault(error: HttpResponseError) -> Exception:
    got: Any = error.response
    if got is None or got.status_code is None or got.status_code < 300:
        return Transient(f"{type(error).__name__}: an answer that ended early")
    try:
        body = got.json()
    except (ValueError, AzureError):
        body = None
    return fault(got.status_code, body, got.headers.get("retry-after", ""))


def _unsent(error: AzureError) -> Exception:
    """Tell a certificate nobody trusts from a connection that failed; the SDK keeps only the inner error's type."""
    if "SSLError" in type(error.inner_exception).__name__:
        return ConfigError(
            "TLS: the certificate is not trusted", file="settings", key="ca", advice="name the CA's file under `ca`"
        )
    return Transient(f"{type(error).__name__}: the connection failed")


def _text(moment: Any) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"
