"""An Elasticsearch and a Kibana before it for the laws of deploying, reached over TLS by the deployer itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from conformance.hunting.ground import folder
from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed
from huntline.model.pack import Json
from huntline.ports import Deployer, Finding
from huntline_elastic.plugin import PLATFORM
from lab.elastic.app import ElasticLab
from lab.elastic.contract import vendor_contract
from lab.elastic.settings import HUNTER, ElasticSettings, Key
from lab.elastic.store import Store
from lab.kibana.app import KibanaLab
from lab.kibana.settings import DEPLOYER, KEYS, KibanaSettings
from lab.serve.exchange import Request
from lab.serve.faults import Script
from lab.serve.server import Running, serve
from platforms.handmade import CAMPAIGN, campaign

CA = Path("ca.pem")


@dataclass(frozen=True, slots=True)
class There:
    """Both servers; `settings` lead to them."""

    elastic: ElasticLab
    kibana: KibanaLab
    data: Running
    rules: Running
    ca: Path
    space: str = "default"
    key: Key = DEPLOYER
    more: Mapping[str, object] = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, object]:
        return {
            "url": self.data.url,
            "kibana": self.rules.url,
            "space": self.space,
            "api_key": "env:HUNTER_KEY",
            "deploy_key": "env:DEPLOYER_KEY",
            "ca": str(self.ca),
            "timeout": 5.0,
            **self.more,
        }

    def connect(self) -> Deployer:
        keys = {"env:HUNTER_KEY": HUNTER.encoded, "env:DEPLOYER_KEY": self.key.encoded}
        assert PLATFORM.deployer is not None
        return PLATFORM.deployer(self.settings, keys.__getitem__)

    def writes(self) -> list[tuple[str, str]]:
        """Return what was asked of Kibana that changes something."""
        asked = [(one.method, one.path) for one in self.rules.journal.entries()]
        return [one for one in asked if one[0] != "GET" and not one[1].endswith("preview")]


@contextmanager
def served(
    where: Path,
    *,
    version: str = "8.19.3",
    spaces: Sequence[str] = ("default", "soc"),
    keys: Sequence[Key] = (),
    store: Store | None = None,
    latency: Callable[[Request], float] = lambda _: 0.0,
    checked: bool = True,
    **told: object,
) -> Iterator[There]:
    """Serve both; no exchange may break what is known of either. `told` are members of `There`.

    `checked`: every exchange with Elasticsearch is held to the vendor's specification.
    """
    elastic = ElasticLab(store or Store(), ElasticSettings(version=version, keys=(HUNTER, *KEYS, *keys)))
    kibana = KibanaLab(elastic, KibanaSettings(version=version, spaces=tuple(spaces)))
    contract = vendor_contract() if checked else None
    with (
        serve(elastic, folder(where, "e"), faults=Script(), contract=contract, latency=latency) as data,
        serve(kibana, folder(where, "k"), faults=Script(), latency=latency) as rules,
    ):
        ca = where / CA
        ca.write_text(Path(data.ca).read_text() + Path(rules.ca).read_text())
        yield There(elastic, kibana, data, rules, ca, **told)  # type: ignore[arg-type]  # its own members
        assert () == data.journal.violations()
        assert () == rules.journal.violations()


def put(deployer: Deployer, artifact: Artifact, *, on: bool = False, **instead: Json) -> Deployed:
    """Write over what is there now, and return what that left."""
    over = deployer.read(artifact.kind, artifact.remote_id)
    return deployer.put(artifact, over, on=on, instead=instead).after


def listed(findings: Sequence[Finding]) -> dict[str, Finding]:
    return {one.name: one for one in findings}


@cache
def three() -> tuple[Artifact, Artifact, Artifact]:
    """Return a list of the campaign's pack, the rule that reads it, and a rule of type EQL."""
    made = campaign(PLATFORM)
    by_key = {one.key: one for one in made}
    reading = next(one for one in made if one.needs)
    eql = next(one for one in made if one.body.get("type") == "eql")
    return by_key[reading.needs[0]], reading, eql


__all__ = ["CAMPAIGN", "There", "campaign", "listed", "put", "served", "three"]
