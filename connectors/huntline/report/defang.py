"""Take the teeth out of indicators, so that no reader, mail client or chat makes a live link of them."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,15})://", re.IGNORECASE)
_LABEL = r"[^\W_](?:[\w-]{0,62})"
# A file in a path keeps its dots; so does the key of a JSON member, which names a field.
_NAME = re.compile(
    rf"(?<![\w.\\-])(?:(?<![^/:]/)|(?<=//))((?>{_LABEL}(?:\.{_LABEL})*\.[^\W\d_][\w-]{{1,62}}))(?!\"\s*:)(?![\w-])"
)
_IPV4 = re.compile(r"(?<![\d.])(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?![\d]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])", re.IGNORECASE)
_FILES = frozenset({
    "bat", "bin", "blf", "cfg", "cmd", "conf", "csv", "dat", "db", "dll", "dmg", "doc", "docx", "dylib", "etl",
    "evtx", "exe", "gif", "gz", "htm", "html", "ico", "ini", "jpeg", "jpg", "js", "json", "lnk", "log",
    "manifest", "mst", "msi", "ndjson", "nupkg", "old", "parquet", "pdf", "php", "pkg", "plist", "png", "ps1",
    "reg", "sqlite", "sys", "tar", "tmp", "txt", "vbs", "xls", "xlsx", "xml", "yaml", "yml", "zst",
})  # fmt: skip


def defanged(text: str) -> str:
    r"""Break URLs, host names and addresses; leave paths, file names and versions readable.

    >>> defanged("GET https://akamai.example/a.ico from 10.0.0.7 by C:\\app\\ffmpeg.dll 18.12.416")
    'GET hxxps://akamai[.]example/a.ico from 10[.]0[.]0[.]7 by C:\\app\\ffmpeg.dll 18.12.416'
    """
    text = _IPV6.sub(_ipv6, text)
    text = _IPV4.sub(_ipv4, text)
    return unlinked(_NAME.sub(_name, text))


def unlinked(text: str) -> str:
    """Break URLs only: for sentences and names of our own hosts, which must stay as they are written elsewhere.

    >>> unlinked("https://ws-7.corp.example")
    'hxxps://ws-7.corp.example'
    """
    return _SCHEME.sub(_scheme, text)


def _ipv6(match: re.Match[str]) -> str:
    try:
        IPv6Address(match[0])
    except AddressValueError:
        return match[0]
    return match[0].replace(":", "[:]", 1) if match[0] != "::" else match[0]


def _ipv4(match: re.Match[str]) -> str:
    octets = match.groups()
    return "[.]".join(octets) if all(int(octet) <= 255 for octet in octets) else match[0]


def _name(match: re.Match[str]) -> str:
    name = match[1]
    after_scheme = match.string[max(0, match.start() - 3) : match.start()] == "://"
    if not after_scheme and name.rsplit(".", 1)[1].lower() in _FILES:
        return name
    return name.replace(".", "[.]")


def _scheme(match: re.Match[str]) -> str:
    scheme = match[1].lower()
    if scheme in {"hxxp", "hxxps"}:
        return match[0]
    if scheme in {"http", "https"}:
        return f"{'hxxp' if scheme == 'http' else 'hxxps'}://"
    return f"{match[1]}[:]//"
