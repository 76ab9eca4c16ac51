"""Web proxies and firewalls in the workspace table CommonSecurityLog (CEF).

Columns, types and what they hold from the table's page (sentinel_schema.py) and
https://learn.microsoft.com/azure/sentinel/cef-name-mapping: RequestURL is the whole address with its protocol (Microsoft's
words; Zscaler's feed leaves the protocol out), DestinationHostName the host without a port, RequestCookies the cookies.
The vendor is made a ProxySG, whose log format can hold cookies; status goes to EventOutcome, as proxies' CEF feeds do.
"""

from __future__ import annotations

from typing import Final

from lab.render.siem.labelled import ENDPOINT, Event, Labelled, Row, filled, known, number, read, text
from lab.render.siem.web import address, refused, status
from lab.render.words import zulu

NEVER: Final = dict.fromkeys(ENDPOINT, "CEF of proxies and firewalls only") | {
    "dns": "CEF of proxies and firewalls only",
    "conn": "rendered as Zeek's own log",
    "http": "rendered as Zeek's own log",
    "security": "another table",
    "windefend": "another table",
    "antivirus": "another table",
    "server": "a web server's own log",
}
LOST: Final = {"rule": "a vendor's own custom string", "blocked": "DeviceAction says it"}


def render(event: Event, logsource: str) -> Row | None:
    """Render a row of a proxy's or firewall's log, or None for anything else."""
    seen = read(event, logsource)
    if seen.kind == "proxy":
        return filled(_frame(seen) | _request(seen))
    return filled(_frame(seen) | _flow(seen)) if seen.kind == "firewall" else None


def _frame(seen: Labelled) -> Row:
    return {
        "TimeGenerated": zulu(seen.time),
        "Type": "CommonSecurityLog",
        "Computer": "cef-01",
        "LogSeverity": "3",
    }


def _request(seen: Labelled) -> Row:
    asked, code = address(seen), status(seen)
    return {
        "DeviceVendor": "Blue Coat",
        "DeviceProduct": "Proxy SG",
        "Activity": "web request",
        "ApplicationProtocol": asked.scheme,
        "DestinationHostName": asked.host,
        "DestinationPort": asked.port,
        "DeviceAction": "Blocked" if refused(seen) else "Allowed",
        "EventOutcome": None if code is None else str(code),
        "RequestClientApplication": known(seen, "c-useragent"),
        "RequestContext": known(seen, "cs-referrer"),
        "RequestCookies": known(seen, "cs-cookie"),
        "RequestMethod": text(seen, "cs-method"),
        "RequestURL": asked.whole,
        "SourceIP": text(seen, "c-ip"),
        "SourceUserName": known(seen, "cs-username"),
    }


def _flow(seen: Labelled) -> Row:
    return {
        "DeviceVendor": "Palo Alto Networks",
        "DeviceProduct": "PAN-OS",
        "Activity": "TRAFFIC",
        "DestinationIP": text(seen, "dst_ip"),
        "DestinationPort": number(seen, "dst_port"),
        "DeviceAction": text(seen, "action"),
        "Protocol": text(seen, "protocol"),
        "SourceIP": text(seen, "src_ip"),
        "SourcePort": number(seen, "src_port"),
        "SourceUserName": known(seen, "username"),
    }
