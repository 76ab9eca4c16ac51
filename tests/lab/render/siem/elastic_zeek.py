"""Zeek's dns log in Elasticsearch by Elastic's Zeek integration (zeek.dns), and Filebeat's module: flat, dotted names.

Written from elastic/integrations packages/zeek/data_stream/dns: ingest_pipeline/default.yml and sample_event.json.
Of note there: `query` stays in zeek.dns.query; dns.question.* is filled by the registered_domain processor alone, which
finds nothing in a name without a public suffix (the sample's _googlecast._tcp.local has no dns.question at all). A name
with the root's dot at its end has no suffix either: that is inferred from Elasticsearch's use of PublicSuffixMatcher.
trans_id becomes text; dns.answers only where Zeek gives as many TTLs; uid becomes zeek.session_id and event.id.
"""

from __future__ import annotations

from typing import Final

from lab.render.siem.elastic_document import document
from lab.render.siem.labelled import ENDPOINT, Event, Labelled, Row, answers, filled, number, read, text

NEVER: Final = dict.fromkeys(ENDPOINT, "a network sensor sees no process and no file") | {
    "proxy": "rendered as the proxy's own log",
    "firewall": "rendered as the firewall's own log",
    "conn": "another dataset (zeek.connection), not rendered",
    "http": "another dataset (zeek.http), not rendered",
    "security": "a Windows event log",
    "windefend": "a Windows event log",
    "antivirus": "an antivirus's own verdicts",
    "server": "a web server's own log",
}
LOST: Final = dict.fromkeys(("Image", "User", "Hostname"), "a network sensor sees addresses only")
TYPED: Final = {"rcode", "qclass", "qtype", "rtt", "AA", "TC", "RD", "RA", "rejected", "TTLs"}


def render(event: Event, logsource: str) -> Row | None:
    """Render a document of logs-zeek.dns-*, or None for what is no DNS of a network sensor."""
    seen = read(event, logsource)
    if seen.kind != "dns":
        return None
    return _frame(seen) | filled(_ends(seen) | _question(seen) | _zeek(seen))


def _frame(seen: Labelled) -> Row:
    return document(seen) | {
        "agent.type": "filebeat",
        "data_stream.dataset": "zeek.dns",
        "data_stream.namespace": "default",
        "data_stream.type": "logs",
        "event.category": ["network"],
        "event.dataset": "zeek.dns",
        "event.module": "zeek",
        "event.outcome": "success",
        "event.type": ["connection", "protocol", "info"],
        "network.protocol": "dns",
    }


def _ends(seen: Labelled) -> Row:
    asker, server = text(seen, "id.orig_h") or text(seen, "src_ip"), text(seen, "id.resp_h") or text(seen, "dst_ip")
    return {
        "event.id": text(seen, "uid"),
        "zeek.session_id": text(seen, "uid"),
        "source.address": asker,
        "source.ip": asker,
        "source.port": number(seen, "id.orig_p"),
        "destination.address": server,
        "destination.ip": server,
        "destination.port": number(seen, "id.resp_p"),
        "network.transport": text(seen, "proto"),
    }


def _question(seen: Labelled) -> Row:
    name = text(seen, "query") or ""
    return {
        "dns.type": "answer" if "rcode_name" in seen.says else "query",
        "dns.question.name": name if _registered(name) else None,
        "dns.question.type": text(seen, "qtype_name") or text(seen, "record_type"),
        "dns.response_code": text(seen, "rcode_name"),
    }


def _registered(name: str) -> bool:
    """Say whether a name has a registered domain, with every last label but the local ones taken as a suffix."""
    labels = name.split(".")
    return len(labels) > 1 and all(labels) and labels[-1].lower() not in {"local", "lan", "internal", "arpa"}


def _zeek(seen: Labelled) -> Row:
    own = {f"zeek.dns.{name}": seen.says.get(name) for name in TYPED}
    texts = {f"zeek.dns.{name}": text(seen, name) for name in ("query", "qtype_name", "rcode_name", "trans_id")}
    return own | texts | {"zeek.dns.answers": answers(seen) or None}
