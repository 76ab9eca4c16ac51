"""What the repository offers for an import by hand goes in whole without Huntline, and is known for ours afterwards."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from journeys.cli import Warm
from journeys.rollout import estate, office, rules, settle, writes
from journeys.siem import Office
from lab.elastic.settings import Key
from lab.kibana.settings import DEPLOYER
from platforms.elastic.deploying import There

CONTENT = Path(__file__).parents[2] / "content" / "elastic"
SPACES = ("default", "graded")  # the files are for the first; in another, lists are of its own


@dataclass(frozen=True, slots=True)
class Imported:
    there: There
    office: Office
    answers: Mapping[str, Mapping[str, Any]]  # Kibana's, by space

    def lists(self) -> set[str]:
        """Return where the documents of all lists are."""
        found = self._elastic("GET", "/huntline-indicators-*/_search?size=10000", None)
        return {f"{hit['_index']}/{hit['_id']}" for hit in found["hits"]["hits"]}

    def _elastic(self, method: str, path: str, body: bytes | None, kind: str = "application/json") -> Any:
        return _sent(self.there, DEPLOYER, method, self.there.data.url + path, body, kind)


def _sent(there: There, key: Key, method: str, url: str, body: bytes | None, kind: str, **more: Any) -> Any:
    headers = {"authorization": f"ApiKey {key.encoded}", **({"content-type": kind} if body is not None else {})}
    told = requests.request(
        method, url, data=body, headers={**headers, **more.pop("headers", {})}, verify=str(there.ca), timeout=30, **more
    )
    assert told.ok, told.text
    return told.json()


def imported(there: There, space: str) -> Mapping[str, Any]:
    """Import the rules as Kibana's page does."""
    file = {"file": ("rules.ndjson", (CONTENT / "rules.ndjson").read_bytes(), "application/ndjson")}
    headers = {"kbn-xsrf": "by-hand", "elastic-api-version": "2023-10-31"}
    url = f"{there.rules.url}/s/{space}/api/detection_engine/rules/_import"
    answer: Mapping[str, Any] = _sent(there, DEPLOYER, "POST", url, None, "", headers=headers, files=file)
    return answer


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Iterator[Imported]:
    """Two spaces with the content; one tenant has a graver opinion of one detection, and hears of another each day only."""
    folder = tmp_path_factory.mktemp("content")
    with estate(folder / "lab", *SPACES, checked=False) as there:
        made = office(folder / "office", warm=warm)
        settle(made, there, "plain", space="default")
        rows = [json.loads(line) for line in (CONTENT / "rules.ndjson").read_text("utf-8").splitlines()]
        mine = [_key(row).split("/")[1] for row in rows if _key(row).endswith("/elastic-defend-process")]
        settle(made, there, "graded", space="graded", severity={mine[0]: "low"}, every={mine[1]: "1d"})
        answers = {space: imported(there, space) for space in SPACES}
        done = Imported(there, made, answers)
        done._elastic(
            "PUT", "/huntline-indicators-default.3cx-2023", (CONTENT / "indicators.mapping.json").read_bytes()
        )
        bulk = (CONTENT / "indicators.ndjson").read_bytes()
        taken = done._elastic("POST", "/_bulk?refresh=true", bulk, "application/x-ndjson")
        assert not taken["errors"]
        yield done


def _key(row: Mapping[str, Any]) -> str:
    (mark,) = [tag for tag in row["tags"] if tag.startswith("huntline:")]
    return str(mark).removeprefix("huntline:").rpartition(":")[0]


def test_kibana_takes_the_whole_file(given: Imported) -> None:
    count = len((CONTENT / "rules.ndjson").read_text("utf-8").splitlines())

    assert {space: (True, count, []) for space in SPACES} == {
        space: (told["success"], told["success_count"], told["errors"]) for space, told in given.answers.items()
    }
    assert dict.fromkeys(SPACES, count) == {space: len(rules(given.there, space)) for space in SPACES}


def test_what_was_imported_is_ours_and_is_not_doubled(given: Imported) -> None:
    """Planned as unchanged where it is as the tenant wants it; else as an update that somebody must allow.

    Rules that read lists of another space are led to lists of their own.
    """
    before = {space: set(rules(given.there, space)) for space in SPACES}, given.lists()
    ended = given.office.run("plan", "--no-counts", "--out", "plan.json")
    told = json.loads((given.office.folder / "plan.json").read_text("utf-8"))["tenants"]
    actions = {one["tenant"]: Counter(change["action"] for change in one["changes"]) for one in told}
    updates = {
        (path, owner)
        for one in told
        for change in one["changes"]
        for path, _, _, owner, _ in change["differences"]
        if change["action"] == "update"
    }

    assert 3 == ended.code, ended.err
    assert {
        "plain": {"unchanged", "not_applicable"},
        "graded": {"unchanged", "not_applicable", "update", "create"},
    } == {name: set(counts) for name, counts in actions.items()}
    graded = actions["graded"]
    assert actions["plain"]["unchanged"] == graded["unchanged"] + graded["update"] + graded["create"]
    assert 10 < actions["plain"]["unchanged"]
    assert {"severity", "risk_score", "interval", "from", "threat_index"} == {path for path, _ in updates}
    assert {"unknown"} == {owner for _, owner in updates}

    refused = given.office.run("apply", "plan.json")
    unwritten = writes(given.there.rules.journal.entries())
    done = given.office.run("apply", "plan.json", "--allow", "takeovers")
    again = given.office.run("plan", "--no-counts")

    assert (2, 0, 0) == (refused.code, done.code, again.code), done.err
    assert "--allow takeovers" in refused.err
    assert 2 == len([one for one in unwritten if one.path.endswith("_import")]) == len(unwritten)
    assert before[0] == {space: set(rules(given.there, space)) for space in SPACES}
    assert before[1] < given.lists()
    assert [] == given.office.leaks()
