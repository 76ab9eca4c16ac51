"""Laws of looking before and after: what stands in the way is named, and what does not work is found out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from huntline.model.artifact import Artifact
from huntline.model.pack import Json
from huntline.ports import Finding
from huntline_elastic.plugin import PLATFORM
from lab.elastic.mapping import mapping_of
from lab.elastic.plant import plant, spread
from lab.elastic.settings import HUNTER, Grant
from lab.kibana import hand
from lab.kibana.schedule import run_rule
from lab.kibana.settings import AUTHOR, DEPLOYER, LISTS, OWN
from lab.serve.faults import Fault, Refusal, When
from platforms.elastic.deploying import There, listed, put, served, three

SYSMON = {
    "event.provider": "Microsoft-Windows-Sysmon",
    "event.code": "7",
    "event.category": ["process"],
    "host.name": "WS-1",
    "file.hash.md5": "0" * 32,
    "file.hash.sha1": "0" * 40,
    "file.hash.sha256": "0" * 64,
    "process.executable": "C:\\a.exe",
}
STREAM = "logs-windows.sysmon_operational-default"


@pytest.fixture
def there(tmp_path: Path) -> Iterator[There]:
    with served(tmp_path) as made:
        yield made


def findings(there: There, artifact: Artifact) -> dict[str, Finding]:
    deployer = there.connect()
    over = deployer.read(artifact.kind, artifact.remote_id)
    assert over is not None
    return listed(deployer.inspect(artifact, over))


def stored(there: There) -> None:
    now = round(datetime.now(UTC).timestamp() * 1000)
    mapping = mapping_of([SYSMON])
    there.elastic.store.add(STREAM, mapping, plant(spread(3, now - 600_000, now), SYSMON, mapping))


def test_a_good_connection_is_ready(there: There) -> None:
    found = listed(there.connect().ready())

    assert {"ok"} == {one.state for one in found.values()}
    assert "8.19.3" == found["kibana"].words
    assert "rules run under this key" in found["life of the key"].words


def test_looking_changes_nothing(there: There) -> None:
    there.connect().ready()

    assert [] == there.writes()


def test_a_key_that_ends_soon_is_told_with_the_moment(tmp_path: Path) -> None:
    """Rules stop with the key they run under."""
    ends = datetime.now(UTC) + timedelta(days=3)
    key = replace(DEPLOYER, id="lab-brief", secret="lab-brief-secret", expires=ends)
    with served(tmp_path, keys=(key,), key=key) as there:
        found = listed(there.connect().ready())["life of the key"]

    assert ("warn", True) == (found.state, f"expires at {ends:%Y-%m-%d %H:%M} UTC" in found.words)


def test_a_key_that_may_read_nothing_that_rules_read_is_not_ready(tmp_path: Path) -> None:
    """Rules run with its privileges: they would find nothing and say nothing."""
    less = replace(DEPLOYER, id="lab-less", secret="lab-less-secret", grants=(OWN, LISTS), applications=(AUTHOR,))
    some = replace(less, id="lab-some", secret="lab-some-secret", grants=(OWN, LISTS, Grant(("logs-windows.*",))))
    with served(tmp_path, keys=(less, some)) as there:
        states = [
            listed(replace(there, key=key).connect().ready())["data that rules read"].state
            for key in (less, some, DEPLOYER)
        ]

    assert ["fail", "warn", "ok"] == states


def test_a_space_that_is_not_there_is_not_ready(there: There) -> None:
    found = listed(replace(there, space="nowhere").connect().ready())["space"]

    assert ("fail", True) == (found.state, "no space nowhere" in found.words)


def test_an_old_kibana_is_told(tmp_path: Path) -> None:
    with served(tmp_path, version="8.11.0") as there:
        found = listed(there.connect().ready())["kibana"]

    assert ("warn", True) == (found.state, "8.11.0" in found.words)


def test_scopes_without_data_are_told_with_the_reason(there: There) -> None:
    """A rule over patterns that name nothing would only fail."""
    scopes = [one for one in PLATFORM.scopes({}) if one.name in ("agent-sysmon", "zeek-dns")]
    assert {"agent-sysmon", "zeek-dns"} == there.connect().absent(scopes).keys()

    stored(there)
    assert {"zeek-dns": "nothing is stored under logs-zeek.dns-*"} == there.connect().absent(scopes)


def test_scopes_the_key_may_not_read_are_told_with_the_reason(tmp_path: Path) -> None:
    key = replace(DEPLOYER, id="lab-some", secret="lab-some-secret", grants=(OWN, LISTS, Grant(("logs-zeek*",))))
    scopes = [one for one in PLATFORM.scopes({}) if one.name == "agent-sysmon"]
    with served(tmp_path, keys=(key,), key=key) as there:
        stored(there)
        found = there.connect().absent(scopes)

    assert {"agent-sysmon": "the key may not read logs-windows.sysmon_operational-*"} == found


def test_a_rule_that_works_is_proved(there: There) -> None:
    """Both types, over data that is there, after a run."""
    stored(there)
    lists, reading, _ = three()
    for one in (lists, reading, sysmon_eql()):
        put(there.connect(), one, on=True)
    for one in (reading, sysmon_eql()):
        assert {"unknown"} == {f.state for f in findings(there, one).values() if f.name == "last run"}
        run_rule(there.kibana, one.remote_id, datetime.now(UTC))
    found = [findings(there, one) for one in (lists, reading, sysmon_eql())]

    assert [("documents",), ("schedule", "indexes", "lists", "query", "last run")] == [tuple(one) for one in found[:2]]
    assert ["schedule", "indexes", "query", "last run"] == list(found[2])
    assert {"ok"} == {one.state for some in found for one in some.values()}


def sysmon_eql() -> Artifact:
    """Return a rule over the same stream that names what is mapped there."""
    body: dict[str, Json] = {
        **three()[2].body,
        "index": ["logs-windows.sysmon_operational-*"],
        "query": 'process where event.code : "7"',
    }
    return replace(three()[2], body=body)


def test_a_rule_that_does_not_work_is_found_out(there: There) -> None:
    stored(there)
    rule = sysmon_eql()
    put(there.connect(), rule, on=True)
    run_rule(there.kibana, rule.remote_id, datetime.now(UTC))
    hand.edit(there.kibana, rule.remote_id, query='process where file.nowhere : "x"')
    broken = findings(there, rule)
    run_rule(there.kibana, rule.remote_id, datetime.now(UTC))
    failed = findings(there, rule)
    hand.edit(there.kibana, rule.remote_id, index=["logs-nothing-*"])
    nowhere = findings(there, rule)

    assert ("fail", "ok") == (broken["query"].state, broken["last run"].state)
    assert "fail" == failed["last run"].state
    assert "nothing is stored under logs-nothing-*" == nowhere["indexes"].words


def test_a_rule_without_its_list_is_found_out(there: There) -> None:
    """It would find nothing for ever, and every run would succeed."""
    stored(there)
    lists, reading, _ = three()
    left = put(there.connect(), lists)
    put(there.connect(), reading, on=True)
    there.connect().remove(left)
    found = findings(there, reading)["lists"]

    assert ("fail", True) == (found.state, found.words.startswith("0 indicators"))


def test_doctor_looks_at_deploying_where_kibana_is_set(there: There) -> None:
    probe = PLATFORM.probe
    assert probe is not None
    keys = {"env:HUNTER_KEY": HUNTER.encoded, "env:DEPLOYER_KEY": DEPLOYER.encoded}
    with_it = {one.name for one in probe(there.settings, keys.__getitem__)}
    without = {one.name for one in probe({**there.settings, "kibana": ""}, keys.__getitem__)}
    there.rules.faults.add(Fault(Refusal(401), When(times=None)))
    broken = listed(tuple(probe(there.settings, keys.__getitem__)))

    assert {"kibana", "space", "write rules", "life of the key"} <= with_it - without
    assert "fail" == broken["deploying"].state
