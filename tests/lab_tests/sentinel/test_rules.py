"""Laws of analytics rules: saved whole, guarded by etags, listed by pages, deleted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lab.sentinel.app import SentinelLab
from lab.sentinel.errors import Failed
from lab.sentinel.rules.save import save
from lab.serve.faults import Bend, Fault, When
from lab_tests.sentinel.ruled import ID, MARK, QUERY, rule, ruled

STAMPED = ("etag", "lastModifiedUtc")


def test_a_rule_is_made_and_then_replaced_whole(tmp_path: Path) -> None:
    """201, then 200; what the second write does not say has gone, so a deployer has to merge."""
    with ruled(tmp_path) as there:
        first = there.put(rule(customDetails={"Id": "EventID"}))
        second = there.put(rule(severity="Low"))
        read = there.get()

    assert (201, 200, 200) == (first.status, second.status, read.status)
    assert ({"Id": "EventID"}, None, "Low") == (
        first.body["properties"]["customDetails"],
        read.body["properties"]["customDetails"],
        read.body["properties"]["severity"],
    )
    assert second.body == read.body


def test_an_etag_that_is_the_rules_lets_a_write_through_and_an_old_one_does_not(tmp_path: Path) -> None:
    """409, and nothing was saved: this is all that stands between a deployer and a colleague's edit."""
    with ruled(tmp_path) as there:
        etag = there.put(rule()).body["etag"]
        good = there.put(rule(etag=etag, severity="Medium"))
        late = there.put(rule(etag=etag, severity="Low"))
        kept = there.get().body

    assert (200, 409, "Conflict") == (good.status, late.status, late.body["error"]["code"])
    assert late.body["error"]["message"].endswith("(Etag does not match). Data was not saved.")
    assert ("Medium", good.body["etag"]) == (kept["properties"]["severity"], kept["etag"])


@pytest.mark.usefixtures("busy")
def test_of_writes_at_once_with_one_etag_one_gets_through(tmp_path: Path) -> None:
    """Else two deployers could each believe that theirs stands."""
    with ruled(tmp_path) as there, ThreadPoolExecutor(8) as threads:
        lab = there.asked.lab
        for _ in range(20):
            body = rule(etag=there.put(rule()).body["etag"])
            said = list(threads.map(lambda _, body=body: _saved(lab, body), range(8)))

            assert 1 == sum(said)


def test_without_an_etag_the_last_write_wins(tmp_path: Path) -> None:
    """However much was written between."""
    with ruled(tmp_path) as there:
        there.put(rule())
        there.put(rule(severity="Medium"))
        blind = there.put(rule(severity="Low"))

    assert (200, "Low") == (blind.status, blind.body["properties"]["severity"])


def test_every_write_has_an_etag_and_a_time_of_its_own(tmp_path: Path) -> None:
    """The same body twice too: an etag tells of writes, not of content."""
    with ruled(tmp_path) as there:
        first, second = there.put(rule()).body, there.put(rule()).body
        read = there.get().body

    assert first["etag"] != second["etag"] == read["etag"]
    assert first["properties"]["lastModifiedUtc"] < second["properties"]["lastModifiedUtc"]


def test_what_a_client_says_of_the_stamps_is_passed_over(tmp_path: Path) -> None:
    """So that what was read can be sent back."""
    with ruled(tmp_path) as there:
        first = there.put(rule()).body
        again = there.put(first)

    assert (200, False) == (
        again.status,
        again.body["properties"]["lastModifiedUtc"] == first["properties"]["lastModifiedUtc"],
    )


def test_a_rule_is_answered_in_the_services_own_form(tmp_path: Path) -> None:
    """Durations spelled anew, what was not said as null or by default, unknown fields gone: a comparison must bear it."""
    sent = rule(queryFrequency="PT90M", queryPeriod="P1DT24H", suppressionDuration="PT300M", huntline="x")
    with ruled(tmp_path) as there:
        said = there.put(sent).body

    assert {"queryFrequency": "PT1H30M", "queryPeriod": "P2D", "suppressionDuration": "PT5H", "query": QUERY} == {
        name: said["properties"][name] for name in ("queryFrequency", "queryPeriod", "suppressionDuration", "query")
    }
    assert _unsaid() == {name: said["properties"].get(name, "absent") for name in _unsaid()}
    assert (ID, "Microsoft.SecurityInsights/alertRules", "Scheduled") == (said["name"], said["type"], said["kind"])


def test_rules_come_in_pages_by_nextlink(tmp_path: Path) -> None:
    """All of them, once each."""
    with ruled(tmp_path, page=2) as there:
        for turn in range(5):
            there.put(rule(displayName=f"Rule {turn}"), rule_id=f"r{turn}")
        found = there.all()

    assert [f"r{turn}" for turn in range(5)] == [one["name"] for one in found]


def test_a_deleted_rule_is_gone_and_deleting_it_again_is_no_error(tmp_path: Path) -> None:
    """200, then 204."""
    with ruled(tmp_path) as there:
        there.put(rule())
        codes = [there.delete().status, there.delete().status]
        gone = there.get()

    assert ([200, 204], 404) == (codes, gone.status)


def test_the_id_of_a_rule_just_deleted_is_not_taken(tmp_path: Path) -> None:
    """For about a day: switching off is safer than deleting and making again."""
    with ruled(tmp_path) as there:
        there.put(rule())
        there.delete()
        again = there.put(rule())
    with ruled(tmp_path, reuse_seconds=0) as there:
        there.put(rule())
        there.delete()
        later = there.put(rule())

    assert (400, True, 201) == (again.status, "recently deleted" in again.body["error"]["message"], later.status)


def test_case_does_not_count_in_an_id(tmp_path: Path) -> None:
    """As everywhere in Resource Manager."""
    with ruled(tmp_path) as there:
        there.put(rule())
        read, again = there.get(ID.upper()), there.put(rule(), rule_id=ID.upper())

    assert (200, 200, ID) == (read.status, again.status, again.body["name"])


def test_a_write_shows_only_after_some_reads_where_the_lab_is_set_so(tmp_path: Path) -> None:
    """To a read by id and in the list; the guard of etags goes by what there is."""
    with ruled(tmp_path, lag_reads=2) as there:
        there.put(rule())
        seen = [there.get().status, len(there.all()), there.get().status]
        late = there.put(rule(etag='"old"')).status

    assert ([404, 0, 200], 409) == (seen, late)


def test_a_rule_may_change_between_reading_and_writing(tmp_path: Path) -> None:
    """By script: the etag read is old when the write arrives."""
    race = Fault(Bend("raced"), When(method="PUT", nth=2))
    with ruled(tmp_path, race) as there:
        etag = there.put(rule()).body["etag"]
        lost = there.put(rule(etag=etag))

    assert 409 == lost.status


def test_a_rule_may_vanish_before_it_is_read(tmp_path: Path) -> None:
    """By script: listed, and then gone."""
    with ruled(tmp_path, Fault(Bend("lost_rule"), When(method="GET", path="alertRules"))) as there:
        there.put(rule())

        assert 404 == there.get().status


def test_the_first_comment_line_comes_back_as_it_was(tmp_path: Path) -> None:
    """A mark lives there."""
    with ruled(tmp_path) as there:
        there.put(rule())

        assert MARK == there.get().body["properties"]["query"].splitlines()[0]


@pytest.fixture
def busy() -> Iterator[None]:
    """Let threads change places at almost every step, as on a machine with much to do."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def _saved(lab: SentinelLab, body: dict[str, Any]) -> bool:
    try:
        save(lab.workspace, ID, body, datetime.now(UTC))
    except Failed:
        return False
    return True


def _unsaid() -> dict[str, Any]:
    nothing = ("alertRuleTemplateName", "templateVersion", "customDetails", "entityMappings", "alertDetailsOverride")
    grouping = {
        "enabled": False, "reopenClosedIncident": False, "lookbackDuration": "PT5H", "matchingMethod": "AllEntities",
        "groupByEntities": None, "groupByAlertDetails": None, "groupByCustomDetails": None,
    }  # fmt: skip
    return dict.fromkeys(nothing) | {
        "tactics": [],
        "techniques": [],
        "eventGroupingSettings": {"aggregationKind": "SingleAlert"},
        "incidentConfiguration": {"createIncident": True, "groupingConfiguration": grouping},
        "huntline": "absent",
    }
