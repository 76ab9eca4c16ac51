"""The stand-in of Microsoft Sentinel as a ground: its rules asked for over TLS, with one table of events behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from conformance.deploying.ground import Edit, Fault
from conformance.hunting.ground import START, Planted
from conformance.hunting.sentinel_ground import SCOPE, SentinelGround, sentinel_ground
from huntline.ports import Deployer, Platform
from huntline_sentinel.plugin import PLATFORM
from lab.sentinel.rules.kept import PREFIX
from lab.sentinel.rules.normal import normal
from lab.sentinel.settings import DEPLOYER, SentinelSettings
from lab.serve import faults
from lab.serve.faults import Cut, Refusal, When

RULES = "alertRules"
WRITING = ("PUT", "DELETE")
LAG = 2  # reads that do not show a write yet
FAULTS: Mapping[Fault, tuple[faults.Fault, ...]] = {
    "busy": (faults.Fault(Refusal(429), When(path=RULES)),),
    "cut_after_write": (faults.Fault(Cut("after"), When(method="PUT", path=RULES)),),
    "refuses": (faults.Fault(Refusal(400), When(method="PUT", says="refused", times=None)),),
    "read_only": tuple(faults.Fault(Refusal(403), When(method=one, path=RULES, times=None)) for one in WRITING),
}
# Names are told to be unique, and here they are not: a law asks what becomes of a namesake.
WORKSPACE = SentinelSettings(applications=(DEPLOYER,), unique_names=False)
OWN = {"customDetails": {"Who": "Account"}, "alertDetailsOverride": {"alertDisplayNameFormat": "{{Computer}} acts"}}
THEIRS: Mapping[str, Any] = {
    "enabled": True,
    "severity": "Low",
    "query": "SecurityEvent\n| where EventID == 1",
    "queryFrequency": "PT1H",
    "queryPeriod": "PT1H",
    "triggerOperator": "GreaterThan",
    "triggerThreshold": 0,
    "suppressionEnabled": False,
    "suppressionDuration": "PT5H",
}


@dataclass(slots=True)
class RuledGround:
    """Fills `Ground`."""

    there: SentinelGround
    platform: Platform = PLATFORM
    scope: str = SCOPE
    lacks: Mapping[str, str] = field(default_factory=lambda: {"who": "a rule does not tell who changed it"})

    @property
    def settings(self) -> dict[str, object]:
        return self.there.settings

    def connect(self) -> Deployer:
        assert PLATFORM.deployer is not None
        return PLATFORM.deployer(self.settings, lambda _: DEPLOYER.secret)

    def edit(self, remote_id: str, edit: Edit) -> None:
        rule = self.there.lab.rules.the(remote_id)
        name, query = rule.properties["displayName"], rule.properties["query"]
        match edit:
            case "severity":
                self._change(remote_id, severity="Low")
            case "query":
                first, *_ = query.split("\n")
                self._change(remote_id, query=f"{first}\nSecurityEvent")
            case "name":
                self._change(remote_id, displayName="My own name")
            case "off" | "on":
                self._change(remote_id, enabled=edit == "on")
            case "delete":
                self.there.lab.rules.remove(remote_id, datetime.now(UTC))
            case "copy":
                self._write(str(uuid4()), {**rule.properties, "displayName": f"{name} - Copy"})
            case "own":
                self._change(remote_id, **OWN)
            case "unmark":
                self._change(remote_id, query=query.split("\n", 1)[1])
            case "break":
                self._change(remote_id, enabled=False, displayName=f"{PREFIX}{name}", description="The table is gone.")

    def owned(self, remote_id: str) -> object:
        own = {name: self.there.lab.rules.the(remote_id).properties[name] for name in OWN}
        return own if any(own.values()) else None

    def foreign(self, name: str, remote_id: str = "") -> str:
        return self._write(remote_id or str(uuid4()), normal({**THEIRS, "displayName": name}))

    def snapshot(self) -> Mapping[str, object]:
        live = self.there.lab.rules.live().values()
        return {one.name: {"kind": one.kind, "etag": one.etag, **one.properties} for one in live}

    def fault(self, kind: Fault) -> None:
        if kind == "lags":
            self.there.lab.rules.settings = replace(WORKSPACE, lag_reads=LAG)
            return
        for one in FAULTS[kind]:
            self.there.running.faults.add(one)

    def writes(self) -> int:
        entries = self.there.running.journal.entries()
        return sum(one.method in WRITING and RULES in one.path and 200 <= one.status < 300 for one in entries)

    def listings(self) -> int:
        return sum(one.path.endswith(RULES) for one in self.there.running.journal.entries())

    def _change(self, remote_id: str, **said: Any) -> None:
        self._write(remote_id, {**self.there.lab.rules.the(remote_id).properties, **said})

    def _write(self, remote_id: str, properties: Mapping[str, Any]) -> str:
        return self.there.lab.rules.write(remote_id, "Scheduled", properties, datetime.now(UTC)).name


@contextmanager
def ruled_ground(folder: Path) -> Iterator[RuledGround]:
    """Serve a workspace without rules whose one table holds an event."""
    with sentinel_ground(folder, WORKSPACE, who=DEPLOYER) as there:
        there.plant((Planted("one", START, "harmless"),))
        yield RuledGround(there)
