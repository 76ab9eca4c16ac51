"""Web proxies in Elasticsearch, in ECS: Zscaler's web log (`zscaler`) and Squid's access log (`squid`): flat, dotted names.

Written from elastic/integrations packages/zscaler_zia/data_stream/web (ingest_pipeline/default.yml, sample_event.json)
and packages/squid/data_stream/log (_dev/test/pipeline/test-access.log-expected.json).
Of note there: Squid's tunnels (CONNECT) have url.original "host:port" and no url.domain; Squid's native log has no user
agent, and its status is squid.status_code. ECS has no field for cookies, and neither integration stores them.
"""

from __future__ import annotations

from typing import Final

from lab.render.siem.elastic_document import document
from lab.render.siem.labelled import ENDPOINT, Event, Labelled, Row, filled, known, read, text
from lab.render.siem.web import Address, address, refused, status

NEVER: Final = dict.fromkeys(ENDPOINT, "a proxy sees no process and no file") | {
    "dns": "a proxy's log is of requests",
    "firewall": "a proxy's log is of requests",
    "conn": "a proxy's log is of requests",
    "http": "rendered as Zeek's own log",
    "security": "a Windows event log",
    "windefend": "a Windows event log",
    "antivirus": "an antivirus's own verdicts",
    "server": "a web server's own log",
}
LOST: Final = {"cs-cookie": "ECS has no field for cookies"}
LOST_BY_SQUID: Final = LOST | {"c-useragent": "not in Squid's native log format"}


def zscaler(event: Event, logsource: str) -> Row | None:
    """Render a document of logs-zscaler_zia.web-*, or None for what is no web request."""
    seen = read(event, logsource)
    if seen.kind != "proxy":
        return None
    asked = address(seen)
    own = {
        "event.action": "blocked" if refused(seen) else "allowed",
        "http.response.status_code": status(seen),
        "source.ip": text(seen, "c-ip"),
        "source.user.name": known(seen, "cs-username"),
        "url.domain": asked.host,
        "url.full": asked.whole,
        "user_agent.original": known(seen, "c-useragent"),
    }
    return filled(_frame(seen, "zscaler_zia.web") | _parts(asked) | own)


def squid(event: Event, logsource: str) -> Row | None:
    """Render a document of logs-squid.log-*, or None for what is no web request."""
    seen = read(event, logsource)
    if seen.kind != "proxy":
        return None
    asked = address(seen)
    tunnel = text(seen, "cs-method") == "CONNECT"
    own = {
        "event.outcome": "success",
        "observer.product": "Squid",
        "observer.type": "proxy",
        "source.address": text(seen, "c-ip"),
        "source.ip": text(seen, "c-ip"),
        "source.user.name": known(seen, "cs-username"),
        "squid.status_code": status(seen),
    }
    parts = {"url.original": asked.whole} if tunnel else _parts(asked) | {"url.domain": asked.host}
    return filled(_frame(seen, "squid.log") | parts | own)


def _frame(seen: Labelled, dataset: str) -> Row:
    return document(seen) | {
        "data_stream.dataset": dataset,
        "data_stream.namespace": "default",
        "data_stream.type": "logs",
        "event.category": ["web"],
        "event.dataset": dataset,
        "event.type": ["access"],
        "http.request.method": text(seen, "cs-method"),
    }


def _parts(asked: Address) -> Row:
    return {
        "url.original": asked.whole,
        "url.scheme": asked.scheme,
        "url.path": asked.path,
        "url.query": asked.query,
        "url.port": asked.port,
    }
