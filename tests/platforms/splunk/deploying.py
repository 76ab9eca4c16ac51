"""A search head for the laws of deploying, reached over TLS by the deployer itself, and what is put there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from conformance.hunting.ground import START, Planted
from conformance.hunting.splunk_ground import INDEX, made
from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed
from huntline.model.pack import Json
from huntline.ports import Finding
from huntline_splunk.deploy import SplunkDeployer
from huntline_splunk.plugin import PLATFORM
from lab.serve.faults import Script
from lab.serve.server import Running, serve
from lab.splunk.app import SplunkLab
from lab.splunk.knowledge import Kept, Key
from lab.splunk.settings import DEPLOY_TOKEN, DEPLOYING, OURS, App, Role, SplunkSettings, Token, User
from lab.splunk.store import Store
from platforms.handmade import campaign


@dataclass(frozen=True, slots=True)
class There:
    """`token`: of who deploys."""

    lab: SplunkLab
    running: Running
    token: Token = DEPLOY_TOKEN
    more: Mapping[str, object] = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, object]:
        known = {"url": self.running.url, "token": "env:TOKEN", "ca": str(self.running.ca), "timeout": 5.0}
        return {**known, "app": OURS.name, **self.more}

    def connect(self) -> SplunkDeployer:
        assert PLATFORM.deployer is not None
        deployer = PLATFORM.deployer(self.settings, {"env:TOKEN": self.token.encoded}.__getitem__)
        assert isinstance(deployer, SplunkDeployer)
        return deployer

    def kept(self, key: Key) -> Kept | None:
        return self.lab.knowledge.kept.get(key)

    def asked(self, *methods: str) -> list[str]:
        """Return the paths that were asked for by these methods."""
        return [one.path for one in self.running.journal.entries() if one.method in methods]


@contextmanager
def served(folder: Path, settings: SplunkSettings | None = None, **told: object) -> Iterator[There]:
    """Serve a search head with one event; nothing may break it. `told` are members of `There`."""
    store = Store()
    store.add(INDEX, [made(Planted("one", START, "harmless"))])
    lab = SplunkLab(store, settings or SplunkSettings())
    with serve(lab, folder, faults=Script()) as running:
        yield There(lab, running, **told)  # type: ignore[arg-type]  # its own members
        assert () == running.journal.violations()


def put(deployer: SplunkDeployer, artifact: Artifact, *, on: bool = False, **instead: Json) -> Deployed:
    """Write over what is there now, and return what that left."""
    over = deployer.read(artifact.kind, artifact.remote_id)
    return deployer.put(artifact, over, on=on, instead=instead).after


def there_of(deployer: SplunkDeployer, artifact: Artifact) -> Deployed:
    found = deployer.read(artifact.kind, artifact.remote_id)
    assert found is not None
    return found


def listed(findings: Sequence[Finding]) -> dict[str, Finding]:
    return {one.name: one for one in findings}


def settings_of(*, role: Role = DEPLOYING, apps: tuple[App, ...] = SplunkSettings().apps) -> SplunkSettings:
    """Return a search head with another user who deploys, under a role of these rights."""
    return SplunkSettings(users=(*SplunkSettings().users, User("other", "lab-other-1", role)), apps=apps)


def ready_of(folder: Path, settings: SplunkSettings, **told: object) -> dict[str, Finding]:
    """Return what that user is told before anything is written."""
    token = replace(DEPLOY_TOKEN, id="lab-other", secret="lab-other-secret", user="other")
    with served(folder, replace(settings, tokens=(*settings.tokens, token)), token=token, **told) as there:
        return listed(there.connect().ready())


@cache
def everything() -> tuple[Artifact, ...]:
    """Return what a platform stores for the campaign's pack, each once, what is needed first."""
    by_key = {one.key: one for one in campaign(PLATFORM)}
    return tuple(sorted(by_key.values(), key=lambda one: bool(one.needs)))


@cache
def pair() -> tuple[Artifact, Artifact]:
    """Return a macro and a search that reads it, over a source whose events are there."""
    search = next(one for one in everything() if one.key.endswith("/sysmon"))
    (macro,) = [one for one in everything() if one.key in search.needs]
    return macro, search
