"""The web proxy's log: W3C field names, one JSON object a request, no id."""

from __future__ import annotations

from lab.events import Event, WebRequest
from lab.hosts import DOMAIN
from lab.render.words import Record, zulu


def proxy(event: Event, *, number: int) -> Record | None:
    """Render a web request; a request without cookies leaves "-", as W3C logs do."""
    del number
    if not isinstance(event, WebRequest):
        return None
    return {
        "@timestamp": zulu(event.time),
        "c-ip": event.host.address,
        "cs-username": f"{DOMAIN}\\{event.host.user}",
        "cs-method": event.method,
        "cs-host": event.server,
        "c-uri": event.uri,
        "cs-cookie": event.cookie or "-",
        "c-useragent": event.agent,
        "sc-status": event.status,
    }
