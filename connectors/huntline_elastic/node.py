"""How a server of Elastic's is reached: whom to trust, through which proxy; nothing that the environment says counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from elastic_transport import NodeConfig, Urllib3HttpNode
from urllib3 import PoolManager, ProxyManager, Timeout

from huntline_elastic.settings import Settings
from huntline_elastic.trust import trust


def node_class(settings: Settings) -> type[Urllib3HttpNode]:
    """Return a node that trusts what the settings name, and nothing that the environment adds to it."""

    class Node(Urllib3HttpNode):
        def __init__(self, config: NodeConfig) -> None:
            super(Urllib3HttpNode, self).__init__(config)  # its own would load the system's store first
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


def _manager(settings: Settings, config: NodeConfig) -> PoolManager:
    named: dict[str, Any] = {
        "timeout": Timeout(total=config.request_timeout),
        "maxsize": config.connections_per_node,
        "block": True,
    }
    if config.scheme == "https":
        named["ssl_context"] = trust(settings.ca, verified=settings.verify and not settings.fingerprint)
        if settings.fingerprint:
            named |= {"assert_fingerprint": settings.fingerprint, "cert_reqs": "CERT_NONE", "assert_hostname": False}
    return ProxyManager(settings.proxy, **named) if settings.proxy else PoolManager(**named)
