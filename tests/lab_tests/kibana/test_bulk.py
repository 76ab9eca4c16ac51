"""Laws of bulk actions: what they do to rules, what fails, and how that is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lab.kibana.app import RULES
from lab.kibana.settings import DEPLOYER, PERSON, KibanaSettings
from lab.serve.faults import Bend, Fault, When
from lab_tests.kibana.served import Asked, kibana

BULK = f"{RULES}/_bulk_action"


def two(there: Asked) -> list[str]:
    """Make two rules and return their ids."""
    return [there.post(rule_id=name, name=name, tags=["t"], index=["a-*"])[1]["id"] for name in ("a", "b")]


def act(there: Asked, action: str, *, dry: bool = False, **body: Any) -> tuple[int, Any]:
    return there.http("POST", f"{BULK}?dry_run={str(dry).lower()}", {"action": action, **body})


def test_rules_are_enabled_and_disabled_together(tmp_path: Path) -> None:
    """The revision stays as it is; an enabled rule has a key, and keeps it whoever enables it again (source)."""
    with kibana(tmp_path) as there:
        ids = two(there)
        status, body = act(there, "enable", ids=ids)
        place = there.lab.store.spaces["default"]
        there.http("POST", BULK, {"action": "enable", "ids": ids}, key=PERSON)
        keys = {one.key for one in place.rules()}
        by_query = act(there, "disable", query='alert.attributes.params.ruleId: "a"')

    assert (200, True, 2) == (status, body["success"], body["rules_count"])
    assert [(True, 0)] * 2 == [(one["enabled"], one["revision"]) for one in body["attributes"]["results"]["updated"]]
    assert ({DEPLOYER.id}, ["a"]) == (keys, [one["name"] for one in by_query[1]["attributes"]["results"]["updated"]])


def test_a_partial_failure_is_a_500_with_what_was_done(tmp_path: Path) -> None:
    """Whoever repeats it blindly does the others again."""
    with kibana(tmp_path) as there:
        ids = two(there)
        status, body = act(there, "enable", ids=[*ids, "00000000-0000-4000-8000-000000000000"])

    attributes = body["attributes"]
    assert (500, 500, "Bulk edit partially failed") == (status, body["status_code"], body["message"])
    assert {"failed": 1, "skipped": 0, "succeeded": 2, "total": 3} == attributes["summary"]
    assert ["a", "b"] == [one["name"] for one in attributes["results"]["updated"]]
    rules = [{"id": "00000000-0000-4000-8000-000000000000"}]
    assert [{"message": "Rule not found", "status_code": 500, "rules": rules}] == attributes["errors"]


def test_the_script_can_fail_some(tmp_path: Path) -> None:
    """The first so many; the others are done."""
    with kibana(tmp_path, Fault(Bend("partial_failure", 1, "no room"), When(path="_bulk_action"))) as there:
        ids = two(there)
        status, body = act(there, "delete", ids=ids)
        left = there.find()["total"]

    assert (500, 1, "no room") == (status, left, body["attributes"]["errors"][0]["message"])


def test_a_dry_run_counts_and_does_nothing(tmp_path: Path) -> None:
    """It shows no rules either."""
    with kibana(tmp_path) as there:
        ids = two(there)
        status, body = act(there, "delete", dry=True, ids=ids)
        left = there.find()["total"]

    assert (200, 2, [], 2) == (status, body["attributes"]["summary"]["succeeded"],
                               body["attributes"]["results"]["deleted"], left)  # fmt: skip


def test_a_manual_run_needs_an_enabled_rule_and_90_days(tmp_path: Path) -> None:
    """A dry run says so beforehand, by a code."""
    now = datetime.now(UTC)
    span = {"start_date": (now - timedelta(days=1)).isoformat(), "end_date": now.isoformat()}
    with kibana(tmp_path) as there:
        ids = two(there)
        refused = act(there, "run", dry=True, ids=ids, run=span)
        act(there, "enable", ids=ids)
        taken = act(there, "run", ids=ids, run=span)
        old = act(there, "run", ids=ids, run=span | {"start_date": (now - timedelta(days=91)).isoformat()})
        noted = there.lab.store.spaces["default"].backfills

    assert ["MANUAL_RULE_RUN_DISABLED_RULE"] == [one["err_code"] for one in refused[1]["attributes"]["errors"]]
    assert (500, 200, 500, 2) == (refused[0], taken[0], old[0], len(noted))


def test_edits_change_lists_and_the_schedule(tmp_path: Path) -> None:
    """In their order; the look-back is told in meta as well, which the edit rewrites."""
    edits = [
        {"type": "add_tags", "value": ["t", "u"]},
        {"type": "delete_index_patterns", "value": ["a-*"]},
        {"type": "set_schedule", "value": {"interval": "10m", "lookback": "5m"}},
    ]
    with kibana(tmp_path) as there:
        ids = two(there)
        body = act(there, "edit", ids=ids[:1], edit=edits)[1]
        rule = body["attributes"]["results"]["updated"][0]

    assert (["t", "u"], [], "10m", "now-900s", {"from": "5m"}, 1) == tuple(
        rule[name] for name in ("tags", "index", "interval", "from", "meta", "revision")
    )


def test_an_edit_that_changes_nothing_is_skipped(tmp_path: Path) -> None:
    """Told apart from done."""
    with kibana(tmp_path) as there:
        ids = two(there)
        body = act(there, "edit", ids=ids, edit=[{"type": "add_tags", "value": ["t"]}])[1]

    assert {"failed": 0, "skipped": 2, "succeeded": 0, "total": 2} == body["attributes"]["summary"]
    assert {"RULE_NOT_MODIFIED"} == {one["skip_reason"] for one in body["attributes"]["results"]["skipped"]}


def test_a_copy_has_our_tags_and_another_id(tmp_path: Path) -> None:
    """Disabled, at revision 0, its name told apart."""
    with kibana(tmp_path) as there:
        ids = two(there)
        made = act(there, "duplicate", ids=ids[:1])[1]["attributes"]["results"]["created"][0]
        total = there.find()["total"]

    assert ("a [Duplicate]", ["t"], False, 0, 3) == (*(made[n] for n in ("name", "tags", "enabled", "revision")), total)
    assert made["rule_id"] not in {"a", "b"}


def test_an_export_is_lines(tmp_path: Path) -> None:
    """With a last one that counts; there is no dry run of it."""
    with kibana(tmp_path) as there:
        ids = two(there)
        status, text = act(there, "export", ids=ids)
        dry = act(there, "export", dry=True, ids=ids)

    lines = [json.loads(line) for line in text.splitlines()]
    assert (200, ["a", "b"], 2, 400) == (
        status,
        [one["rule_id"] for one in lines[:2]],
        lines[2]["exported_rules_count"],
        dry[0],
    )


def test_no_more_ids_than_a_page(tmp_path: Path) -> None:
    """Nor both ids and a query, nor an action that is none."""
    with kibana(tmp_path, settings=KibanaSettings(bulk_ids=1)) as there:
        ids = two(there)
        many, both = act(there, "enable", ids=ids), act(there, "enable", ids=ids[:1], query="")
        none, empty = act(there, "polish", ids=ids), act(there, "enable", ids=[])

    assert ([400] * 4, "More than 1 ids sent for bulk edit action.") == (
        [one[0] for one in (many, both, none, empty)],
        many[1]["message"],
    )
