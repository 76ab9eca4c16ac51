"""Deploy to one app of a search head: saved searches that alert, and the macros and lookups they read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed, Written
from huntline.model.pack import Json
from huntline.model.scope import Scope
from huntline.ports import Finding
from huntline.translate.compiler import SourceCompiler
from huntline_splunk import listing, lookups, macros, saved, saved_shape
from huntline_splunk.artifact import MACRO
from huntline_splunk.client import Client
from huntline_splunk.inspection import inspect
from huntline_splunk.lookups import Lookups, lookups_of
from huntline_splunk.manifest import Manifest
from huntline_splunk.presence import absent
from huntline_splunk.ready import ready
from huntline_splunk.saved import Searches, searches_of
from huntline_splunk.settings import Settings


def deployer(client: Client, compiler: SourceCompiler, settings: Settings) -> SplunkDeployer:
    """Return what deploys to `settings.app`."""
    manifest = Manifest(macros.place_of(client, settings.app))
    searches = searches_of(client, settings.app, security=settings.enterprise_security)
    return SplunkDeployer(client, compiler, settings, searches, lookups_of(client, settings.app, manifest), manifest)


@dataclass(frozen=True, slots=True)
class SplunkDeployer:
    """Fills `ports.Deployer`."""

    client: Client = field(repr=False)
    compiler: SourceCompiler = field(repr=False)
    settings: Settings = field(repr=False)
    searches: Searches
    lookups: Lookups
    manifest: Manifest = field(repr=False)

    @property
    def place(self) -> str:
        return f"{self.settings.url.rstrip('/')} app {self.settings.app}"

    def ready(self) -> Sequence[Finding]:
        return tuple(ready(self.client, self.settings.app, security=self.settings.enterprise_security))

    def absent(self, scopes: Sequence[Scope]) -> Mapping[str, str]:
        return absent(self.manifest.place, [self.compiler.bounds[scope.name] for scope in scopes])

    def held(self, kind: str) -> Sequence[Deployed]:
        if kind == MACRO:
            return macros.held(self.manifest.place)
        return lookups.held(self.lookups) if kind == listing.KIND else saved.held(self.searches)

    def read(self, kind: str, remote_id: str) -> Deployed | None:
        if kind == MACRO:
            return macros.read(self.manifest, remote_id)
        return lookups.read(self.lookups, remote_id) if kind == listing.KIND else saved.read(self.searches, remote_id)

    def normal(self, artifact: Artifact) -> Mapping[str, Json]:
        if artifact.kind == MACRO:
            return macros.normal(artifact)
        if artifact.kind == listing.KIND:
            return lookups.normal(artifact)
        return saved_shape.normal(artifact, self.searches.names)

    def put(self, artifact: Artifact, over: Deployed | None, *, on: bool, instead: Mapping[str, Json]) -> Written:
        if artifact.kind == MACRO:
            return macros.put(self.manifest, artifact, over, on=on, instead=instead)
        if artifact.kind == listing.KIND:
            return lookups.put(self.lookups, artifact, over, on=on, instead=instead)
        return saved.put(self.searches, artifact, over, on=on, instead=instead)

    def retire(self, over: Deployed) -> Written:
        if over.kind == MACRO:
            return macros.retire(self.manifest, over)
        return lookups.retire(self.lookups, over) if over.kind == listing.KIND else saved.retire(self.searches, over)

    def restore(self, before: Deployed, over: Deployed) -> Written:
        if over.kind == MACRO:
            return macros.restore(self.manifest, before, over)
        if over.kind == listing.KIND:
            return lookups.restore(self.lookups, before, over)
        return saved.restore(self.searches, before, over)

    def remove(self, over: Deployed) -> str:
        if over.kind == MACRO:
            return macros.remove(self.manifest, over)
        return lookups.remove(self.lookups, over) if over.kind == listing.KIND else saved.remove(self.searches, over)

    def inspect(self, artifact: Artifact, over: Deployed) -> Sequence[Finding]:
        return tuple(inspect(self.client, self.settings.app, artifact, over))
