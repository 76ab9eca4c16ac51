"""The stand-in of Microsoft Sentinel as a ground: its rules asked for over TLS, with one table of events behind it.

Once with rules that fit into their queries, once with rules that need a watchlist each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from conformance.deploying.ground import Edit, Fault
from conformance.hunting.ground import START, Planted
from conformance.hunting.sentinel_ground import SCOPE, SentinelGround, sentinel_ground
from huntline.model.artifact import Artifact
from huntline.model.pack import Detection, Pack
from huntline.model.predicate import Never, Test
from huntline.model.query import Query, Refused, Rule
from huntline.model.scope import Binding, Scope
from huntline.ports import Checked, Deployer, Platform, Renderer
from huntline.translate.rewrite import every
from huntline_sentinel.plugin import PLATFORM
from lab.sentinel import hand
from lab.sentinel.rules.save import save
from lab.sentinel.settings import DEPLOYER, SentinelSettings
from lab.serve import faults
from lab.serve.faults import Cut, Refusal, When

RULES, LISTS = "alertRules", "watchlists"
WRITING = ("PUT", "DELETE")
LAG = 2  # reads that do not show a write yet
FAULTS: Mapping[Fault, tuple[faults.Fault, ...]] = {
    "busy": (faults.Fault(Refusal(429), When(path=RULES)),),
    "cut_after_write": (faults.Fault(Cut("after"), When(method="PUT", path=RULES)),),
    "refuses": (faults.Fault(Refusal(400), When(method="PUT", path=RULES, says="refused", times=None)),),
    "read_only": tuple(
        faults.Fault(Refusal(403), When(method=one, path=path, times=None))
        for one in WRITING
        for path in (RULES, LISTS)
    ),
}
AT_ONCE: dict[str, Any] = {"list_seconds": 0, "item_seconds": 0, "ingest_seconds": 0, "forget_seconds": 0}
# Names are told to be unique, and here they are not: a law asks what becomes of a namesake.
WORKSPACE = SentinelSettings(applications=(DEPLOYER,), unique_names=False, **AT_ONCE)
HARMLESS = Test("CommandLine", "is", tuple(f"{number:02} {'x' * 300}" for number in range(40)))
"""What would make any query too long."""
OWN = {name: hand.OWN[name] for name in ("customDetails", "alertDetailsOverride")}  # how incidents are grouped is ours
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
    lacks: Mapping[str, str] = field(default_factory=lambda: {"by": "a rule does not tell who changed it"})

    @property
    def settings(self) -> dict[str, object]:
        return {**self.there.settings, "watchlists": {"minutes": 1, "poll": 0.02}}

    def connect(self) -> Deployer:
        assert PLATFORM.deployer is not None
        return PLATFORM.deployer(self.settings, lambda _: DEPLOYER.secret)

    def edit(self, remote_id: str, edit: Edit) -> None:
        lab = self.there.lab
        match edit:
            case "severity":
                hand.edit(lab, remote_id, severity="Low")
            case "query":
                mark, *_ = lab.rules.the(remote_id).properties["query"].split("\n")
                hand.edit(lab, remote_id, query=f"{mark}\nSecurityEvent")
            case "name":
                hand.edit(lab, remote_id, displayName="My own name")
            case "off" | "on":
                hand.switch(lab, remote_id, on=edit == "on")
            case "delete":
                hand.delete(lab, remote_id)
            case "copy":
                hand.duplicate(lab, remote_id)
            case "own":
                hand.edit(lab, remote_id, **OWN)
            case "unmark":
                hand.unmark(lab, remote_id)
            case "break":
                hand.auto_disable(lab, remote_id, "The table is gone.")

    def owned(self, remote_id: str) -> object:
        own = {name: self.there.lab.rules.the(remote_id).properties[name] for name in OWN}
        return own if any(own.values()) else None

    def foreign(self, name: str, remote_id: str = "") -> str:
        body = {"kind": "Scheduled", "properties": {**THEIRS, "displayName": name}}
        return save(self.there.lab.workspace, remote_id or str(uuid4()), body, datetime.now(UTC))[0].name

    def snapshot(self) -> Mapping[str, object]:
        rules, lists = self.there.lab.rules.live().values(), self.there.lab.watchlists.live().values()
        return {
            **{one.name: {"kind": one.kind, "etag": one.etag, **one.properties} for one in rules},
            **{one.alias: {"etag": one.etag, **one.properties} for one in lists},
        }

    def fault(self, kind: Fault) -> None:
        if kind == "lags":
            self.there.lab.rules.settings = replace(WORKSPACE, lag_reads=LAG)
            return
        for one in FAULTS[kind]:
            self.there.running.faults.add(one)

    def writes(self) -> int:
        entries = self.there.running.journal.entries()
        return sum(one.method in WRITING and _of_ours(one.path) and 200 <= one.status < 300 for one in entries)

    def listings(self) -> int:
        return sum(one.path.endswith((RULES, LISTS)) for one in self.there.running.journal.entries())


@dataclass(frozen=True, slots=True)
class Longer:
    """Fills `ports.Renderer` by another one, with detections that have more values than fit into a query."""

    renderer: Renderer

    def rule(self, detection: Detection, scope: Scope, binding: Binding) -> Rule | Refused:
        return self.renderer.rule(_longer(detection), scope, binding)

    def text(self, rule: Rule | Query, heading: Sequence[str]) -> tuple[str, str]:
        return self.renderer.text(rule, heading)

    def artifacts(
        self, detection: Detection, rule: Rule, *, pack: str, every: timedelta | None = None
    ) -> Sequence[Artifact]:
        return self.renderer.artifacts(_longer(detection), rule, pack=pack, every=every)

    def package(self, artifacts: Sequence[Artifact], *, pack: Pack) -> Mapping[str, str]:
        return self.renderer.package(artifacts, pack=pack)

    def check(self, folder: Path) -> Checked:
        return self.renderer.check(folder)


@contextmanager
def ruled_ground(folder: Path) -> Iterator[RuledGround]:
    """Serve a workspace without rules whose one table holds an event."""
    with sentinel_ground(folder, WORKSPACE, who=DEPLOYER) as there:
        there.plant((Planted("one", START, "harmless"),))
        yield RuledGround(there)


@contextmanager
def listed_ground(folder: Path) -> Iterator[RuledGround]:
    """Serve the same for rules that need a watchlist each."""
    with ruled_ground(folder) as made:
        yield replace(made, platform=replace(PLATFORM, renderer=_rendering))


def _rendering(settings: Mapping[str, object]) -> Renderer:
    assert PLATFORM.renderer is not None
    return Longer(PLATFORM.renderer(settings))


def _longer(detection: Detection) -> Detection:
    """Leave out events whose command line is one of many: none of these are ever asked for."""
    return replace(detection, predicate=every(detection.predicate, Never(HARMLESS)))


def _of_ours(path: str) -> bool:
    return RULES in path or LISTS in path
