"""Deploy to one space of Kibana: detection rules, and the lists of indicators that some of them read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed, Written
from huntline.model.pack import Json
from huntline.model.scope import Scope
from huntline.ports import Finding
from huntline.translate.compiler import SourceCompiler
from huntline_elastic import indicators, lists, rule_shape, rules
from huntline_elastic.client import Client, Kibana
from huntline_elastic.inspection import inspect
from huntline_elastic.presence import absent
from huntline_elastic.reach import targets_of
from huntline_elastic.ready import ready
from huntline_elastic.settings import Settings


@dataclass(frozen=True, slots=True)
class ElasticDeployer:
    """Fills `ports.Deployer`. Rules are written to Kibana and read there, lists in Elasticsearch, under one key."""

    client: Client = field(repr=False)
    kibana: Kibana = field(repr=False)
    compiler: SourceCompiler = field(repr=False)
    settings: Settings = field(repr=False)

    @property
    def place(self) -> str:
        return f"{self.settings.kibana.rstrip('/')} space {self.settings.space}"

    def ready(self) -> Sequence[Finding]:
        patterns = sorted({one for scope in self.compiler.bounds for one in self._patterns(scope)})
        return tuple(ready(self.client, self.kibana, self.settings.space, patterns))

    def absent(self, scopes: Sequence[Scope]) -> Mapping[str, str]:
        return absent(self.client, {scope.name: self._patterns(scope.name) for scope in scopes})

    def held(self, kind: str) -> Sequence[Deployed]:
        return lists.held(self._listed) if kind == indicators.KIND else rules.held(self.kibana)

    def read(self, kind: str, remote_id: str) -> Deployed | None:
        if kind == indicators.KIND:
            return lists.read(self._listed, remote_id)
        return rules.read(self.kibana, remote_id)

    def normal(self, artifact: Artifact) -> Mapping[str, Json]:
        return artifact.body if artifact.kind == indicators.KIND else rule_shape.normal(artifact)

    def put(self, artifact: Artifact, over: Deployed | None, *, on: bool, instead: Mapping[str, Json]) -> Written:
        if artifact.kind == indicators.KIND:
            return lists.put(self._listed, artifact, over, on=on, instead=instead)
        return rules.put(self.kibana, artifact, over, on=on, instead=instead)

    def retire(self, over: Deployed) -> Written:
        return lists.retire(self._listed, over) if over.kind == indicators.KIND else rules.retire(self.kibana, over)

    def restore(self, before: Deployed, over: Deployed) -> Written:
        if over.kind == indicators.KIND:
            return lists.restore(self._listed, before, over)
        return rules.restore(self.kibana, before, over)

    def remove(self, over: Deployed) -> str:
        return lists.remove(self._listed, over) if over.kind == indicators.KIND else rules.remove(self.kibana, over)

    def inspect(self, artifact: Artifact, over: Deployed) -> Sequence[Finding]:  # noqa: ARG002 (what stands there is looked at)
        return tuple(inspect(self.client, self.kibana, over))

    @property
    def _listed(self) -> lists.Place:
        return lists.Place(self.client, self.settings.space)

    def _patterns(self, scope: str) -> tuple[str, ...]:
        """Return what a rule over a scope reads, as its `index` names it: on this cluster, or on one that it names."""
        return tuple(one for target in targets_of(self.compiler.bounds[scope], ()) for one in target.path.split(","))
