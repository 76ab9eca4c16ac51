"""A workspace with rules for the laws of deploying to it, and its tables as the shipped sources know them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from conformance.hunting.ground import folder
from conformance.hunting.sentinel_ground import SentinelGround, columns_of, sentinel_ground
from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed
from huntline.model.pack import Json
from huntline.ports import Deployer, Finding
from huntline_sentinel.columns import is_function
from huntline_sentinel.plugin import PLATFORM
from lab.sentinel.app import SentinelLab
from lab.sentinel.settings import DEPLOYER, HUNTER, Application, SentinelSettings
from lab.serve.journal import Entry
from platforms.handmade import CAMPAIGN, campaign

RULES = "alertRules"


@dataclass(frozen=True, slots=True)
class There:
    """A running workspace, written to by one app."""

    ground: SentinelGround
    who: Application = DEPLOYER
    more: Mapping[str, object] = field(default_factory=dict)

    @property
    def lab(self) -> SentinelLab:
        return self.ground.lab

    @property
    def settings(self) -> dict[str, object]:
        """Return settings by which one app hunts and another deploys."""
        own = {"client": self.who.id, "secret": "env:DEPLOYER"}
        return {**self.ground.settings, "client": HUNTER.id, "secret": "env:HUNTER", "deploy": own, **self.more}

    @property
    def secrets(self) -> Mapping[str, str]:
        return {"env:DEPLOYER": self.who.secret, "env:HUNTER": HUNTER.secret}

    def connect(self) -> Deployer:
        assert PLATFORM.deployer is not None
        return PLATFORM.deployer(self.settings, self.secrets.__getitem__)

    def asked(self, method: str = "") -> list[Entry]:
        """Return what was asked of rules."""
        entries = self.ground.running.journal.entries()
        return [one for one in entries if RULES in one.path and one.method.startswith(method)]


@contextmanager
def served(where: Path, *, tables: Sequence[str] = ("security-event",), **told: Any) -> Iterator[There]:
    """Serve a workspace with the tables of these scopes, all empty; `told` are settings of the stand-in, `who`, `more`."""
    mine = {name: told.pop(name) for name in ("who", "more") if name in told}
    applications = tuple({one.id: one for one in (HUNTER, DEPLOYER, mine.get("who", DEPLOYER))}.values())
    settings = SentinelSettings(**{"applications": applications, **told})
    with sentinel_ground(folder(where, "server"), settings) as ground:
        for scope in tables:
            add(ground.lab, scope)
        yield There(ground, **mine)


def add(lab: SentinelLab, scope: str) -> None:
    """Add a scope's table without rows; one that another scope shares keeps the columns of both."""
    table, columns = table_of(scope), columns_of(scope)
    held = lab.store.tables().get(table)
    lab.store.add(table, {**(held.columns if held else {}), **columns})


def table_of(scope: str) -> str:
    bounds = PLATFORM.compiler({}).bounds  # type: ignore[attr-defined]  # of a platform with sources
    return str(bounds[scope].native("table"))


def stored_scopes() -> list[str]:
    """Return the scopes of rules that read tables, not functions."""
    return [one.name for one in PLATFORM.scopes({}) if "rule" in one.serves and not is_function(table_of(one.name))]


@cache
def some() -> tuple[Artifact, ...]:
    """Return rules of the campaign's pack over one table."""
    return tuple(one for one in campaign(PLATFORM) if one.key.endswith("/security-event"))


def put(deployer: Deployer, artifact: Artifact, *, on: bool = False, **instead: Json) -> Deployed:
    """Write over what is there now, and return what that left."""
    over = deployer.read(artifact.kind, artifact.remote_id)
    return deployer.put(artifact, over, on=on, instead=instead).after


def listed(findings: Sequence[Finding]) -> dict[str, Finding]:
    return {one.name: one for one in findings}


__all__ = ["CAMPAIGN", "There", "add", "campaign", "listed", "put", "served", "some", "stored_scopes", "table_of"]
