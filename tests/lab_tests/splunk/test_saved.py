"""Saved searches made, read, changed and removed by the real SDK."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from splunklib.binding import HTTPError, UrlEncoded

from lab.serve.faults import Cut, Fault, Refusal, When
from lab.splunk.settings import DEPLOY_TOKEN
from lab_tests.splunk.keeper import NAME, RULE, SEARCHES, TEXT, ours, person, rule
from lab_tests.splunk.served import Deployed, deployed

BEARER = {"Authorization": f"Bearer {DEPLOY_TOKEN.encoded}"}


def told(there: Deployed, path: str = f"{SEARCHES}/3CX%20-%20a%20rule") -> Any:
    """Return an entry as JSON has it."""
    return there.http("GET", path, BEARER)[2]["entry"][0]


def test_a_saved_search_is_read_back_with_the_defaults_filled_in(tmp_path: Path) -> None:
    """Of what was not set the system's own settings are shown; in XML all is text, truths are 1 and 0."""
    with deployed(tmp_path) as there:
        made = rule(ours(there))
        read = ours(there).saved_searches[NAME]
    assert made.content == read.content
    assert TEXT == read["search"]
    assert {"is_scheduled": "1", "disabled": "0", "alert.severity": "4", "dispatch.allow_partial_results": "0"} == {
        name: read[name] for name in ("is_scheduled", "disabled", "alert.severity", "dispatch.allow_partial_results")
    }
    assert {"realtime_schedule": "1", "alert.expires": "24h", "dispatch.ttl": "2p", "alert.track": "auto"} == {
        name: read[name] for name in ("realtime_schedule", "alert.expires", "dispatch.ttl", "alert.track")
    }
    assert "ours/1" == read["action.huntline.param.key"]


def test_json_has_truths_and_numbers_for_what_the_server_knows_and_text_for_the_rest(tmp_path: Path) -> None:
    """So a comparison of what was sent with what is there needs one form of both (seen)."""
    with deployed(tmp_path) as there:
        rule(ours(there), **{"action.notable": "1", "alert.suppress": "1"})
        found = told(there)["content"]
    assert (True, 4, False, "0", "1", True) == (
        found["is_scheduled"],
        found["alert.severity"],
        found["dispatch.allow_partial_results"],
        found["alert_threshold"],
        found["action.notable"],
        found["alert.suppress"],
    )


def test_a_name_is_taken_once_in_its_place(tmp_path: Path) -> None:
    """409, in Splunk's words [S14]."""
    with deployed(tmp_path) as there:
        rule(ours(there))
        with pytest.raises(HTTPError, match=f"name '{NAME}'. A saved search with that name already exists.") as refused:
            rule(ours(there))
    assert 409 == refused.value.status


def test_only_what_is_sent_changes(tmp_path: Path) -> None:
    """A POST to the entity is a partial update, unlike one that replaces (1.2)."""
    with deployed(tmp_path) as there:
        before = rule(ours(there)).content
        ours(there).saved_searches[NAME].update(**{"alert.severity": 6})
        after = ours(there).saved_searches[NAME].content
    assert {"alert.severity": "6"} == {name: after[name] for name in after if after[name] != before[name]}


def test_a_name_cannot_be_changed(tmp_path: Path) -> None:
    """Splunk has no rename [L1: Entity.update]."""
    with deployed(tmp_path) as there:
        rule(ours(there))
        status, _, said = there.http("POST", f"{SEARCHES}/3CX%20-%20a%20rule", BEARER, name="other")
    assert (400, 'Argument "name" is not supported by this handler.') == (status, said["messages"][0]["text"])


def test_a_removed_one_is_not_found(tmp_path: Path) -> None:
    """404; the SDK makes a KeyError of it (1.2)."""
    with deployed(tmp_path) as there:
        service = ours(there)
        rule(service)
        service.saved_searches.delete(NAME)
        assert NAME not in service.saved_searches
        with pytest.raises(KeyError):
            service.saved_searches.delete(NAME)
        status, _, said = there.http("GET", f"{SEARCHES}/gone", BEARER)
    assert (404, "Could not find object id=gone") == (status, said["messages"][0]["text"])


def test_a_search_is_switched_off_and_on(tmp_path: Path) -> None:
    """Disabled is not unscheduled (1.2): the schedule stays, no next run is shown."""
    with deployed(tmp_path) as there:
        made = rule(ours(there))
        assert made["next_scheduled_time"].endswith(" UTC")
        made.disable()
        off = made.refresh().content
        assert ("1", "1", None) == (off["disabled"], off["is_scheduled"], off["next_scheduled_time"])
        made.enable()
        assert "0" == made.refresh()["disabled"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"enableSched": 1},
        {"alert.severity": 9},
        {"cron_schedule": "0 0 * * MON"},
        {"cron_schedule": "61 * * * *"},
        {"is_scheduled": "perhaps"},
        {"alert_type": "sometimes"},
        {"made_up": 1},
    ],
    ids=lambda one: next(iter(one)),
)
def test_what_splunk_does_not_take_is_refused(wrong: dict[str, Any], tmp_path: Path) -> None:
    """And nothing is written."""
    with deployed(tmp_path) as there:
        with pytest.raises(HTTPError, match="HTTP 400"):
            rule(ours(there), **wrong)
        assert [] == ours(there).saved_searches.list()


def test_a_search_needs_a_text(tmp_path: Path) -> None:
    """A name alone is not enough."""
    with deployed(tmp_path) as there:
        status, _, said = there.http("POST", SEARCHES, BEARER, name="empty")
    assert (400, "The following required arguments are missing: search.") == (status, said["messages"][0]["text"])


def test_a_list_has_thirty_entries_unless_asked_for_more(tmp_path: Path) -> None:
    """And tells how many there are; the SDK asks for all, page by page."""
    with deployed(tmp_path) as there:
        for turn in range(35):
            rule(ours(there), f"rule {turn:02}")
        first = there.http("GET", SEARCHES, BEARER)[2]
        rest = there.http("GET", SEARCHES, BEARER, offset=30)[2]
        named = there.http("GET", SEARCHES, BEARER, count=0, search="name=rule 0*")[2]
        last = there.http("GET", SEARCHES, BEARER, count=1, sort_dir="desc")[2]["entry"]
        assert 35 == len(ours(there).saved_searches.list())
    assert ["rule 34"] == [one["name"] for one in last]
    assert (30, 5, 35, 10) == (len(first["entry"]), len(rest["entry"]), first["paging"]["total"], len(named["entry"]))
    assert [f"rule {turn:02}" for turn in range(30)] == [one["name"] for one in first["entry"]]


def test_a_name_may_hold_anything_a_path_may_not(tmp_path: Path) -> None:
    """A slash, a percent sign, another alphabet: one segment of the path all the same.

    The SDK's own `update` loses such a name: it takes the address of the answer apart [L1: _entity_path].
    """
    name = "3CX/%2F: Ünïcode ? & #"
    path = UrlEncoded("saved/searches/") + UrlEncoded(name, encode_slash=True)
    with deployed(tmp_path) as there:
        rule(ours(there), name)
        ours(there).post(path, description="seen")
        assert "seen" == ours(there).saved_searches[name]["description"]
        ours(there).saved_searches.delete(name)
        assert [] == ours(there).saved_searches.list()


def test_it_is_written_though_the_answer_is_lost(tmp_path: Path) -> None:
    """So a second try meets 409 and has to look whose it is."""
    with deployed(tmp_path) as there:
        service = ours(there)
        there.running.faults.add(Fault(Cut("after"), When(method="POST", path="saved/searches")))
        with pytest.raises(ConnectionError):
            rule(service)
        with pytest.raises(HTTPError, match="already exists"):
            rule(service)
        assert "ours/1" == service.saved_searches[NAME]["action.huntline.param.key"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_refused_write_has_done_nothing(status: int, tmp_path: Path) -> None:
    """Unlike one whose answer is lost."""
    with deployed(tmp_path) as there:
        service = ours(there)
        there.running.faults.add(Fault(Refusal(status), When(method="POST", path="saved/searches")))
        with pytest.raises(HTTPError, match=f"HTTP {status}"):
            rule(service)
        assert [] == service.saved_searches.list()
        rule(service)


def test_an_entry_tells_when_it_was_changed_and_where_it_lies(tmp_path: Path) -> None:
    """Its address is the namespace of the object, whoever asked from where."""
    with deployed(tmp_path) as there:
        rule(ours(there))
        found = told(there, "/servicesNS/-/-/saved/searches")
    assert (f"{SEARCHES}/3CX%20-%20a%20rule", "deployer", "huntline") == (
        found["id"],
        found["author"],
        found["acl"]["app"],
    )
    assert found["updated"].startswith("20")
    assert json.dumps(None) == json.dumps(found["content"]["eai:acl"])


def test_what_is_not_a_page_of_a_list_is_refused(tmp_path: Path) -> None:
    """A misspelt argument is no filter that finds everything."""
    with deployed(tmp_path) as there:
        assert 400 == there.http("GET", SEARCHES, BEARER, serach="x")[0]


def test_fields_of_enterprise_security_are_kept_as_they_are_sent(tmp_path: Path) -> None:
    """Core Splunk takes any setting of any action: ES is where they mean something."""
    notes = json.dumps({"mitre_attack": ["T1195.002"]})
    fields = {
        "action.correlationsearch.enabled": "1",
        "action.correlationsearch.annotations": notes,
        "action.risk": "1",
    }
    with deployed(tmp_path) as there:
        found = rule(ours(there), **fields).content
    assert fields == {name: found[name] for name in fields}
    assert "risk" == found["actions"]


def test_a_person_sees_the_apps_searches_too(tmp_path: Path) -> None:
    """From a namespace of their own, in the same app."""
    with deployed(tmp_path) as there:
        rule(ours(there))
        assert [NAME] == [one.name for one in person(there).saved_searches.list()]
        assert [] == person(there, app="search").saved_searches.list()
    assert RULE["search"] == TEXT
