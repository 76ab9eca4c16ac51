"""ASIM: the normalized tables ASim*Logs (`render`) and what the _Im_* functions add to them (`function`).

Columns and types from the tables' pages (sentinel_schema.py); values from
https://learn.microsoft.com/azure/sentinel/normalization-schema-{dns,network,web} and two parsers of Azure/Azure-Sentinel:
Parsers/ASimDns/Parsers/ASimDnsMicrosoftSysmon.yaml and
Parsers/ASimNetworkSession/Parsers/ASimNetworkSessionMicrosoft365Defender.yaml:
- DstFQDN is the whole name, DstHostname its first label, DstDomain the rest;
- NetworkDirection Inbound or Outbound, NetworkProtocol in capitals, EventResultDetails the response code's name
  or the HTTP status;
- the session table has no column for the process: SrcAppName with SrcAppType Process; the functions add SrcProcessName.
- functions add the aliases Domain, IpAddr, Hostname, User, Process, UserAgent, DnsResponseCodeName and EventSchema.
"""

from __future__ import annotations

from typing import Final

from lab.render.siem.labelled import Event, Labelled, Row, answers, filled, known, number, read, text
from lab.render.siem.sentinel_dns_events import QTYPES, RCODES
from lab.render.siem.web import address, refused, served, status
from lab.render.words import zulu

NEVER: Final = {
    "macos": "no parser of the three schemas is rendered for macOS",
    "process": "another schema, not rendered",
    "image": "no schema for loaded modules",
    "file": "another schema, not rendered",
    "delete": "another schema, not rendered",
    "registry": "another schema, not rendered",
    "http": "rendered from the proxy fields",
    "security": "another table",
    "linux": "no parser of the three schemas is rendered for Linux",
    "stream": "no schema for streams",
    "pipe": "no schema for pipes",
    "windefend": "another table",
    "antivirus": "another schema, not rendered",
}
LOST: Final = {
    "cs-cookie": "the web schema has no field for cookies",
    "connection.ProcessGuid": "the session table has no column for it",
    "connection.ProcessId": "the session table has no column for it",
    "connection.DestinationIsIpv6": "NetworkProtocolVersion, not rendered",
}
SCHEMAS: Final = {
    "dns": ("ASimDnsActivityLogs", "Dns", "0.1.7"),
    "dns_query": ("ASimDnsActivityLogs", "Dns", "0.1.7"),
    "connection": ("ASimNetworkSessionLogs", "NetworkSession", "0.2.6"),
    "conn": ("ASimNetworkSessionLogs", "NetworkSession", "0.2.6"),
    "firewall": ("ASimNetworkSessionLogs", "NetworkSession", "0.2.6"),
    "proxy": ("ASimWebSessionLogs", "WebSession", "0.2.6"),
    "server": ("ASimWebSessionLogs", "WebSession", "0.2.6"),
}
SYSMON_CODES: Final = {"0": "NOERROR", "9002": "SERVFAIL", "9003": "NXDOMAIN", "9005": "REFUSED", "1460": "TIMEOUT"}


def render(event: Event, logsource: str) -> Row | None:
    """Render a row of the schema's table, or None for what the three schemas do not hold."""
    seen = read(event, logsource)
    if seen.kind not in SCHEMAS or seen.system == "macos":
        return None
    return filled(_frame(seen) | _own(seen))


def function(event: Event, logsource: str) -> Row | None:
    """Render a row as _Im_Dns, _Im_NetworkSession or _Im_WebSession returns it: the table's columns and the aliases."""
    row = render(event, logsource)
    if row is None:
        return None
    seen = read(event, logsource)
    aliases = {
        "EventSchema": SCHEMAS[seen.kind][1],
        "IpAddr": row.get("SrcIpAddr"),
        "User": row.get("SrcUsername"),
        "Process": text(seen, "Image"),
        "SrcProcessName": text(seen, "Image"),
        "Domain": row.get("DnsQuery"),
        "DnsResponseCodeName": row.get("EventResultDetails") if "DnsQuery" in row else None,
        "Hostname": row.get("DstHostname") or row.get("SrcHostname"),
        "UserAgent": row.get("HttpUserAgent"),
    }
    return row | filled(aliases)


def _frame(seen: Labelled) -> Row:
    table, _, version = SCHEMAS[seen.kind]
    return {
        "TimeGenerated": zulu(seen.time),
        "Type": table,
        "EventCount": 1,
        "EventStartTime": zulu(seen.time),
        "EventEndTime": zulu(seen.time),
        "EventSchemaVersion": version,
        "EventSeverity": "Informational",
        "EventOriginalUid": text(seen, "uid"),
    }


def _own(seen: Labelled) -> Row:
    match seen.kind:
        case "dns":
            return _dns(seen)
        case "dns_query":
            return _query(seen)
        case "proxy":
            return _web(seen)
        case "server":
            return _served(seen)
    return _session(seen)


def _dns(seen: Labelled) -> Row:
    kind, code, transport = text(seen, "qtype_name"), text(seen, "rcode_name"), text(seen, "proto")
    asker, server = text(seen, "id.orig_h") or text(seen, "src_ip"), text(seen, "id.resp_h") or text(seen, "dst_ip")
    return _answered(code) | {
        "DnsQuery": text(seen, "query"),
        "DnsQueryTypeName": kind,
        "DnsQueryType": int(QTYPES[kind]) if kind in QTYPES else None,
        "DnsResponseName": ",".join(answers(seen)) or None,
        "EventProduct": "Zeek",
        "EventVendor": "Corelight",
        "Src": asker,
        "SrcIpAddr": asker,
        "SrcPortNumber": number(seen, "id.orig_p"),
        "Dst": server,
        "DstIpAddr": server,
        "DstPortNumber": number(seen, "id.resp_p"),
        "NetworkProtocol": transport and transport.upper(),
    }


def _query(seen: Labelled) -> Row:
    status_ = text(seen, "QueryStatus")
    return _answered(None if status_ is None else SYSMON_CODES.get(status_, "NA")) | {
        "DnsQuery": text(seen, "QueryName"),
        "DnsResponseName": known(seen, "QueryResults"),
        "EventProduct": "Sysmon",
        "EventVendor": "Microsoft",
        "Dvc": seen.host,
        "DvcHostname": seen.host,
        "Src": seen.host,
        "SrcHostname": seen.host,
        "SrcProcessName": text(seen, "Image"),
        "SrcProcessId": text(seen, "ProcessId"),
        "SrcProcessGuid": (text(seen, "ProcessGuid") or "").strip("{}") or None,
        "SrcUsername": known(seen, "User"),
        "SrcUsernameType": "Windows",
    }


def _answered(code: str | None) -> Row:
    return {
        "EventType": "Query",
        "EventSubType": "response" if code else "request",
        "EventResult": "NA" if code is None else "Success" if code == "NOERROR" else "Failure",
        "EventResultDetails": code,
        "DnsResponseCode": None if code is None else RCODES.get(code),
    }


def _session(seen: Labelled) -> Row:
    name, image = known(seen, "DestinationHostname"), text(seen, "Image")
    transport = text(seen, "Protocol") or text(seen, "protocol") or text(seen, "proto")
    source = text(seen, "SourceIp") or text(seen, "src_ip") or text(seen, "id.orig_h")
    target = text(seen, "DestinationIp") or text(seen, "dst_ip") or text(seen, "id.resp_h")
    return _named(name) | {
        "EventType": "EndpointNetworkSession" if image else "NetworkSession",
        "EventResult": "Success",
        "EventProduct": "Sysmon" if image else "network sensor",
        "EventVendor": "Microsoft" if image else "example",
        "Dvc": seen.host,
        "DvcAction": {"allow": "Allow", "deny": "Deny", "drop": "Drop"}.get((text(seen, "action") or "allow").lower()),
        "Src": source,
        "SrcIpAddr": source,
        "SrcPortNumber": number(seen, "SourcePort") or number(seen, "src_port") or number(seen, "id.orig_p"),
        "Dst": target,
        "DstIpAddr": target,
        "DstPortNumber": number(seen, "DestinationPort") or number(seen, "dst_port") or number(seen, "id.resp_p"),
        "NetworkProtocol": transport and transport.upper(),
        "NetworkDirection": {"true": "Outbound", "false": "Inbound"}.get(text(seen, "Initiated") or ""),
        "SrcFQDN": known(seen, "SourceHostname"),
        "SrcAppName": image,
        "SrcAppType": image and "Process",
        "SrcUsername": known(seen, "User"),
    }


def _web(seen: Labelled) -> Row:
    asked, code = address(seen), status(seen)
    return _named(asked.host) | {
        "EventType": "HTTPsession",
        "EventResult": "Success" if code is None or code < 400 else "Failure",
        "EventResultDetails": None if code is None else str(code),
        "EventProduct": "web proxy",
        "EventVendor": "example",
        "DvcAction": "Deny" if refused(seen) else "Allow",
        "Src": text(seen, "c-ip"),
        "SrcIpAddr": text(seen, "c-ip"),
        "SrcUsername": known(seen, "cs-username"),
        "Dst": asked.host,
        "DstPortNumber": asked.port,
        "HttpHost": text(seen, "cs-host"),
        "HttpReferrer": known(seen, "cs-referrer"),
        "HttpRequestMethod": text(seen, "cs-method"),
        "HttpUserAgent": known(seen, "c-useragent"),
        "NetworkApplicationProtocol": asked.scheme.upper(),
        "Url": asked.whole,
    }


def _served(seen: Labelled) -> Row:
    """Return a request as a web server tells it: Url holds what followed the host, which it does not name."""
    asked, code = served(seen), status(seen)
    return {
        "EventType": "WebServerSession",
        "EventResult": "Success" if code is None or code < 400 else "Failure",
        "EventResultDetails": None if code is None else str(code),
        "EventProduct": "web server",
        "EventVendor": "example",
        "Dvc": seen.host,
        "Src": text(seen, "c-ip"),
        "SrcIpAddr": text(seen, "c-ip"),
        "SrcUsername": known(seen, "cs-username"),
        "HttpReferrer": known(seen, "cs-referrer"),
        "HttpRequestMethod": text(seen, "cs-method"),
        "HttpUserAgent": known(seen, "c-useragent"),
        "Url": asked.whole,
    }


def _named(name: str | None) -> Row:
    if not name:
        return {}
    first, _, rest = name.partition(".")
    return {"DstFQDN": name, "DstHostname": first, "DstDomain": rest or None, "DstDomainType": "FQDN" if rest else None}
