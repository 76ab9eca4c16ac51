"""How long a token lives, as it says itself."""

from __future__ import annotations

from datetime import timedelta

from huntline.ports import Finding
from huntline_splunk.client import Client
from huntline_splunk.pages import utc_now
from huntline_splunk.rows import EPOCH

SOON = timedelta(days=14)  # a token that ends within this is told


def ends(client: Client) -> Finding:
    """Read when the token ends out of itself: a role with what it needs may not list tokens."""
    name, until = "token expiry", client.until()
    if until is None:
        return Finding(name, "unknown", "a session of a user and password, or a token that does not say when it ends")
    if until == EPOCH:
        return Finding(name, "ok", "the token never expires: revoke it when it is not needed any more")
    return Finding(name, "ok" if until - utc_now() > SOON else "warn", f"the token ends on {until:%Y-%m-%d %H:%M} UTC")
