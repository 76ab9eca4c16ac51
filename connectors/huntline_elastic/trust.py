"""Whom a connection trusts: the CA of its settings, or the public ones; never what the environment names."""

from __future__ import annotations

import ssl
from functools import cache

import certifi
from urllib3 import disable_warnings
from urllib3.exceptions import InsecureRequestWarning

from huntline.errors import ConfigError


def trust(ca: str, *, verified: bool) -> ssl.SSLContext:
    """Return a context without the system's store, which the environment can point anywhere.

    Connections that trust alike share one: with the public CAs it takes a megabyte.
    """
    if not verified:
        disable_warnings(InsecureRequestWarning)  # our own warning stands in every report
    return _context(ca, verified)


@cache
def _context(ca: str, verified: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    try:
        context.load_verify_locations(cafile=ca or certifi.where())
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"cannot be read as certificates: {error}", file="settings", key="ca") from None
    return context
