"""The platforms as fleets: spaces of one Kibana, search heads, and workspaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.hunting.ground import START, Planted
from conformance.hunting.sentinel_ground import SCOPE, TABLE, columns_of
from conformance.hunting.splunk_ground import INDEX
from conformance.hunting.splunk_ground import made as event
from journeys.cli import Warm
from journeys.rollout import estate, office, settle, writes
from journeys.rollout_many import Latency
from journeys.siem import Guarded, Office, Secret
from journeys.siem_splunk import Splunk
from journeys.workspace import Workspace
from lab.office import workspace
from lab.sentinel.app import SentinelLab
from lab.sentinel.settings import DEPLOYER, HUNTER, SentinelSettings
from lab.sentinel.store import Store as Workspaced
from lab.serve.journal import Entry
from lab.serve.server import Running, serve
from lab.splunk.app import SplunkLab
from lab.splunk.settings import DEPLOY_TOKEN, OURS, TOKEN, Token
from lab.splunk.store import Store

TAKEN = range(200, 300)


@dataclass(frozen=True, slots=True)
class Kibana:
    """Fills `Fleet` with spaces, none of whose names is part of another's."""

    name: str = "elastic"
    read_back: str = "_find"

    def office(self, folder: Path, words: Sequence[str], warm: Warm | None) -> Office:
        return office(folder, *words, warm=warm)

    @contextmanager
    def served(self, folder: Path, made: Office, tenants: int, latency: Latency) -> Iterator[Sequence[Running]]:
        spaces = [f"space-{number:03d}-of" for number in range(tenants)]
        with estate(folder, *spaces, checked=False, latency=latency) as there:
            for space in spaces:
                settle(made, there, f"tenant-of-{space}", space=space, enabled=True)
            yield there.rules, there.data

    def wrote(self, one: Entry) -> bool:
        return bool(writes([one]))

    def listed(self, one: Entry) -> bool:
        return one.path.endswith(self.read_back)


@dataclass(frozen=True, slots=True)
class Heads:
    """Fills `Fleet` with search heads."""

    name: str = "splunk"
    read_back: str = "saved/searches"

    def office(self, folder: Path, words: Sequence[str], warm: Warm | None) -> Office:
        return _office(folder, Splunk(), words, [_of(TOKEN), _of(DEPLOY_TOKEN)], warm)

    @contextmanager
    def served(self, folder: Path, made: Office, tenants: int, latency: Latency) -> Iterator[Sequence[Running]]:
        with ExitStack() as stack:
            servers = []
            for number in range(tenants):
                store = Store()
                store.add(INDEX, [event(Planted("one", START, "harmless"))])
                running = stack.enter_context(serve(SplunkLab(store), _new(folder, number), latency=latency))
                more = {"deploy_token": made.secret(f"deploy{number}", _of(DEPLOY_TOKEN)), "app": OURS.name}
                _settle(made, running, number, _of(TOKEN), more)
                servers.append(running)
            yield servers

    def wrote(self, one: Entry) -> bool:
        return one.method == "POST" and one.path.endswith("saved/searches") and one.status in TAKEN

    def listed(self, one: Entry) -> bool:
        return one.method == "GET" and "/servicesNS/-/-/" in one.path and one.path.endswith(self.read_back)


@dataclass(frozen=True, slots=True)
class Workspaces:
    """Fills `Fleet` with workspaces, each of one table."""

    name: str = "sentinel"
    read_back: str = "alertRules"

    def office(self, folder: Path, words: Sequence[str], warm: Warm | None) -> Office:
        secrets = [Secret(one.secret, (one.secret,)) for one in (HUNTER, DEPLOYER)]
        return _office(folder, Workspace(), words, secrets, warm)

    @contextmanager
    def served(self, folder: Path, made: Office, tenants: int, latency: Latency) -> Iterator[Sequence[Running]]:
        hunter, deployer = made.secrets
        with ExitStack() as stack:
            servers = []
            for number in range(tenants):
                said = SentinelSettings(name=f"law-{number:03d}")
                store = Workspaced(said)
                store.add(TABLE, columns_of(SCOPE))
                running = stack.enter_context(serve(SentinelLab(store, said), _new(folder, number), latency=latency))
                own = {"client": DEPLOYER.id, "secret": made.secret(f"deploy{number}", deployer)}
                _settle(made, running, number, hunter, {**workspace(said, running), "client": HUNTER.id, "deploy": own})
                servers.append(running)
            yield servers

    def wrote(self, one: Entry) -> bool:
        return one.method == "PUT" and "alertRules/" in one.path and one.status in TAKEN

    def listed(self, one: Entry) -> bool:
        return one.method == "GET" and one.path.endswith(self.read_back)


def _office(folder: Path, siem: Guarded, words: Sequence[str], secrets: Sequence[Secret], warm: Warm | None) -> Office:
    folder.mkdir(parents=True)
    made = Office(folder, siem, secrets=tuple(secrets), warm=warm)
    made.rules(*words)
    return made


def _settle(made: Office, running: Running, number: int, secret: Secret, more: Mapping[str, Any]) -> None:
    made.tenant(f"tenant-{number:03d}", running, secret=secret, **more)
    made.tenants[-1]["deploy"] = {"enabled": True}


def _new(folder: Path, number: int) -> Path:
    made = folder / f"{number}"
    made.mkdir(parents=True)
    return made


def _of(token: Token) -> Secret:
    return Secret(token.encoded, (token.encoded, token.secret))
