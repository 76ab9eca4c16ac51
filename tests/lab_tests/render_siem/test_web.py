"""Facts of web addresses: what a proxy's fields say together."""

from __future__ import annotations

import pytest

from lab.render.siem.labelled import read
from lab.render.siem.web import Address, address, refused


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            {"cs-host": "a.example", "c-uri": "/x/y?z=1"},
            Address("https", "a.example", None, "/x/y", "z=1", "https://a.example/x/y?z=1"),
        ),
        (
            {"cs-host": "a.example:8080", "c-uri": "http://a.example:8080/x"},
            Address("http", "a.example", 8080, "/x", None, "http://a.example:8080/x"),
        ),
        (
            {"cs-method": "CONNECT", "cs-host": "a.example:443", "c-uri": "tcp://a.example:443/"},
            Address("https", "a.example", 443, None, None, "a.example:443"),
        ),
        (
            {"cs-method": "CONNECT", "c-uri": "a.example:8443"},
            Address("https", "a.example", 8443, None, None, "a.example:8443"),
        ),
        ({"c-uri": "/x"}, Address("https", None, None, "/x", None, "/x")),
        ({"cs-host": "a.example"}, Address("https", "a.example", None, None, None, "https://a.example")),
        ({}, Address("https", None, None, None, None, None)),
    ],
)
def test_an_address_is_put_together_from_host_and_uri(event: dict[str, object], expected: Address) -> None:
    """Proxies log a path, a whole address or a tunnel's host and port: a store of whole addresses has one form."""
    assert expected == address(read(event, "*/proxy/*"))


@pytest.mark.parametrize(
    ("status", "expected"), [(200, False), (403, True), ("407", True), (404, False), (None, False)]
)
def test_a_proxy_that_refuses_says_403_or_407(status: object, expected: bool) -> None:
    """What the far end refuses was still let through."""
    assert expected == refused(read({"sc-status": status}, "*/proxy/*"))
