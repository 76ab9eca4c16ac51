"""How a server of Elastic's is reached: whom to trust, through which proxy; nothing that the environment says counts."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import certifi
from elastic_transport import NodeConfig, Urllib3HttpNode
from urllib3 import PoolManager, ProxyManager, Timeout

from huntline.errors import ConfigError
from huntline_elastic.settings import Settings


def node_class(settings: Settings) -> type[Urllib3HttpNode]:
    """Return a node that trusts what the settings name, and nothing that the environment adds to it."""

    class Node(Urllib3HttpNode):
        def __init__(self, config: NodeConfig) -> None:
            super().__init__(config)
            self.pool.close()
            self.pool = _manager(settings, config).connection_from_host(config.host, config.port, config.scheme)

    return Node


def addresses(urls: Sequence[str]) -> list[str]:
    """Add the scheme's usual port, without which the SDK refuses an address."""
    whole = []
    for url in urls:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        whole.append(f"{parts.scheme}://{name}:{port}{parts.path.rstrip('/')}")
    return whole


def unverified(settings: Settings) -> dict[str, Any]:
    """Return how a node's settings say that a certificate counts for nothing; our own warning stands in every report."""
    return {} if settings.verify else {"verify_certs": False, "ssl_show_warn": False}


def _manager(settings: Settings, config: NodeConfig) -> PoolManager:
    named: dict[str, Any] = {
        "timeout": Timeout(total=config.request_timeout),
        "maxsize": config.connections_per_node,
        "block": True,
    }
    if config.scheme == "https":
        named["ssl_context"] = _context(settings)
        if settings.fingerprint:
            named |= {"assert_fingerprint": settings.fingerprint, "cert_reqs": "CERT_NONE", "assert_hostname": False}
    return ProxyManager(settings.proxy, **named) if settings.proxy else PoolManager(**named)


def _context(settings: Settings) -> ssl.SSLContext:
    """Build a context without the system's store, which the environment can point anywhere."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.fingerprint or not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    try:
        context.load_verify_locations(cafile=settings.ca or certifi.where())
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"cannot be read as certificates: {error}", file="settings", key="ca") from None
    return context
