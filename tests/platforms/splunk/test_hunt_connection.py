"""Laws of the connection: what is trusted, what is sent, what is told, and that no secret is ever shown."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance.hunting.ground import START, Planted, beat, case_of, every, folder, found, hunt
from conformance.hunting.splunk_ground import SplunkGround, splunk_ground
from huntline.errors import ConfigError, HuntlineError, Transient, Unauthenticated
from huntline.ledger.store import open_ledger
from huntline.ports import Finding
from huntline_splunk.plugin import PLATFORM
from huntline_splunk.settings import read_settings
from lab.serve.certs import certify
from lab.serve.faults import Bend, Cut, Fault, Refusal, What, When
from lab.splunk.settings import HUNTER, TOKEN, Role, SplunkSettings, User


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[SplunkGround]:
    with splunk_ground(folder(tmp_path, "server")) as made:
        yield made


def ask(settings: Mapping[str, object], secret: str = TOKEN.encoded) -> Any:
    assert PLATFORM.hunter is not None
    return PLATFORM.hunter(settings, lambda _: secret).clock()


def by_password(ground: SplunkGround) -> dict[str, object]:
    rest = {name: value for name, value in ground.settings.items() if name != "token"}
    return rest | {"username": HUNTER.name, "password": HUNTER.password}


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"urls": "https://a"}, "urls"),
        ({"url": 7}, "url"),
        ({"url": "splunk.example"}, "url"),
        ({"url": "http://a:8089"}, "url"),
        ({"url": "https://me:secret@a"}, "url"),
        ({"url": "https://a:8089/services"}, "url"),
        ({"proxy": "http://me:secret@a"}, "proxy"),
        ({"proxy": "https://a"}, "proxy"),
        ({"timeout": 0}, "timeout"),
    ],
)
def test_a_wrong_setting_is_an_error_with_its_key_and_without_its_value(change: dict[str, object], key: str) -> None:
    """Values may hold what nobody should see."""
    with pytest.raises(ConfigError) as caught:
        read_settings({"url": "https://a", "token": "env:T"} | change)

    assert key == caught.value.key
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({}, "url"),
        ({"url": "https://a"}, "token"),
        ({"url": "https://a", "username": "env:U"}, "token"),
        ({"url": "https://a", "token": "env:T", "username": "env:U"}, "token"),
    ],
)
def test_what_suffices_to_compile_does_not_suffice_to_connect(settings: dict[str, object], key: str) -> None:
    assert PLATFORM.scopes(settings)
    with pytest.raises(ConfigError) as caught:
        ask(settings)

    assert key == caught.value.key


def test_a_server_with_another_ca_is_not_trusted(ground: SplunkGround, tmp_path: Path) -> None:
    """The SDK verifies nothing unless it is told to."""
    other = certify(folder(tmp_path, "other")).ca
    with pytest.raises(ConfigError) as caught:
        ask(ground.settings | {"ca": str(other)})

    assert "TLS" in str(caught.value)


def test_the_environments_ca_and_proxy_change_nothing(
    ground: SplunkGround, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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


def test_a_proxy_of_the_settings_is_used(ground: SplunkGround) -> None:
    """Nobody listens there, so the proxy was asked and not the server."""
    with pytest.raises(Transient):
        ask(ground.settings | {"proxy": "http://127.0.0.1:9"})

    assert 0 == ground.requests()


def test_unverified_tls_is_possible_and_every_report_says_so(ground: SplunkGround) -> None:
    settings = {name: value for name, value in ground.settings.items() if name != "ca"} | {"verify": False}
    assert PLATFORM.warnings is not None

    assert ask(settings) is not None
    assert [1, 0] == [len(PLATFORM.warnings(one)) for one in (settings, ground.settings)]


@pytest.mark.parametrize("what", [Cut("before"), Refusal(503), Refusal(429), Bend("expired_token")], ids=str)
def test_the_client_repeats_nothing_by_itself(ground: SplunkGround, what: What) -> None:
    """The engine alone retries: two policies multiply, and one of them would lock a user out."""
    ground.running.faults.add(Fault(what, When(times=None)))
    with pytest.raises((Transient, Unauthenticated)):
        ask(ground.settings)

    assert 1 == ground.requests()


def test_a_token_is_sent_each_time_whatever_cookies_say(ground: SplunkGround) -> None:
    """The SDK sends the cookie of the first answer from then on, and when that has ended the token is not looked at."""
    hunter = ground.connect()
    assert hunter.clock() is not None
    ground.lab.sessions.forget()
    assert hunter.clock() is not None
    headers = [dict(one.headers) for one in ground.running.journal.entries()]

    assert {True} == {"Authorization" in one or "authorization" in one for one in headers}
    assert not [one for one in headers if "splunkd_" in str(one)]


def test_a_user_and_password_log_in_once_for_all_threads(ground: SplunkGround) -> None:
    """And once again when the session has ended, without losing what was asked."""
    assert PLATFORM.hunter is not None
    hunter = PLATFORM.hunter(by_password(ground), str)
    assert hunter.clock() is not None
    assert hunter.clock() is not None
    ground.lab.sessions.forget()
    assert hunter.clock() is not None
    logins = [one for one in ground.running.journal.entries() if one.path.endswith("auth/login")]

    assert 2 == len(logins)


def test_a_wrong_password_is_tried_once(ground: SplunkGround) -> None:
    """Asking on would lock the user out."""
    assert PLATFORM.hunter is not None
    hunter = PLATFORM.hunter(by_password(ground) | {"password": "wrong"}, str)
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            hunter.clock()

    assert 1 == ground.requests()


def test_a_server_without_version_2_of_search_jobs_is_hunted_alike(tmp_path: Path) -> None:
    """Before 9.0.2 there is version 1 alone, which reads results by GET."""
    with splunk_ground(folder(tmp_path, "server"), SplunkSettings(version="8.2.9")) as ground:
        events = every(3, beat()[1].time - beat()[0].time)
        ground.plant((*events, *beat()))
        ledger = open_ledger(str(tmp_path / "ledger.sqlite"), create=True)
        hunt(ground, ledger)

        assert [one.time for one in events] == found(ledger)
        assert not [one for one in ground.running.journal.entries() if "/v2/" in one.path]


def test_a_job_bears_the_orders_ticket(ground: SplunkGround, tmp_path: Path) -> None:
    """An administrator who sees a slow search finds whose it is."""
    ground.plant(beat())
    hunt(ground, open_ledger(str(tmp_path / "ledger.sqlite"), create=True))
    sent = [one.body for one in ground.running.journal.entries() if one.path.endswith("/jobs")]

    assert sent
    assert [] == [body for body in sent if "id=huntline_" not in body]


def test_no_secret_is_in_an_error_a_log_or_the_text_of_an_object(
    ground: SplunkGround, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """The SDK logs each request at its most talkative level."""
    caplog.set_level(logging.DEBUG)
    ground.plant(beat())
    ledger = open_ledger(str(tmp_path / "ledger.sqlite"), create=True)
    hunt(ground, ledger)
    assert PLATFORM.hunter is not None
    hunters = [ground.connect(), PLATFORM.hunter(by_password(ground), str)]
    assert hunters[1].clock() is not None
    ground.trouble("revoked")
    texts = [caplog.text, repr(hunters), (tmp_path / "ledger.sqlite").read_bytes().decode("latin-1")]
    for hunter in hunters:
        with pytest.raises(HuntlineError) as caught:
            hunter.clock()
        texts.append(str(vars(caught.value)))
    texts.append(caplog.text)

    assert [] == [text[:80] for text in texts if TOKEN.encoded in text or HUNTER.password in text]
    assert case_of(ledger).hits == ()


def findings(ground: SplunkGround) -> dict[str, Finding]:
    assert PLATFORM.probe is not None
    return {one.name: one for one in PLATFORM.probe(ground.settings, lambda _: ground.secret)}


def test_a_probe_of_a_good_connection_finds_nothing_wrong(ground: SplunkGround) -> None:
    """It leaves nothing behind, and says how far each source reaches."""
    ground.plant((*beat(), Planted("first", START)))
    told = findings(ground)

    assert "fail" not in {one.state for one in told.values()}
    assert {"connection", "version", "identity", "clock", "tls", "same ids", "capability search", "search peers"} <= {
        name for name, one in told.items() if one.state == "ok"
    }
    assert "2023-03-01 to 2023-05-01" == told["reach of Sysmon"].words
    assert "never expires" in told["token expiry"].words
    assert 0 == ground.left()


def test_a_probe_settles_every_doubt_that_can_be_settled(ground: SplunkGround) -> None:
    """Each has a finding of its own."""
    assert PLATFORM.doubts is not None
    wanted = {doubt.id for doubt in PLATFORM.doubts() if doubt.checkable}

    assert wanted <= findings(ground).keys()


def test_a_probe_names_what_is_narrowed_and_what_is_too_much(tmp_path: Path) -> None:
    role = Role(
        indexes=("main", "sysmon"),
        filter="host=WS-*",
        window=86_400,
        earliest=30 * 86_400,
        capabilities=frozenset({"search", "admin_all_objects"}),
    )
    users = (User(HUNTER.name, HUNTER.password, role),)
    with splunk_ground(folder(tmp_path, "server"), SplunkSettings(users=users)) as ground:
        told = findings(ground)

        assert ("warn", True) == (
            told["capabilities beyond need"].state,
            "admin_all_objects" in told["capabilities beyond need"].words,
        )
        assert ["fail", "warn", "fail"] == [
            told[name].state for name in ("event filter", "search window", "earliest search")
        ]
        assert "main, sysmon" == told["indexes allowed"].words


def test_a_probe_with_a_bad_token_asks_once(ground: SplunkGround) -> None:
    ground.trouble("revoked")
    told = findings(ground)

    assert ("fail", 1) == (told["connection"].state, ground.requests())
