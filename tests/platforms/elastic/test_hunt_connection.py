"""Laws of the connection: what is trusted, what is sent, what is told, and that no secret is ever shown."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep
from typing import Any, cast

import pytest

from conformance.hunting.elastic_ground import ElasticGround, elastic_ground
from conformance.hunting.ground import START, WANTED, Planted, beat, folder, hunt
from huntline.errors import ConfigError, HuntlineError, Transient, Unauthenticated
from huntline.ledger.store import open_ledger
from huntline.ports import Finding
from huntline_elastic.hunt import ElasticHunter
from huntline_elastic.plugin import PLATFORM
from huntline_elastic.settings import read_settings
from lab.elastic.settings import HUNTER, ElasticSettings, Grant, Key
from lab.serve.certs import certify
from lab.serve.faults import Bend, Cut, Fault, Refusal, What, When


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[ElasticGround]:
    with elastic_ground(folder(tmp_path, "server")) as made:
        yield made


def ask(settings: Mapping[str, object]) -> Any:
    assert PLATFORM.hunter is not None
    return PLATFORM.hunter(settings, lambda _: HUNTER.encoded).clock()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"urls": "https://a"}, "urls"),
        ({"url": 7}, "url"),
        ({"url": "elastic.example"}, "url"),
        ({"url": "http://a:9200"}, "url"),
        ({"url": "https://me:secret@a"}, "url"),
        ({"proxy": "https://me:secret@a"}, "proxy"),
        ({"timeout": 0}, "timeout"),
        ({"clusters": ["*"]}, "clusters.0"),
        ({"clusters": ["eu:logs"]}, "clusters.0"),
        ({"ca": "ca.pem", "fingerprint": "ab"}, "fingerprint"),
    ],
)
def test_a_wrong_setting_is_an_error_with_its_key_and_without_its_value(change: dict[str, object], key: str) -> None:
    """Values may hold what nobody should see."""
    with pytest.raises(ConfigError) as caught:
        read_settings({"url": "https://a", "api_key": "env:K"} | change)

    assert key == caught.value.key
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("settings", "key"), [({}, "url"), ({"url": "https://a"}, "api_key")])
def test_what_suffices_to_compile_does_not_suffice_to_connect(settings: dict[str, object], key: str) -> None:
    assert PLATFORM.scopes(settings)
    with pytest.raises(ConfigError) as caught:
        ask(settings)

    assert key == caught.value.key


def test_a_server_with_another_ca_is_not_trusted(ground: ElasticGround, tmp_path: Path) -> None:
    other = certify(folder(tmp_path, "other")).ca
    with pytest.raises(ConfigError) as caught:
        ask(ground.settings | {"ca": str(other)})

    assert "TLS" in str(caught.value)


def test_the_environments_ca_and_proxy_change_nothing(
    ground: ElasticGround, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the settings name a CA or no proxy, a variable of the shell must not name another."""
    other = certify(folder(tmp_path, "other")).ca
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(other))
    assert ask(ground.settings) is not None

    monkeypatch.setenv("SSL_CERT_FILE", str(ground.running.ca))
    with pytest.raises(ConfigError):
        ask(ground.settings | {"ca": str(other)})
    with pytest.raises(ConfigError):
        ask({name: value for name, value in ground.settings.items() if name != "ca"})


def test_a_proxy_of_the_settings_is_used(ground: ElasticGround) -> None:
    """Nobody listens there, so the proxy was asked and not the server."""
    with pytest.raises(Transient):
        ask(ground.settings | {"proxy": "http://127.0.0.1:9"})

    assert 0 == ground.requests()


def test_unverified_tls_is_possible_and_every_report_says_so(ground: ElasticGround) -> None:
    settings = {name: value for name, value in ground.settings.items() if name != "ca"} | {"verify": False}
    assert PLATFORM.warnings is not None

    assert ask(settings) is not None
    assert [1, 0] == [len(PLATFORM.warnings(one)) for one in (settings, ground.settings)]


def test_a_tenant_that_verifies_nothing_weakens_no_other(ground: ElasticGround, tmp_path: Path) -> None:
    """Connections that trust alike share what they trust; those that do not must share nothing."""
    bare = {name: value for name, value in ground.settings.items() if name != "ca"}
    wrong = {**bare, "ca": str(certify(folder(tmp_path, "other")).ca)}
    for _ in range(2):
        assert ask({**bare, "verify": False}) is not None
        assert ask(ground.settings) is not None
        for settings in (wrong, bare):
            with pytest.raises(ConfigError):
                ask(settings)


def test_something_else_than_elasticsearch_is_refused(ground: ElasticGround) -> None:
    """OpenSearch and proxies answer alike and mean other things."""
    ground.running.faults.add(Fault(Bend("not_elastic"), When(times=None)))
    with pytest.raises(ConfigError) as caught:
        ask(ground.settings)

    assert "not Elasticsearch" in str(caught.value)


@pytest.mark.parametrize("what", [Cut("before"), Refusal(503), Refusal(429), Bend("expired_key")], ids=str)
def test_the_client_repeats_nothing_by_itself(ground: ElasticGround, what: What) -> None:
    """The engine alone retries: two policies multiply, and one of them would lock a key out."""
    ground.running.faults.add(Fault(what, When(times=None)))
    with pytest.raises((Transient, Unauthenticated)):
        ask(ground.settings)

    assert 1 == ground.requests()


def test_a_request_bears_the_orders_ticket(ground: ElasticGround, tmp_path: Path) -> None:
    """An administrator who sees a slow task finds whose it is."""
    ground.plant(beat())
    hunt(ground, open_ledger(str(tmp_path / "ledger.sqlite"), create=True))
    tickets = {
        dict(one.headers).get("x-opaque-id", dict(one.headers).get("X-Opaque-Id", ""))
        for one in ground.running.journal.entries()
        if one.path.endswith("_eql/search")
    }

    assert all(len(ticket) == 40 for ticket in tickets)


def test_the_key_is_in_no_error_log_or_text_of_an_object(
    ground: ElasticGround, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    ground.plant(beat())
    ledger = open_ledger(str(tmp_path / "ledger.sqlite"), create=True)
    hunt(ground, ledger)
    hunter = ground.connect()
    ground.trouble("revoked")
    with pytest.raises(HuntlineError) as caught:
        hunter.clock()
    secrets = (HUNTER.encoded, HUNTER.secret)
    texts = (
        caplog.text,
        repr(hunter),
        str(vars(caught.value)),
        (tmp_path / "ledger.sqlite").read_bytes().decode("latin-1"),
    )

    assert [] == [text[:80] for text in texts if any(secret in text for secret in secrets)]


def test_a_pattern_that_several_sources_name_is_resolved_once(ground: ElasticGround) -> None:
    """Each call costs the latency of the platform, before anything is searched."""
    hunter = ground.connect()
    hunter.reach(tuple(PLATFORM.scopes({})), {}, WANTED)
    asked = Counter(one.path for one in ground.running.journal.entries() if "/_resolve/" in one.path)

    assert 10 < len(asked)
    assert {1} == set(asked.values())


def test_large_answers_are_taken_apart_one_at_a_time(ground: ElasticGround) -> None:
    """Decoded they are twenty times as large: those of many tenants at once would be the peak of the memory."""
    hunters = [ground.connect() for _ in range(4)]
    inside: list[int] = []
    most: list[int] = []

    def make(told: Mapping[str, Any]) -> Mapping[str, Any]:
        inside.append(1)
        sleep(0.05)
        most.append(len(inside))
        inside.pop()
        return told

    with ThreadPoolExecutor(len(hunters)) as pool:
        told = list(
            pool.map(lambda one: cast(ElasticHunter, one).client.boil("GET", "/_security/_authenticate", make), hunters)
        )

    assert [1] * len(hunters) == most
    assert {"username"} <= set(told[0])


def findings(ground: ElasticGround) -> dict[str, Finding]:
    assert PLATFORM.probe is not None
    return {one.name: one for one in PLATFORM.probe(ground.settings, lambda _: ground.key.encoded)}


def test_a_probe_of_a_good_connection_finds_nothing_wrong(ground: ElasticGround) -> None:
    """It changes nothing, and says how far each source reaches."""
    ground.plant((*beat(), Planted("first", START)))
    found = findings(ground)
    methods = {one.method for one in ground.running.journal.entries()}

    assert "fail" not in {one.state for one in found.values()}
    assert {"connection", "identity", "clock", "tls", "same ids", "privilege read"} <= {
        name for name, one in found.items() if one.state == "ok"
    }
    assert "2023-03-01 to 2023-05-01; indices: 3 in place" == found["reach of Elastic Defend, processes"].words
    assert {"GET", "POST"} >= methods


def test_a_probe_names_what_is_missing_and_what_is_too_much(tmp_path: Path) -> None:
    grants = (Grant(("logs-*",), frozenset({"read", "view_index_metadata", "write"})),)
    key = Key("much", "lab-much-secret", grants=grants, cluster=frozenset({"manage_security"}))
    with elastic_ground(folder(tmp_path, "server"), ElasticSettings(keys=(key,)), key=key) as ground:
        ground.plant(beat())
        found = findings(ground)
        missing, more = found["privilege read"], found["privileges beyond need"]

        assert ("fail", "winlogbeat-*") == (missing.state, missing.words.rpartition(" ")[2])
        assert ("warn", True) == (more.state, "manage_security" in more.words)


def test_a_probe_warns_of_every_other_cluster(tmp_path: Path) -> None:
    """Before the hunt, since no hunt through this tenant will ever call its days clean."""
    with elastic_ground(folder(tmp_path, "server"), cluster="eu") as ground:
        ground.plant(beat())
        found = findings(ground)["cluster eu"]

        assert ("warn", True) == (found.state, "never clean through this tenant" in found.words)


def test_a_probe_with_a_bad_key_asks_once(ground: ElasticGround) -> None:
    ground.trouble("revoked")
    found = findings(ground)

    assert ("fail", 1) == (found["connection"].state, ground.requests())
