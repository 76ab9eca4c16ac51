"""A deployer that is watched: something happens before every call of it, and after every one that writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed, Written
from huntline.model.pack import Json
from huntline.model.scope import Scope
from huntline.ports import Deployer, Finding


@dataclass(frozen=True, slots=True)
class Hooked:
    """Fills `ports.Deployer` by another one."""

    deployer: Deployer
    at: Callable[[str], None]

    @property
    def place(self) -> str:
        return self.deployer.place

    def ready(self) -> Sequence[Finding]:
        self.at("ready")
        return self.deployer.ready()

    def absent(self, scopes: Sequence[Scope]) -> Mapping[str, str]:
        self.at("absent")
        return self.deployer.absent(scopes)

    def held(self, kind: str) -> Sequence[Deployed]:
        self.at("held")
        return self.deployer.held(kind)

    def read(self, kind: str, remote_id: str) -> Deployed | None:
        self.at("read")
        return self.deployer.read(kind, remote_id)

    def normal(self, artifact: Artifact) -> Mapping[str, Json]:
        return self.deployer.normal(artifact)

    def put(self, artifact: Artifact, over: Deployed | None, *, on: bool, instead: Mapping[str, Json]) -> Written:
        self.at("put")
        written = self.deployer.put(artifact, over, on=on, instead=instead)
        self.at("after put")
        return written

    def retire(self, over: Deployed) -> Written:
        self.at("retire")
        written = self.deployer.retire(over)
        self.at("after retire")
        return written

    def restore(self, before: Deployed, over: Deployed) -> Written:
        self.at("restore")
        written = self.deployer.restore(before, over)
        self.at("after restore")
        return written

    def remove(self, over: Deployed) -> str:
        self.at("remove")
        request = self.deployer.remove(over)
        self.at("after remove")
        return request

    def inspect(self, artifact: Artifact, over: Deployed) -> Sequence[Finding]:
        self.at("inspect")
        return self.deployer.inspect(artifact, over)
