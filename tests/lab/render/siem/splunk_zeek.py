"""Zeek's logs in Splunk by the Splunk Add-on for Zeek: JSON read at search time, and the add-on's CIM names.

Sourcetypes bro:dns:json, bro:conn:json and bro:http:json, and the fields' own names, from the add-on's documentation
(https://splunkbase.splunk.com/app/1617) and Zeek's logs (https://docs.zeek.org/en/current/logs/dns.html). A JSON list `x`
is the multi-valued field `x{}`, a JSON boolean the text true or false (KV_MODE=json). `flow_id` is the uid, as in
splunk/security_content's detection of SIGRed via Zeek. Inferred, not read: the add-on's other aliases.
"""

from __future__ import annotations

import json
from typing import Final

from lab.render.siem.labelled import ENDPOINT, Event, Labelled, Row, answers, filled, read, spelt, text
from lab.render.siem.splunk_event import indexed

INDEX: Final = "zeek"
NEVER: Final = dict.fromkeys(ENDPOINT, "a network sensor sees no process and no file") | {
    "proxy": "rendered as the proxy's own log",
    "firewall": "rendered as the firewall's own log",
    "security": "a Windows event log",
    "windefend": "a Windows event log",
    "antivirus": "an antivirus's own verdicts",
    "server": "a web server's own log",
}
LOST: Final = dict.fromkeys(("Image", "User", "Hostname"), "a network sensor sees addresses only")


def render(event: Event, logsource: str) -> Row | None:
    """Render a row of Zeek's dns, conn or http log, or None for what a sensor does not log so."""
    seen = read(event, logsource)
    if seen.kind not in {"dns", "conn", "http"}:
        return None
    told = {name: value for name, value in seen.says.items() if name != "@timestamp"} | {"ts": seen.time.timestamp()}
    raw = json.dumps(told, separators=(",", ":"))
    kind = f"bro:{seen.kind}:json"
    base = indexed(seen, INDEX, source=f"/opt/zeek/logs/current/{seen.kind}.log", sourcetype=kind, raw=raw)
    own = {name: value for key, one in told.items() for name, value in _field(key, one)}
    return base | {"host": "zeek-01"} | own | filled(_aliases(seen))


def _field(name: str, value: object) -> list[tuple[str, object]]:
    if isinstance(value, list):
        return [(f"{name}{{}}", [spelt(one) for one in value])] if value else []
    return [(name, spelt(value))]


def _aliases(seen: Labelled) -> Row:
    row: Row = {
        "src": text(seen, "id.orig_h"),
        "src_ip": text(seen, "id.orig_h"),
        "src_port": text(seen, "id.orig_p"),
        "dest": text(seen, "id.resp_h"),
        "dest_ip": text(seen, "id.resp_h"),
        "dest_port": text(seen, "id.resp_p"),
        "transport": text(seen, "proto"),
        "flow_id": text(seen, "uid"),
        "vendor_product": "Zeek",
    }
    if seen.kind == "dns":
        row |= {
            "record_type": text(seen, "qtype_name"),
            "reply_code": text(seen, "rcode_name"),
            "reply_code_id": text(seen, "rcode"),
            "answer": answers(seen) or None,
            "message_type": "Response" if "rcode_name" in seen.says else "Query",
        }
    return row
