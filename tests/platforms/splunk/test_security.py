"""Laws of what Enterprise Security reads: said where a tenant asks for it, ours there, and the customer's elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ksconf.conf.parser import PARSECONF_STRICT_NC, parse_conf  # type: ignore[import-untyped]  # ksconf ships no types

from huntline.deploy.compare import Left, differences
from huntline.model.artifact import Artifact
from huntline.model.pack import Detection, Json
from huntline_splunk.artifact import LONGEST
from huntline_splunk.entry import text
from huntline_splunk.package import package
from huntline_splunk.plugin import PLATFORM
from huntline_splunk.render import SplunkRenderer
from huntline_splunk.security import APP, FIELDS
from lab.splunk import hand
from lab.splunk.settings import App, SplunkSettings
from platforms.handmade import campaign
from platforms.splunk.by_hand import compiler, detection, pack_3cx, rule
from platforms.splunk.deploying import There, everything, listed, pair, put, served, there_of

SPECS = Path(__file__).parents[3].parent / "shared" / "specs" / "splunk"
FIND = {"selection": {"Image|endswith": "\\evil.exe"}, "condition": "selection"}
MORE = {"enterprise_security": True}
HOSTILE = "$user$ and ``` $a$$b$ x$c$y \u202e \\"


@cache
def correlation() -> Artifact:
    """Return a search of the campaign's pack, over a source whose events are there."""
    return next(one for one in campaign(PLATFORM, **MORE) if one.key == pair()[1].key)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[There]:
    with served(tmp_path, more=MORE) as made:
        yield made


def said(found: Detection, scope: str = "sysmon") -> Mapping[str, Any]:
    """Return what is said of a rule for Enterprise Security alone."""
    made = SplunkRenderer(compiler(), security=True)
    body = made.artifacts(found, rule(found, scope, made.compiler), pack="p")[1].body
    return {name: value for name, value in body.items() if name in FIELDS}


def test_a_rule_is_a_correlation_search_whose_results_are_notable_events(tmp_path: Path) -> None:
    tags = ["attack.t1195.002", "attack.t1059", "attack.initial-access", "attack.s0154", "cve.2023-29059"]
    found = detection(tmp_path, FIND, title="Evil", description="Bad.\n\nWorse.", tags=tags)
    drilldown = {
        "name": "Matching events",
        "search": '`huntline_sysmon` EventCode="1" Image="*\\\\evil.exe"',
        "earliest_offset": "$info_min_time$",
        "latest_offset": "$info_max_time$",
    }

    assert {
        "action.correlationsearch.enabled": True,
        "action.correlationsearch.label": "Evil (sysmon)",
        "action.correlationsearch.annotations": '{"mitre_attack": ["T1059", "T1195.002"]}',
        "action.notable": True,
        "action.notable.param.rule_title": "Evil (sysmon)",
        "action.notable.param.rule_description": f"Evil Bad. Worse. Tags: {'; '.join(tags)} Sigma rule rule_0, level high.",
        "action.notable.param.security_domain": "threat",
        "action.notable.param.severity": "high",
        "action.notable.param.drilldown_searches": json.dumps([drilldown], sort_keys=True),
    } == said(found)


def test_nothing_of_it_is_said_where_nobody_asks() -> None:
    """A tenant without Enterprise Security would have fields there that nothing reads; the shipped package, too."""
    assert set() == {name for one in everything() for name in one.body} & set(FIELDS)


def test_a_domain_is_told_by_what_events_name() -> None:
    """Who looks at endpoints alone must find those, and no other."""
    found = {
        (one.key.rpartition("/")[2].partition("-")[0], one.body["action.notable.param.security_domain"])
        for one in campaign(PLATFORM, **MORE)
        if "action.notable" in one.body
    }

    assert {("sysmon", "endpoint"), ("zeek", "network")} <= found
    assert {"endpoint", "network"} == {domain for _, domain in found}


@pytest.mark.skipif(not SPECS.is_dir(), reason="the vendor's field lists are not beside the project")
def test_every_field_is_one_of_a_correlation_search() -> None:
    """And its name is as long as Enterprise Security takes at most."""
    fields = json.loads((SPECS / "saved-search.fields.json").read_text(encoding="utf-8"))
    known = fields["correlation_search_fields"]

    assert set() == set(FIELDS) - set(known["fields"])
    assert known["stanza_name_max_chars"] == LONGEST


def test_words_of_a_rule_are_no_tokens(tmp_path: Path) -> None:
    """In a notable event's title `$user$` is the event's user: a rule's own words must stay what they are."""
    found = said(detection(tmp_path, FIND, title=HOSTILE, description=HOSTILE))
    words = [found[f"action.notable.param.{name}"] for name in ("rule_title", "rule_description")]

    assert [] == [one for one in words if re.search(r"\$.*\$", one)]
    assert (
        "costs $5 (sysmon)"
        == said(replace(detection(tmp_path, FIND), title="costs $5"))["action.notable.param.rule_title"]
    )


def test_a_search_with_a_token_in_it_is_no_drilldown(tmp_path: Path) -> None:
    """Enterprise Security would put an event's field in its place, and ask for something else."""
    found = detection(tmp_path, {"selection": {"CommandLine|contains": "ADMIN$"}, "condition": "selection"})

    assert "[]" == said(found)["action.notable.param.drilldown_searches"]


@pytest.mark.parametrize(("level", "severity"), [("informational", "informational"), ("critical", "critical")])
def test_a_level_is_the_severity_of_the_same_name(tmp_path: Path, level: str, severity: str) -> None:
    assert severity == said(detection(tmp_path, FIND, level=level))["action.notable.param.severity"]


def test_a_package_holds_it_where_a_setting_asks(tmp_path: Path) -> None:
    """JSON and hostile words come out of the file as they went in."""
    made = SplunkRenderer(compiler(), security=True)
    found = detection(tmp_path, FIND, title=HOSTILE, description=HOSTILE)
    artifacts = made.artifacts(found, rule(found, "sysmon", made.compiler), pack="p")
    files = package(artifacts, pack_3cx())
    path = tmp_path / "savedsearches.conf"
    path.write_text(next(text for name, text in files.items() if name.endswith(path.name)), encoding="utf-8")
    (stanza,) = parse_conf(path, profile=PARSECONF_STRICT_NC).values()

    assert {name: text(artifacts[1].body[name]) for name in FIELDS} == {name: stanza[name] for name in FIELDS}


def test_what_splunk_makes_of_it_is_no_difference(there: There) -> None:
    """An editor writes truths as text, and JSON with other spaces and in another order."""
    deployer, search = there.connect(), correlation()
    first = put(deployer, search)
    spaced = json.loads(str(search.body["action.notable.param.drilldown_searches"]))
    edit = {
        "action.notable": "true",
        "action.notable.param.drilldown_searches": json.dumps(
            [dict(reversed(one.items())) for one in spaced], indent=1
        ),
    }
    hand.edit(there.lab, hand.place(search.remote_id), edit)

    assert deployer.normal(search) == first.managed == there_of(deployer, search).managed
    assert "notable" == first.whole["actions"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("action.notable", "0"),
        ("action.notable.param.severity", "low"),
        ("action.correlationsearch.annotations", "no JSON"),
    ],
)
def test_an_edit_of_it_is_seen_and_can_be_written_over(there: There, name: str, value: str) -> None:
    """Switched off by hand nobody would be told; and what the customer adds beside it stays."""
    deployer, search = there.connect(), correlation()
    before = put(deployer, search).managed
    own = {"action.risk": "1", "action.risk.param._risk_score": "80", "action.email": "1", "actions": "email"}
    hand.edit(there.lab, hand.place(search.remote_id), {name: value, **own})
    edited = there_of(deployer, search)
    after = put(deployer, search)

    assert [name] == [field for field in before if before[field] != edited.managed[field]]
    assert before == after.managed
    assert own == {field: there.lab.knowledge.kept[hand.place(search.remote_id)].values[field] for field in own}


def test_a_value_that_was_kept_is_sent_for_ours(there: There) -> None:
    """The customer's severity stays when something else of the search is written."""
    deployer, search = there.connect(), correlation()
    name, kept = "action.notable.param.severity", "low"
    instead: dict[str, Json] = {name: kept}
    over = put(deployer, search)

    assert kept == deployer.put(search, over, on=True, instead=instead).after.managed[name]


def test_what_a_customer_says_of_it_stays_theirs_where_we_say_nothing(tmp_path: Path) -> None:
    """Without the setting its fields are neither compared nor written."""
    with served(tmp_path) as there:
        deployer, search = there.connect(), pair()[1]
        before = put(deployer, search)
        own = {"action.notable": "1", "action.notable.param.severity": "low", "action.correlationsearch.enabled": "1"}
        hand.edit(there.lab, hand.place(search.remote_id), own)
        after = put(deployer, replace(search, body={**search.body, "search": "index=x"}))
        left = there.lab.knowledge.kept[hand.place(search.remote_id)].values

    assert before.managed.keys() == after.managed.keys()
    assert own == {name: left[name] for name in own}


@pytest.mark.parametrize(
    ("theirs", "kept"),
    [
        ({}, []),
        ({"action.notable": "0"}, []),
        ({"action.notable.param.severity": "low"}, ["action.notable.param.severity"]),
    ],
)
def test_a_tenant_may_ask_for_it_later(tmp_path: Path, theirs: Mapping[str, str], kept: list[str]) -> None:
    """What is not there, or is off, is ours to write then; what the customer said meanwhile stays until somebody decides."""
    with served(tmp_path) as there:
        left = put(there.connect(), pair()[1])
        hand.edit(there.lab, hand.place(left.remote_id), theirs)
        deployer = replace(there, more=MORE).connect()
        over, wanted = there_of(deployer, correlation()), deployer.normal(correlation())
        found = [*differences(over, wanted, Left(left.managed, left.state), {}, None)]

    assert set(FIELDS) == {one.path for one in found}
    assert kept == [one.path for one in found if one.kept]


@pytest.mark.parametrize(
    ("apps", "state"),
    [((), ["warn"]), ((App(APP, disabled=True),), ["warn"]), ((App(APP),), ["ok"])],
)
def test_what_would_read_it_is_looked_for(tmp_path: Path, apps: tuple[App, ...], state: list[str]) -> None:
    """Without it the searches alert and make no notable events."""
    settings = SplunkSettings(apps=(*SplunkSettings().apps, *apps))
    with served(tmp_path, settings, more=MORE) as there:
        found = listed(there.connect().ready())
    with served(tmp_path / "without", settings) as there:
        unasked = listed(there.connect().ready())

    assert state == [one.state for one in found.values() if one.name == "Enterprise Security"]
    assert "Enterprise Security" not in unasked
