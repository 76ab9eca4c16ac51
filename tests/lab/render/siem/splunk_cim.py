"""Events as Splunk's Common Information Model gives them, whatever add-on filled it: fields without the dataset's prefix.

Written from the CIM reference (https://help.splunk.com/data-management/common-information-model, pages Endpoint, Network
Traffic, Network Resolution (DNS), Web), from the model's own file (Splunk_SA_CIM, Endpoint.json: files and registry have
process_path, process_name and process_exec, which the Sysmon add-on fills) and from the field_mappings of
splunk/security_content, data_sources/*.yml.
A row also says where it lies: `datamodel` and `nodename`. Connections lie in Network_Traffic.All_Traffic, where the Sysmon
add-on 5.0.1 tags event 3 (network, communicate); Endpoint.Ports (listening, port) is of listening ports and gets none.
The models' calculated fields turn what is missing into "unknown"; rows here leave it out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from lab.render.siem.labelled import Event, Labelled, Row, account, answers, filled, known, number, read, text
from lab.render.siem.splunk_sysmon import sysmon_answers
from lab.render.siem.web import address, refused, served, status
from lab.render.words import file_name

NODES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "process": ("Endpoint", "Processes"),
        "file": ("Endpoint", "Filesystem"),
        "delete": ("Endpoint", "Filesystem"),
        "registry": ("Endpoint", "Registry"),
        "connection": ("Network_Traffic", "All_Traffic"),
        "conn": ("Network_Traffic", "All_Traffic"),
        "firewall": ("Network_Traffic", "All_Traffic"),
        "dns_query": ("Network_Resolution", "DNS"),
        "dns": ("Network_Resolution", "DNS"),
        "proxy": ("Web", "Web"),
        "server": ("Web", "Web"),
    }
)
SENSORS: Final = {"macos": "macOS endpoint sensor", "linux": "Linux endpoint sensor"}
NEVER: Final = {
    "image": "no dataset has a field for a loaded module",
    "http": "Zeek's own names are the add-on's; the model has them as Web, rendered from the proxy fields",
    "security": "a log, not a model: only its process creations have a dataset",
    "stream": "the add-on puts it among the files; no source asks the model for streams",
    "pipe": "no dataset has a field for a pipe",
    "windefend": "verdicts are another model (Malware), not rendered",
    "antivirus": "verdicts are another model (Malware), not rendered",
}
_NO_VERSION: Final = "Endpoint.Processes has only original_file_name of a program's version information"
LOST: Final = {
    "process.FileVersion": _NO_VERSION,
    "process.Product": _NO_VERSION,
    "process.Company": _NO_VERSION,
    "process.Description": _NO_VERSION,
    "process.LogonId": "no such field",
    "process.ParentUser": "no such field",
    "registry.EventType": "action says created, modified or deleted",
    "connection.Image": "All_Traffic has `app`, which add-ons fill with a path, a name or a protocol: not relied on",
    "connection.ProcessGuid": "All_Traffic has process_id only",
    "connection.DestinationIsIpv6": "no such field",
    "dns_query.User": "DNS has no field for the user",
    "dns_query.ProcessId": "DNS has no field for the process",
    "dns_query.ProcessGuid": "DNS has no field for the process",
    "dns_query.Image": "DNS has no field for the process",
}


def render(event: Event, logsource: str) -> Row | None:
    """Render a row of the dataset that holds the event, or None where no dataset does."""
    seen = read(event, logsource)
    if seen.kind not in NODES:
        return None
    return _row(seen, NODES[seen.kind], _FIELDS[seen.kind](seen))


def _row(seen: Labelled, node: tuple[str, str], fields: Row) -> Row:
    """Put the parts together; `_time` and `host` are in every dataset."""
    base = {"_time": seen.time.isoformat(timespec="milliseconds"), "host": seen.host.partition(".")[0]}
    place = {"datamodel": node[0], "nodename": node[1], "vendor_product": _vendor(seen)}
    return filled(base | place | fields)


def _vendor(seen: Labelled) -> str:
    if seen.system == "windows":
        return "Microsoft Sysmon"
    return SENSORS.get(seen.system, "network sensor")


def _process(seen: Labelled) -> Row:
    image, parent, level = text(seen, "Image"), text(seen, "ParentImage"), text(seen, "IntegrityLevel")
    digests = ",".join(f"{name.upper()}={digest}" for name, digest in seen.digests.items())
    return {
        "action": "allowed",
        "dest": seen.host,
        "os": "Microsoft Windows" if seen.system == "windows" else "macOS",
        "user": account(seen, "User")[1],
        "process": text(seen, "CommandLine"),
        "process_path": image,
        "process_name": image and file_name(image),
        "process_exec": image and file_name(image),
        "process_id": text(seen, "ProcessId"),
        "process_guid": text(seen, "ProcessGuid"),
        "process_hash": digests or None,
        "process_integrity_level": level and level.lower(),
        "process_current_directory": text(seen, "CurrentDirectory"),
        "original_file_name": text(seen, "OriginalFileName"),
        "parent_process": text(seen, "ParentCommandLine"),
        "parent_process_path": parent,
        "parent_process_name": parent and file_name(parent),
        "parent_process_exec": parent and file_name(parent),
        "parent_process_id": text(seen, "ParentProcessId"),
        "parent_process_guid": text(seen, "ParentProcessGuid"),
    }


def _file(seen: Labelled) -> Row:
    path = text(seen, "TargetFilename")
    return {
        "action": "created" if seen.kind == "file" else "deleted",
        "dest": seen.host,
        "user": account(seen, "User")[1],
        "file_path": path,
        "file_name": path and file_name(path),
        "file_hash": ",".join(f"{name.upper()}={digest}" for name, digest in seen.digests.items()) or None,
        **_actor(seen),
    }


def _actor(seen: Labelled) -> Row:
    image = text(seen, "Image")
    return {
        "process_exec": image and file_name(image),
        "process_guid": text(seen, "ProcessGuid"),
        "process_id": text(seen, "ProcessId"),
        "process_name": image and file_name(image),
        "process_path": image,
    }


def _registry(seen: Labelled) -> Row:
    path, kind = text(seen, "TargetObject"), text(seen, "EventType") or ""
    return {
        "action": "deleted" if kind.startswith("Delete") else "created" if kind.startswith("Create") else "modified",
        "dest": seen.host,
        "user": account(seen, "User")[1],
        "registry_path": path,
        "registry_key_name": path and path.split("\\")[-2:][0],
        "registry_value_name": path and path.rpartition("\\")[2],
        "registry_value_data": text(seen, "Details"),
        **_actor(seen),
    }


def _query(seen: Labelled) -> Row:
    return {
        "src": seen.host,
        "query": text(seen, "QueryName"),
        "reply_code_id": text(seen, "QueryStatus"),
        "answer": sysmon_answers(text(seen, "QueryResults")) or None,
    }


def _dns(seen: Labelled) -> Row:
    return {
        "src": text(seen, "id.orig_h") or text(seen, "src_ip"),
        "dest": text(seen, "id.resp_h") or text(seen, "dst_ip"),
        "src_port": text(seen, "id.orig_p"),
        "dest_port": text(seen, "id.resp_p"),
        "query": text(seen, "query"),
        "record_type": text(seen, "qtype_name") or text(seen, "record_type"),
        "answer": answers(seen) or None,
        "reply_code": text(seen, "rcode_name"),
        "transport": text(seen, "proto"),
        "message_type": "Response" if "rcode_name" in seen.says else "Query",
        "flow_id": text(seen, "uid"),
    }


def _web(seen: Labelled) -> Row:
    """Whole address in `url`; the cookie of a W3C log's "-" is no cookie."""
    asked, code = address(seen), status(seen)
    return {
        "action": "blocked" if refused(seen) else "allowed",
        "src": text(seen, "c-ip"),
        "user": known(seen, "cs-username"),
        "dest": asked.host,
        "dest_port": None if asked.port is None else str(asked.port),
        "site": asked.host,
        "url": asked.whole,
        "url_domain": asked.host,
        "url_length": asked.whole and str(len(asked.whole)),
        "uri_path": asked.path,
        "uri_query": asked.query,
        "http_method": text(seen, "cs-method"),
        "http_user_agent": known(seen, "c-useragent"),
        "http_referrer": known(seen, "cs-referrer"),
        "cookie": known(seen, "cs-cookie"),
        "status": None if code is None else str(code),
        "tag": ["proxy", "web"],
    }


def _served(seen: Labelled) -> Row:
    """Return a request as the web server logs it: it was asked for a path, and names no host of its own."""
    asked, code = served(seen), status(seen)
    return {
        "action": "allowed",
        "src": text(seen, "c-ip"),
        "user": known(seen, "cs-username"),
        "url": asked.whole,
        "uri_path": asked.path,
        "uri_query": asked.query,
        "http_method": text(seen, "cs-method"),
        "http_user_agent": known(seen, "c-useragent"),
        "http_referrer": known(seen, "cs-referrer"),
        "status": None if code is None else str(code),
        "tag": "web",
    }


def _traffic(seen: Labelled) -> Row:
    """Read Sysmon's, Sigma's firewall and Zeek's names; of Sysmon `src` and `dest` are names or nothing."""
    names = seen.kind == "connection"
    ip = text(seen, "DestinationIp") or text(seen, "dst_ip") or text(seen, "id.resp_h")
    port = number(seen, "DestinationPort") or number(seen, "dst_port") or number(seen, "id.resp_p")
    source = text(seen, "SourceIp") or text(seen, "src_ip") or text(seen, "id.orig_h")
    from_port = text(seen, "SourcePort") or text(seen, "src_port") or text(seen, "id.orig_p")
    return {
        "action": text(seen, "action") or "allowed",
        "dest": known(seen, "DestinationHostname") if names else ip,
        "dest_ip": ip,
        "dest_port": None if port is None else str(port),
        "src": known(seen, "SourceHostname") if names else source,
        "src_ip": source,
        "src_port": from_port,
        "direction": {"true": "outbound", "false": "inbound"}.get(text(seen, "Initiated") or ""),
        "transport": text(seen, "Protocol") or text(seen, "proto"),
        "user": account(seen, "User")[1],
        "process_id": text(seen, "ProcessId"),
    }


_FIELDS: Final[Mapping[str, Callable[[Labelled], Row]]] = {
    "process": _process,
    "file": _file,
    "delete": _file,
    "registry": _registry,
    "connection": _traffic,
    "conn": _traffic,
    "firewall": _traffic,
    "dns_query": _query,
    "dns": _dns,
    "proxy": _web,
    "server": _served,
}
