"""The host's own address: which end of a connection it is, in the words of each sensor."""

from __future__ import annotations

from typing import Any

import pytest

from huntline_archive.fields import read
from huntline_archive.sources import load_sources

SOURCES = {source.scope.name: source for source in load_sources({})}
OWN, FAR = "10.0.0.9", "203.0.113.5"


def sysmon(initiated: Any) -> dict[str, Any]:
    return {"SourceIp": OWN, "DestinationIp": FAR, "Initiated": initiated}


def elastic(direction: str) -> dict[str, Any]:
    return {"source": {"ip": OWN}, "destination": {"ip": FAR}, "network": {"direction": direction}}


@pytest.mark.parametrize(
    ("source", "event", "own"),
    [
        ("sysmon", sysmon("true"), (OWN,)),
        ("sysmon", sysmon(True), (OWN,)),
        ("sysmon", sysmon("false"), (FAR,)),
        ("sysmon", sysmon(None), ()),
        ("sysmon-evtx", {"Event": {"EventData": sysmon(True)}}, (OWN,)),
        ("sysmon-evtx", {"Event": {"EventData": sysmon(False)}}, (FAR,)),
        ("elastic-defend", elastic("egress"), (OWN,)),
        ("elastic-defend", elastic("ingress"), (FAR,)),
        ("elastic-defend", elastic("unknown"), ()),
        ("defender-xdr", {"properties": {"LocalIP": OWN, "RemoteIP": FAR}}, (OWN,)),
    ],
)
def test_a_sensor_says_which_end_of_a_connection_it_sat_at(source: str, event: dict[str, Any], own: tuple[str]) -> None:
    """Sysmon's source is who opened the connection, which may be the stranger; the proxy's hits join by this address."""
    (name,) = SOURCES[source].scope.entities["own_address"]

    assert own == read(SOURCES[source].field(name), event)
