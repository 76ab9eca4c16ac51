"""The address a proxy was asked for, put together from what Sigma's proxy fields say of it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from lab.render.siem.labelled import Labelled, known, number, text


@dataclass(frozen=True, slots=True)
class Address:
    """A web address; `whole` is what a log of whole addresses holds, `port` only what was written."""

    scheme: str
    host: str | None
    port: int | None
    path: str | None
    query: str | None
    whole: str | None


def address(seen: Labelled) -> Address:
    """Read cs-host and c-uri; a path alone gets scheme and host, a tunnel keeps its host and port.

    Sigma says no scheme for a path: https is assumed unless cs-uri-scheme says otherwise.
    """
    named, uri = known(seen, "cs-host"), known(seen, "c-uri") or ""
    host, port = _host(named or "")
    if text(seen, "cs-method") == "CONNECT":
        asked = urlsplit(uri if "://" in uri else f"//{uri}")
        host, port = host or asked.hostname, asked.port or port or 443
        return Address("https", host, port, None, None, f"{host}:{port}" if host else None)
    scheme = text(seen, "cs-uri-scheme") or "https"
    whole = uri if "://" in uri or not named else f"{scheme}://{named}{uri}"
    parts = urlsplit(whole)
    return Address(
        parts.scheme or scheme, host or parts.hostname, port, parts.path or None, parts.query or None, whole or None
    )


def served(seen: Labelled) -> Address:
    """Read cs-uri-stem and cs-uri-query: a web server's log holds what followed the host."""
    path, query = known(seen, "cs-uri-stem"), known(seen, "cs-uri-query")
    whole = f"{path}?{query}" if path and query else path
    return Address(text(seen, "cs-uri-scheme") or "https", None, None, path, query, whole)


def status(seen: Labelled) -> int | None:
    return number(seen, "sc-status")


def refused(seen: Labelled) -> bool:
    """Say whether the proxy itself turned the request away, which W3C logs tell by status 403 or 407."""
    return status(seen) in {403, 407}


def _host(name: str) -> tuple[str | None, int | None]:
    host, colon, port = name.partition(":")
    return host or None, int(port) if colon else None
