"""Laws of the connection: who asks and how, what is trusted, what is told, and that no secret is ever shown."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from conformance.hunting.ground import START, Planted, beat, every, folder, hunt
from conformance.hunting.sentinel_ground import SentinelGround, sentinel_ground
from huntline.errors import ConfigError, HuntlineError, Transient, Unauthenticated
from huntline.ledger.store import open_ledger
from huntline.ports import Finding
from huntline_sentinel.plugin import PLATFORM
from huntline_sentinel.settings import read_settings
from lab.sentinel.roles import CONTRIBUTOR, NOTHING
from lab.sentinel.settings import HUNTER, SentinelSettings
from lab.sentinel.store import Keep
from lab.serve.certs import certify
from lab.serve.faults import Bend, Cut, Fault, Refusal, Skew, What, When
from lab_tests.sentinel.keys import certificate, pair

WHOLE: Mapping[str, object] = {
    "tenant": "t", "client": "c", "secret": "env:S",
    "subscription": "s", "resource_group": "g", "workspace": "w", "workspace_id": "i",
}  # fmt: skip


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[SentinelGround]:
    with sentinel_ground(folder(tmp_path, "server")) as made:
        yield made


def ask(settings: Mapping[str, object], secret: str = HUNTER.secret) -> Any:
    assert PLATFORM.hunter is not None
    return PLATFORM.hunter(settings, lambda _: secret).clock()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"tennant": "t"}, "tennant"),
        ({"management": "http://a"}, "management"),
        ({"authority": "https://me:secret@a"}, "authority"),
        ({"proxy": "http://me:secret@a"}, "proxy"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": 601.0}, "timeout"),
        ({"api_version": "latest"}, "api_version"),
        ({"jobs": {"days": 0}}, "jobs.days"),
        ({"jobs": {"range": 1}}, "jobs.range"),
        ({"audiences": {"logs": "a"}}, "audiences.logs"),
        ({"assertion": "a.jwt"}, "assertion"),
        ({"managed_identity": True}, "managed_identity"),
        ({"certificate_password": "env:P"}, "certificate_password"),
    ],
)
def test_a_wrong_setting_is_an_error_with_its_key_and_without_its_value(change: dict[str, object], key: str) -> None:
    """Values may hold what nobody should see."""
    with pytest.raises(ConfigError) as caught:
        read_settings({**WHOLE, **change})

    assert key == caught.value.key
    assert "secret@" not in str(caught.value)


@pytest.mark.parametrize(
    "missing", ["tenant", "client", "secret", "subscription", "resource_group", "workspace", "workspace_id"]
)
def test_what_suffices_to_compile_does_not_suffice_to_connect(missing: str) -> None:
    settings = {key: value for key, value in WHOLE.items() if key != missing}
    assert PLATFORM.scopes(settings)
    with pytest.raises(ConfigError) as caught:
        ask(settings)

    assert missing == caught.value.key


def test_a_certificate_proves_who_asks(tmp_path: Path) -> None:
    """As PEM with key and certificate in one file."""
    key, public = certificate()
    pem = tmp_path / "app.pem"
    pem.write_text(key + public, encoding="utf-8")
    who = replace(HUNTER, secret="", certificate=public)
    with sentinel_ground(folder(tmp_path, "server"), who=who, more={"secret": "", "certificate": str(pem)}) as ground:
        assert ask(ground.settings) is not None


def test_an_assertion_is_read_anew_each_time_it_is_needed(tmp_path: Path) -> None:
    """Whoever keeps the file fresh changes it; one that was read at the start would run out."""
    private, public = pair()
    who = replace(HUNTER, secret="", trusts=public, subject="system:serviceaccount:soc:huntline")
    file = tmp_path / "token.jwt"
    file.write_text("stale", encoding="utf-8")
    with sentinel_ground(folder(tmp_path, "server"), who=who, more={"secret": "", "assertion": str(file)}) as ground:
        assert PLATFORM.hunter is not None
        hunter = PLATFORM.hunter(ground.settings, lambda _: "")
        said: dict[str, Any] = {
            "iss": "https://issuer.example",
            "sub": who.subject,
            "aud": "api://AzureADTokenExchange",
        }
        said |= {"exp": datetime.now(UTC) + timedelta(minutes=10), "nbf": datetime.now(UTC) - timedelta(minutes=1)}
        file.write_text(jwt.encode(said, private, "RS256"), encoding="utf-8")

        assert hunter.clock() is not None


def test_a_machines_own_identity_asks_without_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = SentinelSettings(applications=(), identity=replace(HUNTER, secret=""))
    more = {"secret": "", "client": "", "tenant": "", "managed_identity": True}
    with sentinel_ground(folder(tmp_path, "server"), settings, more=more) as ground:
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", ground.running.url)

        assert ask(ground.settings) is not None


def test_a_server_with_another_ca_is_not_trusted(ground: SentinelGround, tmp_path: Path) -> None:
    other = certify(folder(tmp_path, "other")).ca
    with pytest.raises(ConfigError) as caught:
        ask(ground.settings | {"ca": str(other)})

    assert "ca" == caught.value.key


def test_the_environments_ca_and_proxy_change_nothing(
    ground: SentinelGround, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """msal, requests and azure-core each look for them: authority, Resource Manager and queries are asked."""
    other = certify(folder(tmp_path, "other")).ca
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(other))
    ground.plant((*every(3, timedelta(days=1)), *beat()))
    result = hunt(ground, open_ledger(str(tmp_path / "ledger.sqlite"), create=True))
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(ground.running.ca))

    assert 3 == result.known
    with pytest.raises(ConfigError):
        ask(ground.settings | {"ca": str(other)})


def test_a_proxy_of_the_settings_is_used(ground: SentinelGround) -> None:
    """Nobody listens there, so the proxy was asked and not the server."""
    with pytest.raises(Transient):
        ask(ground.settings | {"proxy": "http://127.0.0.1:9"})

    assert [] == ground.entries()


def test_unverified_tls_is_possible_and_every_report_says_so(ground: SentinelGround) -> None:
    settings = {name: value for name, value in ground.settings.items() if name != "ca"} | {"verify": False}
    assert PLATFORM.warnings is not None

    assert ask(settings) is not None
    assert [1, 0] == [len(PLATFORM.warnings(one)) for one in (settings, ground.settings)]


@pytest.mark.parametrize("what", [Cut("before"), Refusal(503), Refusal(429)], ids=str)
@pytest.mark.parametrize("path", ["/token", "/subscriptions"])
def test_nothing_is_repeated_but_by_the_engine(ground: SentinelGround, what: What, path: str) -> None:
    ground.running.faults.add(Fault(what, When(path=path, times=None)))
    with pytest.raises(Transient):
        ask(ground.settings)

    assert 1 == len([one for one in ground.entries() if path in one.path])


@pytest.mark.parametrize("bend", ["wrong_secret", "expired_secret"])
def test_refused_credentials_are_asked_once_whatever_is_asked_after(ground: SentinelGround, bend: str) -> None:
    """Asking on would lock them out; the words are the authority's, without its numbers of the day."""
    ground.running.faults.add(Fault(Bend(bend), When(path="/token", times=None)))
    hunter = ground.connect()
    told = []
    for _ in range(3):
        with pytest.raises(Unauthenticated) as caught:
            hunter.clock()
        told.append(str(caught.value))

    assert 1 == len([one for one in ground.entries() if one.path.endswith("/token")])
    assert ("AADSTS" in told[0], "Trace ID" in told[0]) == (True, False)


def test_a_token_that_is_refused_ends_the_tenant(ground: SentinelGround, tmp_path: Path) -> None:
    ground.plant(beat())
    ground.running.faults.add(Fault(Bend("expired_token"), When(path="/v1/", times=None)))
    with pytest.raises(Unauthenticated):
        hunt(ground, open_ledger(str(tmp_path / "ledger.sqlite"), create=True))


def test_no_secret_is_in_an_error_a_log_or_the_text_of_an_object(
    ground: SentinelGround, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """Neither is a token."""
    caplog.set_level(logging.DEBUG)
    ground.plant(beat())
    hunt(ground, open_ledger(str(tmp_path / "ledger.sqlite"), create=True))
    hunter: Any = ground.connect()
    token = hunter.arm.token
    shown = repr(hunter.logs._tokens.of("https://management.azure.com"))
    ground.trouble("revoked")
    with pytest.raises(HuntlineError) as caught:
        ground.connect().clock()
    ledger = (tmp_path / "ledger.sqlite").read_bytes().decode("latin-1")
    texts = (
        caplog.text,
        repr(hunter),
        str(vars(caught.value)),
        ledger,
        shown,
    )

    assert [] == [text[:80] for text in texts if HUNTER.secret in text or token in text]


def findings(ground: SentinelGround) -> dict[str, Finding]:
    assert PLATFORM.probe is not None
    return {one.name: one for one in PLATFORM.probe(ground.settings, lambda _: ground.who.secret)}


def test_a_probe_of_a_good_connection_finds_nothing_wrong(tmp_path: Path) -> None:
    """It changes nothing, and says how each table is kept and how far it reaches."""
    who = replace(HUNTER, role=CONTRIBUTOR)
    with sentinel_ground(folder(tmp_path, "server"), who=who, keep=Keep("Analytics", 4_000, 4_380)) as ground:
        ground.plant((*beat(), Planted("first", START)))
        found = findings(ground)
        methods = {(one.method, one.path.rpartition("/")[2]) for one in ground.entries()}

        assert "fail" not in {one.state for one in found.values()}
        assert {"connection", "identity", "clock", "tls", "same ids", "permissions for search jobs"} <= {
            name for name, one in found.items() if one.state == "ok"
        }
        words = "2023-03-01 to 2023-05-01; plan Analytics, queried for 4000 days, kept for 4380 days"
        assert words == found["reach of Windows Security (SecurityEvent)"].words
        assert {"GET"} == {method for method, last in methods if last not in ("query", "token")}


def test_a_probe_names_what_is_missing_and_what_is_too_much(tmp_path: Path) -> None:
    """A reader cannot pay for archived data; a contributor can do more than hunt."""
    with sentinel_ground(folder(tmp_path, "server")) as ground:
        ground.plant(beat())
        reader = findings(ground)
    with sentinel_ground(folder(tmp_path, "other"), who=replace(HUNTER, role=CONTRIBUTOR)) as ground:
        ground.plant(beat())
        contributor = findings(ground)

    assert ("warn", True) == (
        reader["permissions for search jobs"].state,
        "searchJobs/write" in reader["permissions for search jobs"].words,
    )
    assert ["ok", "warn"] == [one["permissions beyond need"].state for one in (reader, contributor)]


def test_a_probe_of_whoever_may_nothing_says_so_and_ends(tmp_path: Path) -> None:
    with sentinel_ground(folder(tmp_path, "server"), who=replace(HUNTER, role=NOTHING)) as ground:
        found = findings(ground)

    assert ("fail", {"tls", "connection"}) == (found["connection"].state, set(found))


def test_a_probe_through_lighthouse_says_what_it_cannot(tmp_path: Path) -> None:
    """Search jobs are refused there, even with the permission delegated."""
    with sentinel_ground(folder(tmp_path, "server"), more={"lighthouse": True}) as ground:
        ground.plant(beat())
        found = findings(ground)

    assert ("warn", True) == (found["lighthouse"].state, "search jobs are refused" in found["lighthouse"].words)


def test_a_clock_that_stands_apart_is_told_and_arrivals_go_by_it(ground: SentinelGround) -> None:
    ground.plant(beat())
    ground.running.faults.add(Fault(Skew(3_600), When(times=None)))
    found = findings(ground)
    told = ground.connect().clock()
    assert told is not None

    assert "warn" == found["clock"].state
    assert timedelta(minutes=59) < told - datetime.now(UTC) < timedelta(minutes=61)


def test_doubts_are_named_once_and_those_that_can_be_checked_are(ground: SentinelGround) -> None:
    """Doctor tells below its findings what is taken without proof."""
    assert PLATFORM.doubts is not None
    ground.plant(beat())
    named = [one.id for one in PLATFORM.doubts()]
    checkable = {one.id for one in PLATFORM.doubts() if one.checkable}

    assert len(set(named)) == len(named) > 5
    assert checkable <= set(findings(ground))


def test_lists_are_read_to_their_last_page(tmp_path: Path) -> None:
    """A table on a page that nobody reads would be told as missing."""
    settings = SentinelSettings(page=1)
    with sentinel_ground(folder(tmp_path, "server"), settings) as ground:
        ground.lab.store.add("Alpha", {}, ())
        ground.plant(beat())
        hunter: Any = ground.connect()

        assert {"Alpha", "SecurityEvent"} == set(hunter.arm.tables())
