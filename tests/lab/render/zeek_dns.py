"""Zeek's dns.log as JSON, from a sensor in front of the resolver: it sees addresses, no hosts and no processes."""

from __future__ import annotations

from lab.events import DnsQuery, Event
from lab.hosts import RESOLVER
from lab.render.words import Record


def zeek_dns(event: Event, *, number: int) -> Record | None:
    """Render a query and its answer in one row."""
    if not isinstance(event, DnsQuery):
        return None
    return {
        "_path": "dns",
        "ts": round(event.time.timestamp(), 3),
        "uid": f"C{number:08d}zEeK",
        "id.orig_h": event.host.address,
        "id.orig_p": 49_152 + number % 16_000,
        "id.resp_h": RESOLVER,
        "id.resp_p": 53,
        "proto": "udp",
        "trans_id": number % 65_536,
        "query": event.name,
        "qclass": 1,
        "qclass_name": "C_INTERNET",
        "qtype": 1,
        "qtype_name": "A",
        "rcode": 0 if event.answer else 3,
        "rcode_name": "NOERROR" if event.answer else "NXDOMAIN",
        "AA": False,
        "TC": False,
        "RD": True,
        "RA": True,
        "answers": [event.answer] if event.answer else [],
        "rejected": False,
    }
