"""The stand-in of Splunk as a ground for deploying: asked over TLS through the real SDK, with one event in its index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from conformance.deploying.ground import Edit, Fault
from conformance.hunting.ground import START, Planted
from conformance.hunting.splunk_ground import INDEX, made
from huntline.ports import Deployer, Platform
from huntline_splunk.plugin import PLATFORM
from lab.serve import faults
from lab.serve.faults import Cut, Refusal, Script, When
from lab.serve.server import Running, serve
from lab.splunk import hand
from lab.splunk.app import SplunkLab
from lab.splunk.knowledge import NOBODY, Key
from lab.splunk.settings import DEPLOY_TOKEN, OURS
from lab.splunk.store import Store

WRITING = frozenset(("POST", "DELETE"))
OBJECTS = "(saved/searches|configs/conf-macros)"
PATHS = {"savedsearches": "saved/searches", "macros": "configs/conf-macros"}
MARK = "action.huntline.param.mark"
FAULTS: Mapping[Fault, tuple[faults.Fault, ...]] = {
    "busy": (faults.Fault(Refusal(503), When(path=OBJECTS)),),
    "cut_after_write": (faults.Fault(Cut("after"), When(method="POST", path="saved/searches$")),),
    "refuses": (faults.Fault(Refusal(400), When(method="POST", says="refused", times=None)),),
    "read_only": tuple(
        faults.Fault(Refusal(403), When(method=method, path=OBJECTS, times=None)) for method in sorted(WRITING)
    ),
}
EDITS: Mapping[Edit, Mapping[str, str]] = {
    "severity": {"alert.severity": "2"},
    "query": {"search": "index=other"},
    "name": {"description": "My own name"},
    "off": {"disabled": "1"},
    "on": {"disabled": "0"},
}


@dataclass(slots=True)
class SplunkGround:
    """Fills `Ground`."""

    lab: SplunkLab
    running: Running
    platform: Platform = PLATFORM
    scope: str = "sysmon"
    lacks: Mapping[str, str] = field(
        default_factory=lambda: {
            "break": "Splunk switches no search off: its runs are skipped or fail",
            "by": "Splunk keeps when an object was changed, and not by whom",
            "lags": "a search head lists what it has written",
        }
    )

    @property
    def settings(self) -> dict[str, object]:
        return {
            "url": self.running.url,
            "token": "env:HUNTER",
            "deploy_token": "env:DEPLOYER",
            "ca": str(self.running.ca),
            "timeout": 5.0,
            "app": OURS.name,
        }

    def connect(self) -> Deployer:
        assert PLATFORM.deployer is not None
        return PLATFORM.deployer(self.settings, {"env:DEPLOYER": DEPLOY_TOKEN.encoded}.__getitem__)

    def edit(self, remote_id: str, edit: Edit) -> None:
        key = hand.place(remote_id)
        match edit:
            case "delete":
                hand.delete(self.lab, key)
            case "copy":
                values = self.lab.knowledge.kept[key].values
                hand.make(self.lab, hand.place(f"{remote_id} Clone"), values)
            case "own":
                hand.add_action(self.lab, key)
                hand.edit(self.lab, key, {"alert.suppress": "1", "alert.suppress.period": "2h"})
            case "unmark":
                hand.forget(self.lab, key, MARK)
            case "break":
                raise NotImplementedError(self.lacks["break"])
            case _:
                hand.edit(self.lab, key, EDITS[edit])

    def owned(self, remote_id: str) -> object:
        values = self.lab.knowledge.kept[hand.place(remote_id)].values
        own = ("actions", "action.email", "action.email.to", "alert.suppress", "alert.suppress.period")
        return {name: values[name] for name in own if name in values} or None

    def foreign(self, name: str, remote_id: str = "") -> str:
        key = hand.place(remote_id) if remote_id else hand.place(name, app="search")
        hand.make(self.lab, key, {"search": "index=theirs", "cron_schedule": "9 * * * *", "is_scheduled": "1"})
        return id_of(key)

    def snapshot(self) -> Mapping[str, object]:
        return {id_of(key): kept for key, kept in sorted(self.lab.knowledge.kept.items(), key=str)}

    def fault(self, kind: Fault) -> None:
        for one in FAULTS[kind]:
            self.running.faults.add(one)

    def writes(self) -> int:
        return sum(
            one.method in WRITING and 200 <= one.status < 300 and any(path in one.path for path in PATHS.values())
            for one in self.running.journal.entries()
        )

    def listings(self) -> int:
        return sum("/servicesNS/-/-/" in one.path for one in self.running.journal.entries())


def id_of(key: Key) -> str:
    """Return an object's id: of what our app shares its name, of anything else its path."""
    if (key.owner, key.app) == (NOBODY, OURS.name):
        return key.name
    return f"/servicesNS/{key.owner}/{key.app}/{PATHS[key.conf]}/{quote(key.name, safe='')}"


@contextmanager
def splunk_ground(folder: Path) -> Iterator[SplunkGround]:
    """Serve a search head with one event and nothing to run; no exchange may break the stand-in."""
    store = Store()
    store.add(INDEX, [made(Planted("one", START, "harmless"))])
    lab = SplunkLab(store)
    with serve(lab, folder, faults=Script()) as running:
        yield SplunkGround(lab, running)
        assert () == running.journal.violations()
