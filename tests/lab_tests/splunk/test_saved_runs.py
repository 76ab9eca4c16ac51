"""Saved searches that run: dispatched by hand, due by their schedule, quiet, failed, skipped."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from splunklib.binding import HTTPError

from lab.moments import burst
from lab.splunk import hand
from lab.splunk.plant import plant
from lab.splunk.scheduler import run_saved_search
from lab.splunk.settings import DEPLOYER, DEPLOYING, HUNTER, Peer, SplunkSettings
from lab.splunk.store import Store
from lab_tests.splunk.keeper import NAME, administrator, ours, person, rule
from lab_tests.splunk.served import FIELDS, INDEX, Deployed, at, deployed, epoch, read

DUE = epoch("2023-03-10T12:10:00")
KEY = hand.place(NAME)


def arrivals(*hosts: str, moment: str = "2023-03-10T12:00:30") -> Store:
    """Return a store with an event of each host, arriving three seconds later."""
    store = Store()
    for host in hosts:
        store.add(INDEX, plant(burst(1, at(moment)), {**FIELDS, "host": host}))
    return store


def told(there: Deployed, path: str) -> Any:
    """Return an answer to the administrator as JSON."""
    return json.loads(administrator(there).get(path, output_mode="json").body.read())["entry"]


def test_a_search_that_is_due_fires_for_what_arrived_in_its_window(tmp_path: Path) -> None:
    """By index time from ten to five minutes ago, so each event is looked at once however late it is."""
    with deployed(tmp_path, arrivals("WS-1", "WS-2")) as there:
        rule(ours(there))
        runs = [run_saved_search(there.lab, NAME, DUE + shift) for shift in (-300, 0, 300)]
        assert [("success", 0, False), ("success", 2, True), ("success", 0, False)] == [
            (one.status, one.found, one.fired) for one in runs
        ]
        fired = told(there, f"alerts/fired_alerts/{NAME}")
        assert [(NAME, 4, 2, int(DUE), "deployer")] == [
            (
                one["content"]["savedsearch_name"],
                one["content"]["severity"],
                one["content"]["triggered_alerts"],
                one["content"]["trigger_time"],
                one["author"],
            )
            for one in fired
        ]
        assert "1" == ours(there).saved_searches[NAME]["triggered_alert_count"]


def test_the_log_of_the_scheduler_is_searched_like_any_other(tmp_path: Path) -> None:
    """In _internal, where a role must be let in [S3a]."""
    with deployed(tmp_path, arrivals("WS-1")) as there:
        rule(ours(there))
        run_saved_search(there.lab, NAME, DUE)
        text = "search index=_internal sourcetype=scheduler | table savedsearch_name status result_count user"
        rows = {}
        for user in (administrator(there), ours(there)):
            job = user.jobs.create(text, exec_mode="blocking", earliest_time=0)
            rows[user.username] = read(job)["results"]
    expected = {"savedsearch_name": NAME, "status": "success", "result_count": "1", "user": "deployer"}
    assert {"admin": [expected], "deployer": []} == rows


def test_a_search_that_cannot_run_whole_fails_and_fires_nothing(tmp_path: Path) -> None:
    """With partial results refused a lost peer fails it; by default it would only find less [S2]."""
    store = Store(Peer("idx1"), Peer("idx2", "Down"))
    store.add(INDEX, plant(burst(2, at("2023-03-10T12:00:30")), FIELDS))
    with deployed(tmp_path, store) as there:
        rule(ours(there))
        rule(ours(there), "careless", **{"dispatch.allow_partial_results": 1})
        strict, careless = (run_saved_search(there.lab, name, DUE) for name in (NAME, "careless"))
    assert ("failed", False) == (strict.status, strict.fired)
    assert "status=Down" in strict.reason
    assert ("success", 1, True) == (careless.status, careless.found, careless.fired)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"disabled": "1"}, "disabled"),
        ({"is_scheduled": "0"}, "not scheduled"),
        ({}, "orphaned: its owner is no user"),
    ],
    ids=["disabled", "unscheduled", "orphaned"],
)
def test_a_search_that_is_not_to_run_is_skipped(change: dict[str, str], reason: str, tmp_path: Path) -> None:
    """And its reason stands in the log."""
    with deployed(tmp_path, arrivals("WS-1")) as there:
        rule(ours(there))
        if change:
            hand.edit(there.lab, KEY, change)
        else:
            hand.own(there.lab, KEY, owner="left-the-firm")
        run = run_saved_search(there.lab, NAME, DUE)
    assert ("skipped", reason, False) == (run.status, run.reason, run.fired)


def test_a_search_sees_what_its_owner_sees(tmp_path: Path) -> None:
    """Its role's indexes and filters narrow it without a word; nobody's search sees all."""
    narrow = replace(DEPLOYER, role=replace(DEPLOYING, indexes=("other",)))
    with deployed(tmp_path, arrivals("WS-1"), SplunkSettings(users=(HUNTER, narrow))) as there:
        made = rule(ours(there))
        assert 0 == run_saved_search(there.lab, NAME, DUE).found
        made.acl_update(sharing="app", owner="nobody")
        assert 1 == run_saved_search(there.lab, NAME, DUE).found


def test_a_text_that_is_none_is_kept_and_fails_when_it_is_due(tmp_path: Path) -> None:
    """Splunk does not parse what is saved (mem): the parser must be asked."""
    with deployed(tmp_path, arrivals("WS-1")) as there:
        rule(ours(there), search="search index=sysmon | statz count")
        run = run_saved_search(there.lab, NAME, DUE)
        with pytest.raises(HTTPError, match="HTTP 400"):
            ours(there).parse("search index=sysmon | statz count")
    assert "failed" == run.status
    assert "statz" in run.reason


def test_throttled_alerts_fire_once_for_the_same_values(tmp_path: Path) -> None:
    """Within the period, by the fields; an event of another host fires."""
    settings = {"alert.suppress": 1, "alert.suppress.period": "1h", "alert.suppress.fields": "host"}
    with deployed(tmp_path, arrivals("WS-1")) as there:
        rule(ours(there), **settings, **{"dispatch.index_earliest": "-2h", "dispatch.index_latest": "now"})
        first, again = (run_saved_search(there.lab, NAME, DUE + shift) for shift in (0, 300))
        there.lab.store.add(INDEX, plant(burst(1, at("2023-03-10T12:12:00")), {**FIELDS, "host": "WS-2"}))
        other, later = (run_saved_search(there.lab, NAME, DUE + shift) for shift in (600, 6_000))
    assert [(True, 0), (False, 1), (True, 1), (True, 0)] == [
        (one.fired, one.suppressed) for one in (first, again, other, later)
    ]


def test_somebody_keeps_a_search_quiet_for_a_while(tmp_path: Path) -> None:
    """By REST, in seconds from now; acknowledging lets it fire again [L1]."""
    with deployed(tmp_path) as there:
        made = rule(ours(there), search="| makeresults", **{"dispatch.index_earliest": "", "dispatch.index_latest": ""})
        made.suppress(expiration=600)
        assert 590 < made.suppressed <= 600
        now = there.lab.knowledge.silenced[KEY] - 300
        quiet = run_saved_search(there.lab, NAME, now)
        made.acknowledge()
        loud = run_saved_search(there.lab, NAME, now)
    assert [(False, 1), (True, 0)] == [(one.fired, one.suppressed) for one in (quiet, loud)]


def test_a_durable_search_looks_back_by_its_lag_and_by_arrival(tmp_path: Path) -> None:
    """So what arrives late is found without index times in its window [S2]."""
    durable = {
        "dispatch.earliest_time": "-5m", "dispatch.latest_time": "now", "dispatch.index_earliest": "",
        "dispatch.index_latest": "", "durable.track_time_type": "_indextime", "durable.lag_time": "300",
    }  # fmt: skip
    with deployed(tmp_path, arrivals("WS-1", moment="2020-01-01T00:00:00")) as there:
        there.lab.store.add(
            INDEX, plant(burst(1, at("2020-01-01")), FIELDS, latency=int(DUE - 420 - epoch("2020-01-01")))
        )
        rule(ours(there), **durable)
        assert [0, 1, 0] == [run_saved_search(there.lab, NAME, DUE + shift).found for shift in (-300, 0, 300)]


def test_a_dispatched_search_is_a_job_of_its_settings(tmp_path: Path) -> None:
    """Other times may be sent with it; it stands in the history."""
    with deployed(tmp_path, arrivals("WS-1", "WS-2")) as there:
        made = rule(ours(there), **{"dispatch.index_earliest": "", "dispatch.index_latest": ""})
        job = made.dispatch(**{"dispatch.earliest_time": 0})
        assert 2 == len(read(job)["results"])
        assert [job.sid] == [one.sid for one in made.history()]
        assert 0 == len(read(made.dispatch(**{"dispatch.earliest_time": "2023-03-11T00:00:00"}))["results"])


def test_a_disabled_search_is_not_dispatched_and_an_unscheduled_one_is(tmp_path: Path) -> None:
    """Which is why a rule on trial is unscheduled, not disabled (1.2)."""
    with deployed(tmp_path) as there:
        made = rule(ours(there), is_scheduled=0)
        assert made.dispatch().sid
        made.disable()
        with pytest.raises(HTTPError, match="HTTP 403"):
            made.dispatch()


def test_a_search_tells_when_it_will_run(tmp_path: Path) -> None:
    """Between two moments, the first inclusive, the last not (inf)."""
    with deployed(tmp_path) as there:
        made = rule(ours(there), cron_schedule="7-59/20 3 * * *")
        times = made.scheduled_times(
            earliest_time=str(epoch("2023-03-10T03:07:00")), latest_time=str(epoch("2023-03-10T03:47:00"))
        )
        assert [at(f"2023-03-10T03:{minute}:00") // 1000 for minute in ("07", "27")] == [
            int(one.timestamp()) for one in times
        ]
        made.update(is_scheduled=0)
        assert [] == made.scheduled_times(earliest_time="0", latest_time="now")


def test_only_who_may_read_a_search_sees_its_alerts(tmp_path: Path) -> None:
    """An alert is removed by its own id, not by the search's name (seen)."""
    with deployed(tmp_path, arrivals("WS-1")) as there:
        rule(ours(there)).acl_update(owner="deployer", sharing="app", **{"perms.read": "admin"})
        run = run_saved_search(there.lab, NAME, DUE)
        assert ["-"] == [one.name for one in person(there).fired_alerts.list()]
        assert ["-", NAME] == [one.name for one in ours(there).fired_alerts.list()]
        with pytest.raises(HTTPError, match="Unexpected pattern for alert_id"):
            ours(there).delete("alerts/fired_alerts/no")
        ours(there).delete(f"alerts/fired_alerts/{run.sid}_{DUE:.0f}")
        assert ["-"] == [one.name for one in ours(there).fired_alerts.list()]
