"""Laws of rules at work: what they find in Elasticsearch, and what the summary says when they cannot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lab.elastic.mapping import mapping_of
from lab.elastic.plant import plant
from lab.elastic.settings import ElasticSettings, Grant, Key
from lab.elastic.store import Store
from lab.kibana import hand
from lab.kibana.app import RULES
from lab.kibana.schedule import run_rule
from lab.kibana.settings import DEPLOYER, KibanaSettings
from lab_tests.kibana.served import Asked, kibana, rule

NOW = datetime(2023, 3, 10, 12, tzinfo=UTC)
GOOD = {"event.category": ["process"], "process.name": "good.exe", "host.name": "WS-1"}
EVIL = {"event.category": ["process"], "process.name": "evil.exe", "host.name": "WS-2"}
ASKED = {"event.category": ["network"], "dns.question.name": "evil.example", "host.name": "WS-3"}
INDICATOR = {"threat.indicator.url.domain": "evil.example", "event.category": ["threat"]}
MAPPING = mapping_of([GOOD, EVIL, ASKED])
LISTED = mapping_of([INDICATOR])
ENTRY: dict[str, Any] = {"field": "host.name", "type": "match", "operator": "included", "value": "WS-2"}
MATCHING: dict[str, Any] = {
    "type": "threat_match", "language": None, "query": "*:*", "threat_query": "*:*", "threat_index": ["logs-ti_made-*"],
    "threat_mapping": [{"entries": [{"field": "dns.question.name", "type": "mapping", "value": "threat.indicator.url.domain"}]}],
}  # fmt: skip


def at(minutes: float) -> int:
    """Return so many minutes before now, in milliseconds."""
    return round((NOW - timedelta(minutes=minutes)).timestamp() * 1000)


def world(latency: int = 1000) -> Store:
    """Hold one good and two evil processes, one of them old, a lookup, and an indicator from long ago."""
    store = Store()
    planted = [
        *plant([at(2)], GOOD, MAPPING, name="good", latency=latency),
        *plant([at(3), at(60)], EVIL, MAPPING, name="evil", latency=latency),
        *plant([at(1)], ASKED, MAPPING, name="dns", latency=latency),
    ]
    store.add("logs-made-default", MAPPING, planted)
    store.add("logs-ti_made-default", LISTED, plant([at(90_000)], INDICATOR, LISTED, name="ioc"))
    return store


def enabled(there: Asked, **fields: Any) -> None:
    """Keep an enabled rule over the made stream."""
    own: dict[str, Any] = {
        "enabled": True,
        "index": ["logs-made-*"],
        "query": 'process where process.name == "evil.exe"',
    }
    status, body = there.post(**(own | fields))
    assert 200 == status, body


def last(there: Asked, key: Key = DEPLOYER) -> tuple[str, str]:
    """Return status and message of the last execution."""
    said = there.http("GET", f"{RULES}?rule_id=r1", key=key)[1]["execution_summary"]["last_execution"]
    return said["status"], said["message"]


def test_a_rule_finds_what_lies_in_its_window(tmp_path: Path) -> None:
    """The old event is outside of six minutes; the summary says it went well, the revision does not move."""
    with kibana(tmp_path, store=world()) as there:
        enabled(there)
        outcome = run_rule(there.lab, "r1", NOW)
        after = there.get()[1]

    assert (("evil-0",), 1, "succeeded") == (outcome.events, outcome.new, outcome.status)
    said = after["execution_summary"]["last_execution"]
    assert ("succeeded", 0, "2023-03-10T12:00:00.000Z") == (said["status"], said["status_order"], said["date"])
    assert (0, after["created_at"]) == (after["revision"], after["updated_at"])


def test_a_search_tells_of_the_last_execution_at_once(tmp_path: Path) -> None:
    """It is no write of the rule: also where writes show late, and the order stays."""
    with kibana(tmp_path, store=world(), settings=KibanaSettings(lag_requests=1)) as there:
        enabled(there)
        there.post(rule_id="r2")
        there.get()
        run_rule(there.lab, "r1", NOW)
        first, second = there.find()["data"]

    assert ("r1", "succeeded") == (first["rule_id"], first["execution_summary"]["last_execution"]["status"])
    assert "execution_summary" not in second


def test_a_rule_without_an_index_looks_in_the_default_ones(tmp_path: Path) -> None:
    """Not in all there are."""
    store = world()
    store.add("other-made-default", MAPPING, plant([at(2)], EVIL, MAPPING, name="other"))
    with kibana(tmp_path, store=store) as there:
        enabled(there, index=None)
        assert ("evil-0",) == run_rule(there.lab, "r1", NOW).events


def test_an_event_alerts_once(tmp_path: Path) -> None:
    """A look-back longer than the interval sees it again."""
    with kibana(tmp_path, store=world()) as there:
        enabled(there)
        runs = [run_rule(there.lab, "r1", NOW + timedelta(minutes=turn)) for turn in (0, 1)]

    assert ([1, 1], [1, 0]) == ([len(one.events) for one in runs], [one.new for one in runs])


def test_going_by_arrival_finds_what_came_late(tmp_path: Path) -> None:
    """Five hours late: an hour's look-back by event time misses it, by arrival it does not."""
    late, by_arrival = NOW + timedelta(hours=5), {"from": "now-1h", "timestamp_override": "event.ingested"}
    with kibana(tmp_path, store=world(latency=5 * 3_600_000)) as there:
        enabled(there, **{"from": "now-1h"})
        missed = run_rule(there.lab, "r1", late)
        there.put(rule(index=["logs-made-*"], query='process where process.name == "evil.exe"', **by_arrival))
        found = run_rule(there.lab, "r1", late)

    assert ((), ("evil-1", "evil-0")) == (missed.events, found.events)


@pytest.mark.parametrize("entry", [
    ENTRY,
    ENTRY | {"type": "match_any", "value": ["WS-1", "WS-2"]},
    ENTRY | {"type": "wildcard", "value": "WS-*"},
    {"field": "host.name", "type": "exists", "operator": "included"},
    {"field": "host.name", "type": "list", "operator": "included", "list": {"id": "hosts", "type": "keyword"}},
    ENTRY | {"operator": "excluded", "value": "WS-9"},
], ids=lambda entry: f"{entry['type']}-{entry['operator']}")  # fmt: skip
def test_an_exception_takes_an_event_out(entry: dict[str, Any], tmp_path: Path) -> None:
    """By each kind of entry; one that asks for more than the event has takes nothing out."""
    other = {"field": "process.name", "type": "match", "operator": "included", "value": "good.exe"}
    with kibana(tmp_path, store=world()) as there:
        there.lab.store.spaces["default"].value_lists["hosts"] = ("WS-2",)
        enabled(there)
        hand.add_exception(there.lab, "r1", [entry, other])
        both = run_rule(there.lab, "r1", NOW)
        hand.add_exception(there.lab, "r1", [entry])
        one = run_rule(there.lab, "r1", NOW)

    assert (("evil-0",), ()) == (both.events, one.events)


def test_indicators_match_by_value(tmp_path: Path) -> None:
    """However old they are, where the rule asks for all of them; a query for the last month asks for none."""
    with kibana(tmp_path, store=world()) as there:
        enabled(there, **MATCHING)
        found = run_rule(there.lab, "r1", NOW)
        there.put(rule(**MATCHING | {"index": ["logs-made-*"], "threat_query": '@timestamp >= "now-30d/d"'}))
        young = run_rule(there.lab, "r1", NOW)

    assert (("dns-0",), ()) == (found.events, young.events)


def test_a_missing_index_is_a_partial_failure(tmp_path: Path) -> None:
    """Of events or of indicators: nothing was looked at, and the status is what tells (source)."""
    with kibana(tmp_path, store=world()) as there:
        enabled(there, index=["logs-none-*"])
        run_rule(there.lab, "r1", NOW)
        events = last(there)
        there.http("DELETE", f"{RULES}?rule_id=r1")
        enabled(there, **MATCHING | {"threat_index": ["none"]})
        run_rule(there.lab, "r1", NOW)
        indicators = last(there)

    assert ("partial failure", "partial failure") == (events[0], indicators[0])
    assert events[1].startswith("Unable to find matching indices for rule One.")
    assert "Unable to find matching threat indicator indices" in indicators[1]


def test_a_query_elasticsearch_refuses_fails(tmp_path: Path) -> None:
    """Kibana keeps any text; only running it tells."""
    with kibana(tmp_path, store=world()) as there:
        enabled(there, query="process where process.nmae == 1")
        run_rule(there.lab, "r1", NOW)
        status, message = last(there)

    assert "failed" == status
    assert "Unknown column [process.nmae]" in message


def test_a_rule_stops_with_the_key_it_runs_under(tmp_path: Path) -> None:
    """And runs again once another key has saved it (2.1)."""
    new = Key("new", "n", DEPLOYER.grants, DEPLOYER.cluster, applications=DEPLOYER.applications)
    with kibana(tmp_path, store=world()) as there:
        there.lab.elastic.settings = ElasticSettings(keys=(DEPLOYER, new))
        enabled(there)
        there.lab.revoke(DEPLOYER)
        run_rule(there.lab, "r1", NOW)
        stopped = last(there, new)
        body = rule(index=["logs-made-*"], query='process where process.name == "evil.exe"')
        there.http("PUT", RULES, body, key=new)
        run_rule(there.lab, "r1", NOW)
        running = last(there, new)

    assert ("failed", "succeeded") == (stopped[0], running[0])
    assert "security_exception" in stopped[1]


def test_what_the_key_may_not_read_is_warned_of(tmp_path: Path) -> None:
    """Wildcards silently shrink to what it may read; Kibana says so in the status (2.2)."""
    poor = Key("poor", "p", (Grant(("logs-other-*",)),), applications=DEPLOYER.applications)
    with kibana(tmp_path, store=world()) as there:
        there.lab.elastic.settings = ElasticSettings(keys=(DEPLOYER, poor))
        there.http("POST", RULES, rule(enabled=True, index=["logs-*"]), key=poor)
        outcome = run_rule(there.lab, "r1", NOW)
        status, message = last(there)

    assert ((), "partial failure") == (outcome.events, status)
    assert 'may not have the required read privileges to the following index patterns: ["logs-*"]' in message


def test_alerts_end_at_max_signals_and_that_is_said(tmp_path: Path) -> None:
    """The newest so many."""
    with kibana(tmp_path, store=world()) as there:
        enabled(there, max_signals=1, query="any where true")
        outcome = run_rule(there.lab, "r1", NOW)
        status, message = last(there)

    assert (("dns-0",), "partial failure") == (outcome.events, status)
    assert "reached the maximum alert limit" in message


def test_a_disabled_rule_does_not_run(tmp_path: Path) -> None:
    """Nor does one that is not there."""
    with kibana(tmp_path, store=world()) as there:
        there.post()
        with pytest.raises(ValueError, match="disabled"):
            run_rule(there.lab, "r1", NOW)
        with pytest.raises(LookupError):
            run_rule(there.lab, "r9", NOW)


def test_a_preview_tells_what_would_go_wrong(tmp_path: Path) -> None:
    """For each run, without keeping a rule; how much it found is not in the answer, as in Kibana."""
    end = {"invocationCount": 3, "timeframeEnd": NOW.isoformat()}
    good = rule(index=["logs-made-*"], query='process where process.name == "evil.exe"', **{"from": "now-30m"})
    with kibana(tmp_path, store=world()) as there:
        status, fine = there.http("POST", f"{RULES}/preview", {**good, **end, "interval": "20m"})
        _, wrong = there.http("POST", f"{RULES}/preview", {**good, **end, "query": "process where"})
        _, missing = there.http("POST", f"{RULES}/preview", {**good, **end, "index": ["none-*"]})
        refused = there.http("POST", f"{RULES}/preview", good)
        found = there.lab.store.spaces["default"].previews[fine["previewId"]]
        kept = there.find()["total"]

    assert (200, 3, 2, 0) == (status, len(fine["logs"]), found, kept)
    assert [([], [])] * 3 == [(one["errors"], one["warnings"]) for one in fine["logs"]]
    assert (1, 1) == (len(wrong["logs"][0]["errors"]), len(missing["logs"][0]["warnings"]))
    assert (400, "[request body]: invocationCount: Required, timeframeEnd: Required") == (
        refused[0],
        refused[1]["message"],
    )
