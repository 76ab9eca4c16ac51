"""DNS in the workspace table DnsEvents, as the Log Analytics agent's DNS solution writes a Windows server's queries.

Columns and types from the table's page (sentinel_schema.py); what they hold from Azure/Azure-Sentinel
Parsers/ASimDns/Parsers/ASimDnsMicrosoftOMS.yaml: event 257 is an answered query, QueryType the type's number as text
(the parser looks it up), IPAddresses the answers, Name the question. Computer is the server, ClientIP who asked.
"""

from __future__ import annotations

from typing import Final

from lab.render.siem.labelled import ENDPOINT, Event, Labelled, Row, answers, filled, read, text
from lab.render.words import zulu

NEVER: Final = dict.fromkeys(ENDPOINT, "a name server sees no process and no file") | {
    "proxy": "a name server's log",
    "firewall": "a name server's log",
    "conn": "a name server's log",
    "http": "a name server's log",
    "security": "another table",
    "windefend": "another table",
    "antivirus": "another table",
    "server": "a web server's own log",
}
LOST: Final = {
    "Image": "a name server sees addresses only",
    "User": "a name server sees addresses only",
    "id.resp_h": "the server is named in Computer, its address is in no column",
    "id.orig_p": "no such column",
    "id.resp_p": "no such column",
    "proto": "no such column",
    "qtype_name": "QueryType holds the number",
    "rcode_name": "ResultCode holds the number",
}
SERVER: Final = "dns-01.example.org"
QTYPES: Final = {
    "A": "1",
    "NS": "2",
    "CNAME": "5",
    "SOA": "6",
    "PTR": "12",
    "MX": "15",
    "TXT": "16",
    "AAAA": "28",
    "SRV": "33",
}
RCODES: Final = {"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5}


def render(event: Event, logsource: str) -> Row | None:
    """Render a row of an answered query, or None for what is no DNS of a server."""
    seen = read(event, logsource)
    return None if seen.kind != "dns" else filled(_row(seen))


def _row(seen: Labelled) -> Row:
    code, kind = RCODES.get(text(seen, "rcode_name") or "NOERROR"), text(seen, "qtype_name")
    return {
        "TimeGenerated": zulu(seen.time),
        "Type": "DnsEvents",
        "Computer": SERVER,
        "EventId": 257,
        "SubType": "LookupQuery",
        "ClientIP": text(seen, "id.orig_h") or text(seen, "src_ip"),
        "Name": text(seen, "query"),
        "QueryType": kind and QTYPES.get(kind, kind),
        "IPAddresses": ",".join(answers(seen)) or None,
        "ResultCode": code,
        "Result": "Success" if code == 0 else "Failure",
    }
