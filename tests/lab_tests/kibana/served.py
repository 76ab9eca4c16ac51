"""A small Kibana before a small Elasticsearch for laws, asked by plain HTTP over TLS."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from lab.elastic.app import ElasticLab
from lab.elastic.settings import HUNTER, ElasticSettings, Key
from lab.elastic.store import Store
from lab.kibana.app import API, RULES, KibanaLab
from lab.kibana.settings import DEPLOYER, KEYS, KibanaSettings
from lab.serve.faults import Fault, Script
from lab.serve.server import Running, serve

FIND = f"{RULES}/_find"
SENT = {"kbn-xsrf": "true", "Elastic-Api-Version": API, "Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Asked:
    lab: KibanaLab
    running: Running

    def http(
        self, method: str, path: str, body: Any = None, *, key: Key = DEPLOYER, space: str = "", **headers: str
    ) -> tuple[int, Any]:
        """Ask once; returns the status and the JSON. A header given as "" is left out; bytes are sent as they are."""
        where = urlsplit(self.running.url)
        context = ssl.create_default_context(cafile=self.running.ca)
        connection = HTTPSConnection(where.hostname or "", where.port, context=context, timeout=20)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        said = {**SENT, "Authorization": f"ApiKey {key.encoded}", **given}
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body)
        prefix = f"/s/{space}" if space else ""
        connection.request(method, prefix + path, sent, {name: value for name, value in said.items() if value})
        reply = connection.getresponse()
        text = reply.read()
        connection.close()
        if not text or "json" not in reply.headers["Content-Type"] or "ndjson" in reply.headers["Content-Type"]:
            return reply.status, text
        return reply.status, json.loads(text)

    def post(self, space: str = "", **fields: Any) -> tuple[int, Any]:
        return self.http("POST", RULES, rule(**fields), space=space)

    def put(self, body: Any) -> tuple[int, Any]:
        return self.http("PUT", RULES, body)

    def get(self, rule_id: str = "r1", space: str = "") -> tuple[int, Any]:
        return self.http("GET", f"{RULES}?{urlencode({'rule_id': rule_id})}", space=space)

    def find(self, **query: Any) -> Any:
        """Return the body of _find, or the status and the body where it was refused."""
        status, body = self.http("GET", f"{FIND}?{urlencode(query)}")
        return body if status == 200 else (status, body)


@contextmanager
def kibana(
    folder: Path, *faults: Fault, settings: KibanaSettings | None = None, store: Store | None = None
) -> Iterator[Asked]:
    """Serve a Kibana; no exchange may break the stand-in."""
    elastic = ElasticLab(store or Store(), ElasticSettings(keys=(HUNTER, *KEYS)))
    lab = KibanaLab(elastic, settings)
    with serve(lab, folder, faults=Script(*faults)) as running:
        yield Asked(lab, running)
        if violations := running.journal.violations():
            raise AssertionError("\n".join(violations))


def rule(**fields: Any) -> dict[str, Any]:
    """Return the body of an EQL rule with nothing but what is required."""
    required = {
        "rule_id": "r1",
        "name": "One",
        "description": "A rule.",
        "risk_score": 73,
        "severity": "high",
        "type": "eql",
        "language": "eql",
        "query": "process where true",
    }
    return {name: value for name, value in {**required, **fields}.items() if value is not None}
