"""Laws of import and export: a file goes in whole, rule by rule, and comes out as it went in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lab.kibana import hand
from lab.kibana.app import LISTS, RULES
from lab.kibana.settings import KibanaSettings
from lab.serve.faults import Bend, Fault, When
from lab_tests.kibana.served import Asked, kibana, rule
from lab_tests.kibana.test_exceptions import ITEM, LIST

CONTENT = Path(__file__).parents[3] / "content" / "elastic" / "rules.ndjson"
LINK = {"id": "somewhere", "list_id": "known", "type": "detection", "namespace_type": "single"}


def sent(there: Asked, *rows: Any, name: str = "rules.ndjson", query: str = "") -> tuple[int, Any]:
    """Upload rows as a file of lines; text is sent as it is."""
    lines = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in rows)
    body = (
        f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: application/ndjson\r\n\r\n{lines}\n\r\n--b--\r\n"
    )
    kind = "multipart/form-data; boundary=b"
    return there.http("POST", f"{RULES}/_import{query}", body.encode(), Content_Type=kind)


def test_the_projects_own_file_goes_in_whole(tmp_path: Path) -> None:
    """What is committed in content/ imports without us, and comes out with the same marks."""
    lines = CONTENT.read_text().splitlines()
    with kibana(tmp_path) as there:
        status, body = sent(there, *lines)
        found = there.find(per_page=1000)["data"]

    assert (200, True, [], len(lines), len(lines)) == (
        status,
        *(body[name] for name in ("success", "errors", "success_count", "rules_count")),
    )
    tags = {one["rule_id"]: one["tags"] for one in map(json.loads, lines)}
    assert tags == {one["rule_id"]: one["tags"] for one in found}


def test_an_import_that_fails_in_part_is_a_200(tmp_path: Path) -> None:
    """Three ways to be wrong in one file; the good ones are in."""
    with kibana(tmp_path) as there:
        there.post(rule_id="there")
        status, body = sent(there, rule(rule_id="new"), rule(rule_id="there"), rule(rule_id="bad", severity="x"), "{")

    errors = body["errors"]
    assert (200, False, 1, 4) == (status, *(body[name] for name in ("success", "success_count", "rules_count")))
    assert [("there", 409), ("(unknown id)", 400), ("(unknown id)", 400)] == [
        (one["rule_id"], one["error"]["status_code"]) for one in errors
    ]
    assert errors[1]["error"]["message"].startswith("severity: Invalid enum value")


def test_overwriting_resets_what_the_file_leaves_out(tmp_path: Path) -> None:
    """Exceptions and actions of the customer are gone (4a); the switch stays."""
    with kibana(tmp_path) as there:
        there.http("POST", LISTS, LIST)
        action = {"id": "a1", "action_type_id": ".email", "params": {}}
        before = there.post(enabled=True, exceptions_list=[LINK], actions=[action])[1]
        body = sent(there, rule(name="Two"), query="?overwrite=true")[1]
        after = there.get()[1]

    assert (True, 1) == (body["success"], body["success_count"])
    assert ("Two", [], [], True, 1) == tuple(
        after[name] for name in ("name", "exceptions_list", "actions", "enabled", "revision")
    )
    assert (before["id"], before["created_at"]) == (after["id"], after["created_at"])


def test_what_is_exported_goes_in_again(tmp_path: Path) -> None:
    """With its list and its item; only the server's stamps are new."""
    with kibana(tmp_path / "a") as one, kibana(tmp_path / "b") as other:
        listed = one.http("POST", LISTS, LIST)[1]
        one.http("POST", f"{LISTS}/items", ITEM)
        one.post(exceptions_list=[LINK | {"id": listed["id"]}], tags=["t"])
        text = one.http("POST", f"{RULES}/_export", {"objects": [{"rule_id": "r1"}, {"rule_id": "r9"}]})[1]
        body = sent(other, *text.decode().splitlines())[1]
        before, after = one.get()[1], other.get()[1]
        item = other.http("GET", f"{LISTS}/items?item_id=i1")[1]

    assert (True, 1, 2, True) == (body["success"], body["success_count"], body["exceptions_success_count"],
                                  body["exceptions_success"])  # fmt: skip
    assert [{"rule_id": "r9"}] == json.loads(text.splitlines()[-1])["missing_rules"]
    ours = set(before) - {"id", "created_at", "updated_at", "exceptions_list"}
    assert {name: before[name] for name in ours} == {name: after[name] for name in ours}
    assert (ITEM["entries"], before["exceptions_list"][0]["list_id"]) == (
        item["entries"],
        after["exceptions_list"][0]["list_id"],
    )


def test_a_list_that_is_not_there_is_left_out_of_the_rule_and_told(tmp_path: Path) -> None:
    """The rule comes in all the same, without its exceptions."""
    with kibana(tmp_path) as there:
        body = sent(there, rule(exceptions_list=[LINK]))[1]
        kept = there.get()[1]

    assert (False, 1, []) == (body["success"], body["success_count"], kept["exceptions_list"])
    assert body["errors"][0]["error"]["message"].endswith("Reference has been removed.")


def test_exceptions_are_overwritten_only_when_asked(tmp_path: Path) -> None:
    """Or come in as a new list, which the rule then names."""
    rows = [rule(exceptions_list=[LINK]), LIST, ITEM]
    with kibana(tmp_path) as there:
        sent(there, *rows)
        refused = sent(there, *rows, query="?overwrite=true")[1]
        taken = sent(there, *rows, query="?overwrite=true&overwrite_exceptions=true")[1]
        anew = sent(there, *rows, query="?overwrite=true&as_new_list=true")[1]
        named = there.get()[1]["exceptions_list"][0]["list_id"]

    assert [(False, 0, 2), (True, 2, 0), (True, 2, 0)] == [
        (one["exceptions_success"], one["exceptions_success_count"], len(one["exceptions_errors"]))
        for one in (refused, taken, anew)
    ]
    assert named != "known"


def test_the_last_of_two_rules_of_one_id_goes_in(tmp_path: Path) -> None:
    """And the file is told to be wrong, unless it overwrites."""
    with kibana(tmp_path) as there:
        body = sent(there, rule(name="First"), rule(name="Last"))[1]
        kept = there.get()[1]["name"]
        silent = sent(there, rule(name="First"), rule(name="Last"), query="?overwrite=true")[1]

    assert ("Last", False, True) == (kept, body["success"], silent["success"])


def test_the_script_can_fail_some(tmp_path: Path) -> None:
    """The first so many, still in a 200."""
    with kibana(tmp_path, Fault(Bend("import_errors", 1, "no room"), When(path="_import"))) as there:
        status, body = sent(there, rule(rule_id="a"), rule(rule_id="b"))

    assert (200, False, 1, "a", "no room") == (status, body["success"], body["success_count"],
                                               body["errors"][0]["rule_id"], body["errors"][0]["error"]["message"])  # fmt: skip


@pytest.mark.parametrize(("limits", "name", "status"), [
    ({}, "rules.json", 400), ({"import_bytes": 100}, "rules.ndjson", 413), ({"import_rules": 1}, "rules.ndjson", 500),
])  # fmt: skip
def test_a_file_has_limits(limits: dict[str, int], name: str, status: int, tmp_path: Path) -> None:
    """Its ending, its size, its rules: nothing of it goes in."""
    with kibana(tmp_path, settings=KibanaSettings(**limits)) as there:  # type: ignore[arg-type]  # numbers by name
        refused = sent(there, rule(rule_id="a"), rule(rule_id="b"), name=name)
        assert (status, 0) == (refused[0], there.find()["total"])


def test_a_rule_of_elastics_own_is_not_exported(tmp_path: Path) -> None:
    """Neither missing nor there."""
    with kibana(tmp_path) as there:
        hand.make(there.lab, rule_id="theirs", immutable=True)
        text = there.http("POST", f"{RULES}/_export")[1]

    assert (0, []) == tuple(json.loads(text)[name] for name in ("exported_rules_count", "missing_rules"))
