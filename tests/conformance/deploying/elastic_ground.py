"""The stand-in of Kibana as a ground: asked over TLS, with a small Elasticsearch behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from conformance.deploying.ground import Edit, Fault
from conformance.hunting.elastic_ground import MAPPING, STREAM, document
from conformance.hunting.ground import START, Planted
from huntline.ports import Deployer, Platform
from huntline_elastic.plugin import PLATFORM
from lab.elastic.app import ElasticLab
from lab.elastic.settings import HUNTER, ElasticSettings
from lab.elastic.store import Store
from lab.kibana import hand
from lab.kibana.app import RULES, KibanaLab
from lab.kibana.settings import DEPLOYER, KEYS
from lab.serve import faults
from lab.serve.faults import Bend, Cut, Refusal, Script, When
from lab.serve.server import Running, serve

WRITING = frozenset(("POST", "PUT", "PATCH", "DELETE"))
SCOPE = "elastic-defend-process"
FAULTS: Mapping[Fault, tuple[faults.Fault, ...]] = {
    "busy": (faults.Fault(Refusal(429), When(path=RULES)),),
    "cut_after_write": (faults.Fault(Cut("after"), When(method="POST", path=RULES)),),
    "refuses": (faults.Fault(Refusal(400), When(says="refused", times=None)),),
    "read_only": tuple(
        faults.Fault(Refusal(403), When(method=method, path=RULES, times=None)) for method in sorted(WRITING)
    ),
    "lags": (faults.Fault(Bend("lag", 2), When(path="_find", times=None)),),
}


@dataclass(slots=True)
class KibanaGround:
    """Fills `Ground`."""

    lab: KibanaLab
    data: Running
    running: Running
    ca: Path  # both servers' CAs
    platform: Platform = PLATFORM
    scope: str = SCOPE
    lacks: Mapping[str, str] = field(
        default_factory=lambda: {"break": "Kibana switches no rule off: its runs fail, and say so"}
    )

    @property
    def settings(self) -> dict[str, object]:
        return {
            "url": self.data.url,
            "kibana": self.running.url,
            "api_key": "env:KEY",
            "ca": str(self.ca),
            "timeout": 5,
        }

    def connect(self) -> Deployer:
        assert PLATFORM.deployer is not None
        return PLATFORM.deployer(self.settings, lambda _: DEPLOYER.encoded)

    def edit(self, remote_id: str, edit: Edit) -> None:
        match edit:
            case "severity":
                hand.edit(self.lab, remote_id, severity="low")
            case "query":
                hand.edit(self.lab, remote_id, query="any where true")
            case "name":
                hand.edit(self.lab, remote_id, name="My own name")
            case "off" | "on":
                hand.switch(self.lab, remote_id, on=edit == "on")
            case "delete":
                hand.delete(self.lab, remote_id)
            case "copy":
                hand.duplicate(self.lab, remote_id)
            case "own":
                entry = {"field": "host.name", "type": "match", "operator": "included", "value": "A"}
                hand.add_exception(self.lab, remote_id, [entry])
                hand.add_action(self.lab, remote_id)
            case "unmark":
                hand.edit(self.lab, remote_id, tags=["mine"])
            case "break":
                raise NotImplementedError(self.lacks["break"])

    def owned(self, remote_id: str) -> object:
        rule = self._rules()[remote_id]
        own = {name: rule[name] for name in ("exceptions_list", "actions")}
        return own if any(own.values()) else None

    def foreign(self, name: str, remote_id: str = "") -> str:
        chosen = {"rule_id": remote_id} if remote_id else {}
        made = hand.make(
            self.lab, name=name, type="eql", language="eql", query="process where true", enabled=True, **chosen
        )
        return str(made["rule_id"])

    def snapshot(self) -> Mapping[str, object]:
        return self._rules()

    def fault(self, kind: Fault) -> None:
        for one in FAULTS[kind]:
            self.running.faults.add(one)

    def writes(self) -> int:
        return sum(one.method in WRITING and 200 <= one.status < 300 for one in self.running.journal.entries())

    def listings(self) -> int:
        return sum("_find" in one.path for one in self.running.journal.entries())

    def _rules(self) -> dict[str, Mapping[str, object]]:
        found = [kept.rule for kept in self.lab.store.spaces["default"].rules()]
        return {str(rule["rule_id"]): rule for rule in found}


@contextmanager
def kibana_ground(folder: Path) -> Iterator[KibanaGround]:
    """Serve a Kibana with nothing in it, before an Elasticsearch with one event; no exchange may break the stand-in."""
    store = Store()
    store.add(STREAM, MAPPING, (document(Planted("one", START, "harmless")),))
    elastic = ElasticLab(store, ElasticSettings(keys=(HUNTER, *KEYS)))
    lab = KibanaLab(elastic)
    with serve(elastic, folder / "data") as data, serve(lab, folder / "kibana", faults=Script()) as running:
        ca = folder / "both.pem"
        ca.write_text(Path(data.ca).read_text() + Path(running.ca).read_text())
        yield KibanaGround(lab, data, running, ca)
        assert () == running.journal.violations()
        assert () == data.journal.violations()
