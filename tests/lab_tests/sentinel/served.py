"""A small workspace for laws: interactive, archived, Basic and Auxiliary data, asked by the real clients or by plain HTTP."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import msal  # type: ignore[import-untyped]  # msal ships no types
import requests
from azure.core.credentials import AccessToken
from azure.core.pipeline.policies import RetryPolicy
from azure.monitor.query import LogsQueryClient

from lab.kql.model import KqlType
from lab.sentinel.app import SentinelLab
from lab.sentinel.contract import vendor_contract
from lab.sentinel.settings import HUNTER, Application, SentinelSettings
from lab.sentinel.store import Keep, Store
from lab.serve.faults import Fault, Script
from lab.serve.server import Running, serve

NOW = datetime.now(UTC).replace(microsecond=0)
LOGS = "https://api.loganalytics.io/.default"
MANAGEMENT = "https://management.azure.com/.default"
COLUMNS: Mapping[str, KqlType] = {"Computer": "string", "EventID": "int", "EventData": "string"}
TABLE_VERSION = "2025-07-01"


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def rows(count: int, at: datetime, **said: Any) -> list[dict[str, Any]]:
    """Return so many rows, a millisecond apart."""
    return [
        {"TimeGenerated": at + timedelta(milliseconds=turn), "Computer": "WS-1", "EventID": turn, **said}
        for turn in range(count)
    ]


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Asked:
    """A running workspace, and the real clients of it."""

    lab: SentinelLab
    running: Running

    def http_client(self) -> requests.Session:
        """Return a session that trusts the lab's CA and nothing of the environment."""
        session = requests.Session()
        session.trust_env, session.verify = False, str(self.running.ca)
        return session

    def app(self, application: Application = HUNTER, credential: Any = None) -> Any:
        """Return msal's client of the lab's authority."""
        return msal.ConfidentialClientApplication(
            application.id,
            client_credential=credential or application.secret,
            authority=f"{self.running.url}/{self.lab.settings.tenant}",
            instance_discovery=False,
            http_client=self.http_client(),
        )

    def token(self, scope: str = LOGS, application: Application = HUNTER) -> str:
        said = self.app(application).acquire_token_for_client([scope])
        return str(said["access_token"])

    def client(self, application: Application = HUNTER, scope: str = LOGS) -> LogsQueryClient:
        """Return the vendor's client, without retries of its own."""
        return LogsQueryClient(
            _Credential(self.token(scope, application)),
            endpoint=self.running.url,
            connection_verify=str(self.running.ca),
            retry_policy=RetryPolicy.no_retries(),
        )

    def kql(self, text: str, timespan: Any = None, **said: Any) -> Any:
        with self.client() as client:
            return client.query_workspace(self.lab.settings.workspace, text, timespan=timespan, **said)

    def search(self, text: str, **query: str) -> Reply:
        path = f"/v1/workspaces/{self.lab.settings.workspace}/search"
        return self.http("POST", path + (f"?{urlencode(query)}" if query else ""), {"query": text}, token=self.token())

    def arm(
        self, method: str, path: str = "", body: Any = None, *, token: str = "", version: str = TABLE_VERSION
    ) -> Reply:
        where = f"{self.lab.settings.id}{path}?api-version={version}"
        return self.http(method, where, body, token=token or self.token(MANAGEMENT))

    def http(self, method: str, path: str, body: Any = None, *, token: str = "", **headers: str) -> Reply:
        """Ask as any HTTP client may."""
        where = urlsplit(self.running.url)
        context = ssl.create_default_context(cafile=self.running.ca)
        connection = HTTPSConnection(where.hostname or "", where.port, context=context, timeout=20)
        said = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, None if body is None else json.dumps(body), said)
        reply = connection.getresponse()
        text = reply.read()
        connection.close()
        return Reply(reply.status, dict(reply.getheaders()), json.loads(text) if text else None)


@dataclass(frozen=True, slots=True)
class _Credential:
    value: str

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken(self.value, int(NOW.timestamp()) + 3_600)


@contextmanager
def workspace(
    folder: Path, fill: Any = None, settings: SentinelSettings | None = None, *faults: Fault
) -> Iterator[Asked]:
    """Serve a workspace, held to the vendor's specification where that is at hand; no exchange may break it."""
    said = settings or SentinelSettings()
    store = Store(said)
    (fill or small)(store)
    lab = SentinelLab(store, said)
    with serve(lab, folder, faults=Script(*faults), contract=vendor_contract()) as running:
        yield Asked(lab, running)
        if violations := running.journal.violations():
            raise AssertionError("\n".join(violations))


def small(store: Store) -> None:
    """Add Event (30 interactive, 20 archived, 10 expired), a Basic and an Auxiliary table, and an empty one."""
    archive = Keep("Analytics", interactive=90, total=730)
    store.add("Event", COLUMNS, [*rows(30, ago(5)), *rows(20, ago(300)), *rows(10, ago(800))], keep=archive)
    store.add("CommonSecurityLog", COLUMNS, [*rows(10, ago(3)), *rows(10, ago(60))], keep=Keep("Basic", 30, 365))
    store.add("Proxy_CL", COLUMNS, rows(10, ago(60)), keep=Keep("Auxiliary", 365, 365), kind="CustomLog")
    store.add("SecurityEvent", COLUMNS)


def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something holds; raises AssertionError when it does not in time."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.02)


def ids(table: Any) -> list[int]:
    """Return the EventID of each row."""
    return [row["EventID"] for row in table.rows]
