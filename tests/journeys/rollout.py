"""Tenants that rules are rolled out to by the real command over TLS: spaces of a Kibana, and what stands in them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from conformance.hunting.elastic_ground import KIND, MAPPING, STREAM
from journeys.cli import Ended, Warm
from journeys.siem import Office, millis
from journeys.siem_elastic import Elastic, secret_of
from lab.elastic.plant import plant, spread
from lab.elastic.settings import HUNTER, Key
from lab.elastic.store import Store
from lab.kibana.settings import DEPLOYER
from lab.serve.journal import Entry
from platforms.elastic.deploying import There, served

WORDS = ("alpha", "bravo", "charlie")
A_DAY = 2  # events of alpha
STAMPED = frozenset(("revision", "updated_at", "updated_by"))
"""What Kibana writes into a rule by itself at every write."""

TAKEN = frozenset(("POST", "PUT", "PATCH", "DELETE"))


def stored() -> Store:
    """Store events of the first word, evenly over the last 30 whole days."""
    end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    moments = spread(30 * A_DAY, millis(end - timedelta(days=30)), millis(end))
    store = Store()
    fields = {**KIND, "host.name": "ws-1", "process.command_line": f"run {WORDS[0]}"}
    store.add(STREAM, MAPPING, plant(moments, fields, MAPPING, name=WORDS[0]))
    return store


@contextmanager
def estate(folder: Path, *spaces: str, **told: Any) -> Iterator[There]:
    """Serve a Kibana with these spaces before an Elasticsearch with a few events. `told` is what `served` takes."""
    folder.mkdir(parents=True, exist_ok=True)
    with served(folder, spaces=("default", *spaces), store=stored(), **told) as there:
        yield there


def office(folder: Path, *words: str, warm: Warm | None = None, keys: Sequence[Key] = ()) -> Office:
    """Return a folder with a pack of these words (WORDS where none is given), and no tenant yet."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Office(folder, Elastic(), secrets=tuple(map(secret_of, (HUNTER, DEPLOYER, *keys))), warm=warm)
    made.rules(*(words or WORDS))
    return made


def settle(
    made: Office, there: There, name: str, *, space: str = "default", key: Key = DEPLOYER, **deploy: Any
) -> dict[str, Any]:
    """Add a tenant in a space, and return its entry of the tenants file; whoever changes that saves the office."""
    settings: dict[str, Any] = {
        "kibana": there.rules.url,
        "space": space,
        "deploy_key": made.secret(f"{name}-deploy", secret_of(key)),
    }
    made.tenant(name, there.data, secret=secret_of(HUNTER), **settings)
    entry = made.tenants[-1]
    entry["settings"]["ca"] = str(there.ca)
    entry["deploy"] = deploy
    made.save()
    return entry


def plan(made: Office, *more: str | Path, out: str = "plan.json") -> Ended:
    return made.run("plan", "--pack", "rules", "--no-counts", "--out", out, *more)


def planned(made: Office, out: str = "plan.json") -> dict[str, Counter[str]]:
    """Return how many changes of which action the saved plan has, by tenant."""
    told = json.loads((made.folder / out).read_text("utf-8"))
    return {one["tenant"]: Counter(change["action"] for change in one["changes"]) for one in told["tenants"]}


def rolled_out(made: Office, *more: str) -> Ended:
    """Plan and apply the saved plan, both of which must succeed; return how applying ended."""
    seen = plan(made)
    assert 3 == seen.code, seen.err
    ended = made.run("apply", "plan.json", *more)
    assert 0 == ended.code, ended.out + ended.err
    return ended


def drifts(made: Office, *more: str) -> list[dict[str, Any]]:
    """Return what `drift --json` tells of the one tenant there is, or that is named."""
    ended = made.run("drift", "--pack", "rules", "--json", *more)
    assert ended.code in (0, 3), ended.err
    ((told),) = json.loads(ended.out)
    found: list[dict[str, Any]] = told["drifts"]
    return found


def rules(there: There, space: str = "default") -> dict[str, Mapping[str, Any]]:
    """Return what stands in a space, by rule_id."""
    return {str(kept.rule["rule_id"]): kept.rule for kept in there.kibana.store.spaces[space].rules()}


def ids(there: There, space: str = "default") -> dict[str, str]:
    """Return the rule_id of each word's rule."""
    return {str(rule["name"]).split()[1]: name for name, rule in rules(there, space).items()}


def content(there: There, space: str = "default", *but: str) -> dict[str, dict[str, Any]]:
    """Return what stands in a space without what Kibana stamps, nor the fields of `but`."""
    return {
        rule_id: {name: value for name, value in rule.items() if name not in STAMPED | set(but)}
        for rule_id, rule in rules(there, space).items()
    }


def writes(entries: Sequence[Entry]) -> list[Entry]:
    """Return what changed something in Kibana."""
    asked = [one for one in entries if one.method in TAKEN and "/api/" in one.path and not one.path.endswith("preview")]
    return [one for one in asked if 200 <= one.status < 300]


def listings(entries: Sequence[Entry]) -> list[Entry]:
    return [one for one in entries if one.path.endswith("_find")]
