"""The company's people and computers: forty on Windows, sixteen on macOS, a 3CX server on Linux, a load balancer."""

from __future__ import annotations

from lab.events import Host, System
from lab.hosts import ALL, MAC

SENSORS = (("sysmon-nxlog",), ("defender-xdr", "security"), ("elastic-defend",), ("sysmon-nxlog", "security"))
PEOPLE = (
    *("a.ortiz", "b.lindqvist", "c.okafor", "d.marchetti", "e.tanaka", "f.haddad", "g.moreau", "h.brandt"),
    *("i.petrov", "j.silva", "k.nowak", "l.fischer", "m.dubois", "n.kaya", "o.jensen", "p.romano"),
    *("q.vance", "r.castillo", "s.meyer", "t.novak", "u.bianchi", "v.larsen", "w.kowalski", "x.chen"),
    *("y.sato", "z.ahmed", "aa.keller", "ab.morris", "ac.weiss", "ad.pereira", "ae.young", "af.hansen"),
    *("ag.lopez", "ah.maier", "ai.fontaine", "aj.virtanen", "ak.osei", "al.horvat", "am.byrne", "an.costa"),
    *("ao.reyes", "ap.singh", "aq.peters", "ar.vogel", "as.laurent", "at.mbeki", "au.friis", "av.ricci"),
    *("aw.stone", "ax.adler", "ay.duarte", "az.krause", "ba.olsen", "bb.martin", "bc.schulz", "bd.evans"),
)


def _computer(number: int, system: System) -> Host:
    name, network = ("WS-{:03d}", 1) if system == "windows" else ("MAC-{:03d}", 2)
    sensors = SENSORS[number % len(SENSORS)] if system == "windows" else ("elastic-defend",)
    address = f"10.20.{network}.{number + 10}"
    return Host(name.format(number), system, PEOPLE[number], address, sensors, ALL if system == "windows" else MAC)


WINDOWS = tuple(_computer(number, "windows") for number in range(40))
MACS = tuple(_computer(number, "macos") for number in range(40, 56))
BALANCERS = tuple(
    Host(f"SRV-NLB-{number:02d}", "windows", "SYSTEM", f"10.20.0.{number + 30}", ("sysmon-nxlog",), ALL)
    for number in range(1, 9)
)
PHONES = tuple(f"10.20.5.{number}" for number in range(10, 60))
