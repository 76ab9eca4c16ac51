"""Deploy to one workspace of Microsoft Sentinel: scheduled analytics rules, and the watchlists that some of them read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from huntline.errors import HuntlineError
from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed, Written
from huntline.model.pack import Json
from huntline.model.scope import Scope
from huntline.ports import Finding, Secrets
from huntline.translate.compiler import SourceCompiler
from huntline_sentinel import rule_shape, rules, watchlist_shape, watchlists
from huntline_sentinel.arm import Arm
from huntline_sentinel.arrival import Place, expect_seen
from huntline_sentinel.client import SLACK, Logs
from huntline_sentinel.columns import is_function
from huntline_sentinel.http import Http
from huntline_sentinel.inspection import inspect
from huntline_sentinel.quota import Quota
from huntline_sentinel.ready import ready
from huntline_sentinel.settings import Settings, deploying, expect_connection
from huntline_sentinel.tokens import Tokens


def connected(settings: Settings, compiler: SourceCompiler, secrets: Secrets) -> SentinelDeployer:
    """Return the deployer of a tenant; nothing is sent. Raises ConfigError."""
    read = deploying(settings)
    expect_connection(read)
    tokens = Tokens(read, secrets, Http(read, read=SLACK))
    return SentinelDeployer(Arm(read, tokens), Logs(read, tokens), compiler, read, Quota(read.rules))


@dataclass(frozen=True, slots=True)
class SentinelDeployer:
    """Fills `ports.Deployer`, by Azure Resource Manager; queries are asked where it must be known what rules will see."""

    arm: Arm = field(repr=False)
    logs: Logs = field(repr=False)
    compiler: SourceCompiler = field(repr=False)
    settings: Settings = field(repr=False)
    quota: Quota = field(repr=False)

    @property
    def place(self) -> str:
        return f"{self.settings.management}{self.settings.path}"

    def ready(self) -> Sequence[Finding]:
        return tuple(ready(self.arm, self.settings))

    def absent(self, scopes: Sequence[Scope]) -> Mapping[str, str]:
        """Look at the tables; a function's are not known, so it counts as there: its rules are refused when written."""
        there = {name: table.plan for name, table in self.arm.tables().items()}
        asked = {scope.name: self.compiler.bounds[scope.name].native("table") for scope in scopes}
        return {
            scope: why
            for scope, table in asked.items()
            if not is_function(table) and (why := _lacking(table, there.get(table)))
        }

    def held(self, kind: str) -> Sequence[Deployed]:
        if kind == watchlist_shape.KIND:
            return watchlists.held(self._lists)
        found = rules.held(self.arm)
        self.quota.see(found)
        return found

    def read(self, kind: str, remote_id: str) -> Deployed | None:
        if kind == watchlist_shape.KIND:
            return watchlists.read(self._lists, remote_id)
        return rules.read(self.arm, remote_id)

    def normal(self, artifact: Artifact) -> Mapping[str, Json]:
        return artifact.body if artifact.kind == watchlist_shape.KIND else rule_shape.normal(artifact)

    def put(self, artifact: Artifact, over: Deployed | None, *, on: bool, instead: Mapping[str, Json]) -> Written:
        if artifact.kind == watchlist_shape.KIND:
            return watchlists.put(self._lists, artifact, over, on=on, instead=instead)
        with self._within_quota(artifact.remote_id, on=on):
            for alias in watchlist_shape.aliases_in(str({**rule_shape.normal(artifact), **instead}["query"])):
                expect_seen(self._lists, alias)
            return rules.put(self.arm, artifact, over, on=on, instead=instead)

    def retire(self, over: Deployed) -> Written:
        if over.kind == watchlist_shape.KIND:
            return watchlists.retire(self._lists, over)
        with self._within_quota(over.remote_id, on=False):
            return rules.retire(self.arm, over)

    def restore(self, before: Deployed, over: Deployed) -> Written:
        if over.kind == watchlist_shape.KIND:
            return watchlists.restore(self._lists, before, over)
        with self._within_quota(over.remote_id, on=before.state == "on"):
            return rules.restore(self.arm, before, over)

    def remove(self, over: Deployed) -> str:
        if over.kind == watchlist_shape.KIND:
            return watchlists.remove(self._lists, over)
        return rules.remove(self.arm, over)

    def inspect(self, artifact: Artifact, over: Deployed) -> Sequence[Finding]:  # noqa: ARG002 (what stands there is looked at)
        return tuple(inspect(self._lists, over))

    @property
    def _lists(self) -> Place:
        return Place(self.arm, self.logs, self.settings.watchlists)

    @contextmanager
    def _within_quota(self, remote_id: str, *, on: bool) -> Iterator[None]:
        """Count a write before it is sent, and take that back where it did not come to pass."""
        counted = remote_id in self.quota.on
        if on:
            self.quota.take(remote_id)
        try:
            yield
        except HuntlineError:
            if on and not counted:
                self.quota.give(remote_id)
            raise
        if not on:
            self.quota.give(remote_id)


def _lacking(table: str, plan: str | None) -> str:
    if plan is None:
        return f"the workspace has no table {table}"
    return "" if plan == "Analytics" else f"table {table} is of plan {plan}, which rules do not read"
