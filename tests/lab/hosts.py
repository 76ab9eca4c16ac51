"""The company's computers, and which log each of them fills."""

from __future__ import annotations

from lab.events import Host, Kind

COMPANY = "larkspur.example"
DOMAIN = "LARKSPUR"
PBX = "pbx.larkspur.example"
RESOLVER = "10.20.0.53"

ALL: frozenset[Kind] = frozenset(("process", "image", "create", "delete", "dns", "connection", "web"))
MAC: frozenset[Kind] = frozenset(("process", "create", "delete", "connection", "dns", "web"))
LEAN: frozenset[Kind] = frozenset(("process", "dns", "connection", "web"))  # image loads and files switched off
AUDIT: frozenset[Kind] = frozenset(("process", "dns", "web"))

ACC = Host("WS-ACC-01", "windows", "a.ortiz", "10.20.1.11", ("sysmon-beats",), LEAN)
OPS = Host("WS-OPS-02", "windows", "b.lindqvist", "10.20.1.12", ("sysmon-nxlog",), ALL)
SAL = Host("WS-SAL-03", "windows", "c.okafor", "10.20.1.13", ("sysmon-evtx",), ALL)
IT = Host("WS-IT-04", "windows", "d.marchetti", "10.20.1.14", ("defender-xdr", "security"), ALL)
DEV = Host("WS-DEV-05", "windows", "e.tanaka", "10.20.1.15", ("sysmon-nxlog",), ALL)
SEC = Host("WS-SEC-06", "windows", "f.haddad", "10.20.1.16", ("elastic-defend",), ALL)
FILES = Host("SRV-FILE-07", "windows", "svc-files", "10.20.0.17", ("security",), AUDIT)
DC = Host("SRV-DC-08", "windows", "svc-dc", "10.20.0.18", ("sysmon-beats",), ALL)
MAC_MKT = Host("MAC-MKT-01", "macos", "g.moreau", "10.20.2.21", ("elastic-defend",), MAC)
MAC_CEO = Host("MAC-CEO-02", "macos", "h.brandt", "10.20.2.22", ("elastic-defend",), MAC)
MAC_DEV = Host("MAC-DEV-03", "macos", "i.petrov", "10.20.2.23", ("elastic-defend",), MAC)
MAC_OPS = Host("MAC-OPS-04", "macos", "j.silva", "10.20.2.24", ("elastic-defend",), MAC)

HOSTS = (ACC, OPS, SAL, IT, DEV, SEC, FILES, DC, MAC_MKT, MAC_CEO, MAC_DEV, MAC_OPS)
SERVERS = (FILES, DC)
