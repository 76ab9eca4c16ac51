"""Laws of who may ask Kibana's stand-in what: keys, headers, privileges, spaces, faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.elastic.settings import HUNTER, Application, Grant, Key
from lab.kibana.app import RULES, KibanaLab
from lab.kibana.settings import DEPLOYER, READER, STRANGER, KibanaSettings
from lab.serve.faults import Bend, Fault, Refusal, When
from lab_tests.kibana.served import FIND, kibana, rule


def test_a_write_says_it_is_no_browsers(tmp_path: Path) -> None:
    """Reads need no kbn-xsrf [E8]."""
    with kibana(tmp_path) as there:
        refused = there.http("POST", RULES, rule(), kbn_xsrf="")
        read = there.http("GET", FIND, kbn_xsrf="")

    assert (400, "Request must contain a kbn-xsrf header.", 200) == (refused[0], refused[1]["message"], read[0])


def test_a_call_names_the_version_of_the_api(tmp_path: Path) -> None:
    """Where it is demanded; another version is refused everywhere."""
    with kibana(tmp_path) as there:
        without = there.http("GET", FIND, Elastic_Api_Version="")
        other = there.http("GET", FIND, Elastic_Api_Version="2030-01-01")
        status = there.http("GET", "/api/status", Elastic_Api_Version="")
    with kibana(tmp_path, settings=KibanaSettings(version_demanded=False)) as there:
        lenient = there.http("GET", FIND, Elastic_Api_Version="")

    assert (400, 400, 200, 200) == (without[0], other[0], status[0], lenient[0])
    assert "Available versions: 2023-10-31" in without[1]["message"]


def test_keys_are_those_of_elasticsearch(tmp_path: Path) -> None:
    """Unknown and revoked ones are 401 in the platform's shape."""
    with kibana(tmp_path) as there:
        unknown = there.http("GET", FIND, key=Key("x", "y"))
        there.lab.revoke(DEPLOYER)
        revoked = there.http("GET", FIND)

    assert (401, "Unauthorized") == (unknown[0], unknown[1]["error"])
    assert (401, 401) == (revoked[0], revoked[1]["statusCode"])


def test_a_privilege_decides(tmp_path: Path) -> None:
    """None: 403 by the platform; read only: writing is 403 by the alerting framework, in another shape."""
    with kibana(tmp_path) as there:
        there.post()
        none, hunter = there.http("GET", FIND, key=STRANGER), there.http("GET", FIND, key=HUNTER)
        reads = there.http("GET", FIND, key=READER)
        writes = there.http("PUT", RULES, rule(), key=READER)

    assert (403, 403, 200, 403) == (none[0], hunter[0], reads[0], writes[0])
    assert ("Forbidden", 403) == (none[1]["error"], writes[1]["status_code"])
    assert "is unauthorized for user, this action is granted by the Kibana privileges" in none[1]["message"]


def test_a_key_can_be_of_one_space(tmp_path: Path) -> None:
    """`resources` of the application's privilege: the other space is 403, and not told of."""
    soc = Key(
        "soc", "s", (Grant(("*",)),), applications=(Application(frozenset({"feature_siem.all"}), ("space:soc",)),)
    )
    with kibana(tmp_path, settings=KibanaSettings(spaces=("default", "soc"))) as there:
        there.lab.elastic.settings = there.lab.elastic.settings.__class__(keys=(soc,))
        inside, outside = there.http("GET", FIND, key=soc, space="soc"), there.http("GET", FIND, key=soc)
        told = there.http("GET", "/api/spaces/space", key=soc)[1]

    assert (200, 403, ["soc"]) == (inside[0], outside[0], [one["id"] for one in told])


def test_a_key_can_ask_what_it_may_do_with_alerts(tmp_path: Path) -> None:
    """The route the vendor documents tells of the alerts' index of the space, not of Kibana's features."""
    with kibana(tmp_path) as there:
        told = there.http("GET", "/api/detection_engine/privileges")[1]
        poor = there.http("GET", "/api/detection_engine/privileges", key=READER)[1]
        index = there.http("GET", "/api/detection_engine/index")[1]

    name = ".alerts-security.alerts-default"
    assert (True, False) == (told["index"][name]["write"], poor["index"][name]["write"])
    assert (True, True, name) == (told["is_authenticated"], told["has_encryption_key"], index["name"])


@pytest.mark.parametrize("version", ["8.19.3", "9.1.0"])
def test_the_version_is_told(version: str, tmp_path: Path) -> None:
    """By it a client tells what it speaks to."""
    with kibana(tmp_path, settings=KibanaSettings(version=version)) as there:
        status, body = there.http("GET", "/api/status")

    assert (200, version, "available") == (status, body["version"]["number"], body["status"]["overall"]["level"])


def test_a_script_refuses_in_kibanas_shape(tmp_path: Path) -> None:
    """Too many requests, with and without a time to wait; a proxy's page is no JSON."""
    faults = [
        Fault(Refusal(429, wait=7), When(times=1)), Fault(Refusal(429), When(nth=2)),
        Fault(Refusal(502, "proxy"), When(nth=3)),
    ]  # fmt: skip
    with kibana(tmp_path, *faults) as there:
        busy, again, proxy = there.http("GET", FIND), there.http("GET", FIND), there.http("GET", FIND)

    assert (429, "Too Many Requests", 429, 502) == (busy[0], busy[1]["error"], again[0], proxy[0])
    assert b"<html>" in proxy[1]


def test_a_key_can_end_in_the_middle(tmp_path: Path) -> None:
    """By the script, on one request."""
    with kibana(tmp_path, Fault(Bend("revoked_key"))) as there:
        assert [401, 200] == [there.http("GET", FIND)[0] for _ in range(2)]


def test_the_journal_has_bodies_and_no_key(tmp_path: Path) -> None:
    """What was sent can be read afterwards; who sent it cannot."""
    with kibana(tmp_path) as there:
        there.post()
        said = "".join(map(repr, there.running.journal.entries()))

    assert (True, False, False) == ("process where true" in said, DEPLOYER.encoded in said, DEPLOYER.secret in said)


def test_no_route_is_not_found(tmp_path: Path) -> None:
    """Whatever the method."""
    with kibana(tmp_path) as there:
        assert isinstance(there.lab, KibanaLab)
        assert [404, 404] == [there.http("GET", "/api/nothing")[0], there.http("POST", FIND)[0]]
