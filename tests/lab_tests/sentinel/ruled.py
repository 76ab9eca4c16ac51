"""A workspace with analytics rules for laws, asked as a deployer asks it: msal for the token, requests over TLS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.sentinel.settings import DEPLOYER, Application, SentinelSettings
from lab.serve.faults import Fault
from lab_tests.sentinel.served import MANAGEMENT, Asked, Reply, workspace

VERSION = "2025-09-01"
ID = "0b0f7b1e-8a06-5c1f-9c7d-5a4d2f1e6b30"
RULES = "/providers/Microsoft.SecurityInsights/alertRules"
MARK = "// ours:one"
QUERY = f"{MARK}\nEvent\n| where EventID == 7"


def rule(etag: str | None = None, **properties: Any) -> dict[str, Any]:
    """Return the body of a rule; a property that is None is left out."""
    whole: dict[str, Any] = {
        "displayName": "One",
        "description": "What it finds",
        "enabled": False,
        "severity": "High",
        "query": QUERY,
        "queryFrequency": "PT60M",
        "queryPeriod": "PT24H",
        "triggerOperator": "GreaterThan",
        "triggerThreshold": 0,
        "suppressionEnabled": False,
        "suppressionDuration": "PT1H",
    }
    said = {name: value for name, value in {**whole, **properties}.items() if value is not None}
    return {"kind": "Scheduled", "properties": said, **({} if etag is None else {"etag": etag})}


@dataclass(frozen=True, slots=True)
class Ruled:
    """A running workspace whose rules are asked for by one application, with one token."""

    asked: Asked
    application: Application = DEPLOYER
    _tokens: list[str] = field(default_factory=list)

    def put(self, body: Any, rule_id: str = ID, version: str = VERSION) -> Reply:
        return self.arm("PUT", f"{RULES}/{rule_id}", body, version)

    def get(self, rule_id: str = ID, version: str = VERSION) -> Reply:
        return self.arm("GET", f"{RULES}/{rule_id}", version=version)

    def delete(self, rule_id: str = ID) -> Reply:
        return self.arm("DELETE", f"{RULES}/{rule_id}")

    def all(self) -> list[dict[str, Any]]:
        """Return every rule."""
        return self.pages(RULES)

    def pages(self, path: str) -> list[dict[str, Any]]:
        """Return everything under a path, following each page's link to the next."""
        url = f"{self.asked.running.url}{self.asked.lab.settings.id}{path}?api-version={VERSION}"
        found: list[dict[str, Any]] = []
        while url:
            page = self._send("GET", url).body
            found += page["value"]
            url = page.get("nextLink", "")
        return found

    def arm(self, method: str, path: str, body: Any = None, version: str = VERSION) -> Reply:
        url = f"{self.asked.running.url}{self.asked.lab.settings.id}{path}?api-version={version}"
        return self._send(method, url, body)

    def follow(self, url: str) -> Reply:
        """GET an address that an answer named."""
        return self._send("GET", url)

    def _send(self, method: str, url: str, body: Any = None) -> Reply:
        if not self._tokens:
            self._tokens.append(self.asked.token(MANAGEMENT, self.application))
        with self.asked.http_client() as session:
            headers = {"Authorization": f"Bearer {self._tokens[0]}"}
            reply = session.request(method, url, json=body, headers=headers, timeout=20)
        return Reply(reply.status_code, reply.headers, reply.json() if reply.content else None)


@contextmanager
def ruled(
    folder: Path, *faults: Fault, application: Application = DEPLOYER, fill: Any = None, **said: Any
) -> Iterator[Ruled]:
    """Serve a small workspace without rules."""
    settings = SentinelSettings(applications=(application,), **said)
    with workspace(folder, fill, settings, *faults) as asked:
        yield Ruled(asked, application)
