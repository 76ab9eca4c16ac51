"""A platform in memory with a macro and a rule for each detection: what the laws of deploying are tried on first."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from conformance.deploying.ground import STARTED, Edit, Fault
from huntline.errors import Denied, QueryRejected, Stale, Transient
from huntline.model.artifact import Artifact, key_of
from huntline.model.deployed import Deployed, State, Written
from huntline.model.mark import RETIRED, Mark, marks_in
from huntline.model.pack import Detection, Json, Pack
from huntline.model.paths import with_values
from huntline.model.predicate import Every, Test
from huntline.model.query import Query, Refused, Rule
from huntline.model.scope import Binding, Scope
from huntline.ports import Checked, Compiler, Deployer, Finding, Platform

SCOPE = Scope("table", "A table", {STARTED: Every(())}, {}, timedelta(0), frozenset({"rule"}), {})
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(slots=True)
class Memory:
    """`objects` by id; each is a dict with kind, name, mark, on, revision, by, and the fields we manage or a customer has."""

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    listed: dict[str, dict[str, Any]] | None = None  # what a listing that lags still shows
    faults: set[Fault] = field(default_factory=set)
    writes: int = 0
    listings: int = 0
    turn: threading.RLock = field(default_factory=threading.RLock)
    calls: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MemoryRenderer:
    def rule(self, detection: Detection, scope: Scope, _binding: Binding) -> Rule | Refused:
        if detection.id == "id-impossible":
            return Refused(detection.id, scope.name, "too_long", detection.file, 1, "the text is too long")
        return Rule(detection.id, scope.name, STARTED, f"find {_words(detection)}", (), "hash")

    def text(self, rule: Rule | Query, _heading: Sequence[str]) -> tuple[str, str]:
        return ".txt", rule.text

    def artifacts(
        self, detection: Detection, rule: Rule, *, pack: str, every: timedelta | None = None
    ) -> Sequence[Artifact]:
        macro = Artifact(
            key_of(pack, "macros", rule.scope), "macro", "macro-table", "macro-table", {"definition": "all"}
        )
        key = key_of(pack, detection.id, rule.scope)
        body: dict[str, Json] = {
            "query": rule.text,
            "severity": detection.level,
            "name": detection.title,
            "every": {"minutes": int((every or timedelta(minutes=5)).total_seconds() // 60)},
            "tags": [*detection.tags],
        }
        return macro, Artifact(key, "rule", f"rule-{detection.id}", detection.title, body, needs=(macro.key,))

    def package(self, artifacts: Sequence[Artifact], *, pack: Pack) -> Mapping[str, str]:  # noqa: ARG002 (the port's)
        return {one.key: str(one.mark) for one in artifacts}

    def check(self, _folder: Path) -> Checked:
        return Checked((), (), ())


def _words(detection: Detection) -> str:
    assert isinstance(detection.predicate, Test)
    return " ".join(detection.predicate.values)


@dataclass(frozen=True, slots=True)
class MemoryDeployer:
    """Normalises as servers do: names are trimmed, tags sorted, a default is filled in."""

    store: Memory
    place: str = "memory://"

    def ready(self) -> Sequence[Finding]:
        self._call("ready")
        return ()

    def absent(self, _scopes: Sequence[Scope]) -> Mapping[str, str]:
        return {}

    def held(self, kind: str) -> Sequence[Deployed]:
        self._call(f"held {kind}")
        with self.store.turn:
            self.store.listings += 1
            objects = self.store.objects if self.store.listed is None else self.store.listed
            self.store.listed = None
            return [_deployed(id_, one) for id_, one in sorted(objects.items()) if one["kind"] == kind]

    def read(self, kind: str, remote_id: str) -> Deployed | None:
        self._call(f"read {remote_id}")
        one = self.store.objects.get(remote_id)
        return _deployed(remote_id, one) if one and one["kind"] == kind else None

    def normal(self, artifact: Artifact) -> Mapping[str, Json]:
        return _normal(artifact.body)

    def put(self, artifact: Artifact, over: Deployed | None, *, on: bool, instead: Mapping[str, Json]) -> Written:
        self._call(f"put {artifact.remote_id}")
        body = with_values(_normal(artifact.body), instead)
        if "refuses" in self.store.faults and "refused" in str(body.get("query")):
            raise QueryRejected("what is this query?")
        return self._write(
            artifact.remote_id,
            over,
            {"kind": artifact.kind, "mark": str(artifact.mark), "on": on, "broken": "", **body},
        )

    def retire(self, over: Deployed) -> Written:
        self._call(f"retire {over.remote_id}")
        key = over.mark.key if over.mark else over.remote_id
        return self._write(over.remote_id, over, {"mark": str(Mark(key, RETIRED)), "on": False})

    def restore(self, before: Deployed, over: Deployed) -> Written:
        self._call(f"restore {over.remote_id}")
        return self._write(over.remote_id, over, {**before.whole}, replaces=True)

    def remove(self, over: Deployed) -> str:
        self._call(f"remove {over.remote_id}")
        with self.store.turn:
            self.store.writes += 1
            self.store.objects.pop(over.remote_id, None)
        return "r"

    def inspect(self, _artifact: Artifact, _over: Deployed) -> Sequence[Finding]:
        return (Finding("query", "ok", ""),)

    def _write(self, id_: str, over: Deployed | None, fields: dict[str, Any], *, replaces: bool = False) -> Written:
        with self.store.turn:
            there = self.store.objects.get(id_)
            if (over.revision if over else None) != (str(there["revision"]) if there else None):
                raise Stale(f"{id_} is another now")
            if "read_only" in self.store.faults:
                raise Denied("nothing may be written here")
            if "lags" in self.store.faults and self.store.listed is None:
                self.store.listed = {key: dict(one) for key, one in self.store.objects.items()}
            self.store.writes += 1
            kept = {} if replaces or not there else there
            revision = there["revision"] + 1 if there else 1
            self.store.objects[id_] = {**kept, **fields, "revision": revision, "by": "huntline"}
            after = _deployed(id_, self.store.objects[id_])
        if "cut_after_write" in self.store.faults:
            self.store.faults.discard("cut_after_write")
            raise Transient("the connection was cut")
        return Written(after, f"r-{self.store.writes}")

    def _call(self, name: str) -> None:
        self.store.calls.append(name)
        if "busy" in self.store.faults:
            self.store.faults.discard("busy")
            raise Transient("busy")


MANAGED = ("query", "severity", "name", "every", "tags", "definition")


def _normal(body: Mapping[str, Json]) -> dict[str, Json]:
    made: dict[str, Any] = {**body}
    if "name" in made:
        made["name"] = str(made["name"]).strip()
        made["tags"] = sorted(made["tags"])
        made["every"] = {"minutes": made["every"]["minutes"], "jitter": 0}
    return made


def _deployed(id_: str, one: Mapping[str, Any]) -> Deployed:
    mark = next(iter(marks_in(str(one.get("mark", "")))), None)
    state: State = "on" if one["on"] else "off_by_platform" if one.get("broken") else "off"
    managed = {name: one[name] for name in MANAGED if name in one}
    home = bool(mark) and id_ in ("macro-table", f"rule-{mark.key.split('/')[1]}" if mark else "")
    name = str(one.get("name", id_))
    return Deployed(
        one["kind"],
        id_,
        name,
        mark,
        home,
        managed,
        dict(one),
        str(one["revision"]),
        state,
        one["by"],
        NOW,
        one.get("broken", ""),
    )


@dataclass(slots=True)
class MemoryGround:
    """Fills `Ground`."""

    store: Memory = field(default_factory=Memory)
    lacks: Mapping[str, str] = field(default_factory=dict)
    settings: dict[str, object] = field(default_factory=dict)
    scope: str = SCOPE.name

    @property
    def platform(self) -> Platform:
        def deployer(_settings: object, _secrets: object) -> Deployer:
            return self.connect()

        return Platform(
            "memory",
            100,
            lambda _: (SCOPE,),
            _no_compiler,
            renderer=lambda _: MemoryRenderer(),
            deployer=deployer,
        )

    def connect(self) -> MemoryDeployer:
        return MemoryDeployer(self.store)

    def edit(self, remote_id: str, edit: Edit) -> None:
        with self.store.turn:
            one = self.store.objects[remote_id]
            if edit == "delete":
                del self.store.objects[remote_id]
                return
            if edit == "copy":
                self.store.objects["copy-1"] = {**one, "name": f"{one['name']} [Duplicate]", "revision": 1, "by": "ada"}
                return
            changes: dict[Edit, dict[str, Any]] = {
                "severity": {"severity": "low"},
                "query": {"query": "find nothing"},
                "name": {"name": "My own name"},
                "off": {"on": False},
                "on": {"on": True},
                "own": {"exceptions": ["the scanner"]},
                "unmark": {"mark": ""},
                "break": {"on": False, "broken": "its table is gone"},
            }
            one |= {**changes[edit], "revision": one["revision"] + 1, "by": "ada"}

    def owned(self, remote_id: str) -> object:
        return self.store.objects[remote_id].get("exceptions")

    def foreign(self, name: str, remote_id: str = "") -> str:
        id_ = remote_id or f"foreign-{len(self.store.objects)}"
        self.store.objects[id_] = {
            "kind": "rule",
            "name": name,
            "query": "theirs",
            "severity": "low",
            "every": {"minutes": 9, "jitter": 0},
            "tags": [],
            "on": True,
            "revision": 7,
            "by": "ada",
        }
        return id_

    def snapshot(self) -> Mapping[str, object]:
        return {key: dict(one) for key, one in sorted(self.store.objects.items())}

    def fault(self, kind: Fault) -> None:
        self.store.faults.add(kind)

    def writes(self) -> int:
        return self.store.writes

    def listings(self) -> int:
        return self.store.listings


def _no_compiler(_settings: Mapping[str, object]) -> Compiler:
    raise NotImplementedError("nothing is hunted in memory")
