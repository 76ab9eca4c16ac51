"""Laws of the connection to Kibana: what is trusted and sent, what each refusal means, and that no secret is shown."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from conformance.hunting.ground import folder
from huntline.errors import (
    ConfigError,
    Denied,
    HuntlineError,
    QueryRejected,
    Stale,
    Transient,
    Unauthenticated,
    Unreadable,
)
from huntline.model.artifact import Artifact
from huntline_elastic.plugin import PLATFORM
from lab.elastic.settings import HUNTER
from lab.kibana.settings import DEPLOYER, READER, STRANGER
from lab.serve.certs import certify
from lab.serve.faults import Bend, Blank, Cut, Fault, Refusal, Stall, What, When
from platforms.elastic.deploying import There, put, served, three

RULES = "/api/detection_engine/rules"


@pytest.fixture
def there(tmp_path: Path) -> Iterator[There]:
    with served(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def eql() -> Artifact:
    return three()[2]


@pytest.mark.parametrize(
    ("what", "error"),
    [
        (Refusal(400), QueryRejected),
        (Refusal(401), Unauthenticated),
        (Refusal(403), Denied),
        (Refusal(404), Stale),
        (Refusal(409), Stale),
        (Refusal(429, wait=7), Transient),
        (Refusal(500), Unreadable),
        (Refusal(502, kind="proxy"), Transient),
        (Refusal(503), Transient),
        (Refusal(504), Transient),
        (Cut("before"), Transient),
        (Cut("middle"), Transient),
        (Cut("after"), Transient),
        (Blank(), Transient),
        (Bend("revoked_key"), Unauthenticated),
    ],
    ids=str,
)
def test_a_failing_write_is_told_for_what_it_is_and_sent_once(
    there: There, eql: Artifact, what: What, error: type[HuntlineError]
) -> None:
    """The engine alone asks again: what would lock a key out, or change a world that moved, must not look like a busy server."""
    deployer = there.connect()
    seen = put(deployer, eql)
    there.rules.faults.add(Fault(what, When(method="PUT", times=None)))
    with pytest.raises(HuntlineError) as caught:
        deployer.put(replace(eql, body={**eql.body, "severity": "low"}), seen, on=False, instead={})

    assert error is type(caught.value) or isinstance(caught.value, error)
    assert 2 == len(there.writes())


def test_a_busy_kibana_says_when_to_come_back(there: There) -> None:
    there.rules.faults.add(Fault(Refusal(429, wait=7), When(times=None)))
    with pytest.raises(Transient) as caught:
        there.connect().held("rule")

    assert timedelta(seconds=7) == caught.value.retry_after


def test_an_error_bears_kibanas_words_and_the_id_of_the_request(there: There) -> None:
    """With the id its administrator finds the request in Kibana's log; Kibana itself gives none."""
    there.rules.faults.add(Fault(Refusal(400), When(times=None)))
    with pytest.raises(QueryRejected) as caught:
        there.connect().held("rule")
    sent = {name.lower(): value for name, value in dict(there.rules.journal.entries()[-1].headers).items()}

    assert f"Kibana: 400 the lab refuses by 400 (request {sent['x-opaque-id']})" == str(caught.value)


def test_a_write_whose_answer_was_lost_is_found_done(there: There, eql: Artifact) -> None:
    """What is asked again finds the id taken, by its very own write."""
    deployer = there.connect()
    there.rules.faults.add(Fault(Cut("after"), When(method="POST")))
    with pytest.raises(Transient):
        deployer.put(eql, None, on=True, instead={})
    with pytest.raises(Stale):
        deployer.put(eql, None, on=True, instead={})
    (found,) = deployer.held("rule")

    assert (eql.mark, True, "on", deployer.normal(eql)) == (found.mark, found.home, found.state, found.managed)


def test_no_answer_in_time_is_transient(there: There) -> None:
    there.rules.faults.add(Fault(Stall(3), When(times=None)))
    with pytest.raises(Transient):
        replace(there, more={"timeout": 0.5}).connect().held("rule")


def test_spaces_never_meet(there: There, eql: Artifact) -> None:
    """The same id may be taken in each."""
    other = replace(there, space="soc")
    put(there.connect(), eql)
    assert [] == other.connect().held("rule")

    put(other.connect(), replace(eql, body={**eql.body, "severity": "low"}))
    assert (eql.body["severity"], "low") == tuple(
        one.connect().held("rule")[0].managed["severity"] for one in (there, other)
    )
    assert there.connect().place != other.connect().place


def test_a_place_tells_no_secret(there: There) -> None:
    assert f"{there.rules.url} space default" == there.connect().place


@pytest.mark.parametrize(("key", "error"), [(READER, Denied), (STRANGER, Denied)], ids=["reader", "stranger"])
def test_a_key_that_may_not_write_is_denied(there: There, eql: Artifact, key: object, error: type[Exception]) -> None:
    deployer = replace(there, key=key).connect()  # type: ignore[arg-type]  # a Key
    with pytest.raises(error):
        deployer.put(eql, None, on=False, instead={})

    assert "fail" in {one.state for one in deployer.ready() if one.name in ("write rules", "space")}


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"kibana": ""}, "kibana"),
        ({"kibana": "kibana.example"}, "kibana"),
        ({"kibana": "https://me:secret@a"}, "kibana"),
        ({"kibana": "http://a:5601"}, "kibana"),
        ({"space": "S O C"}, "space"),
        ({"api_key": "", "deploy_key": ""}, "deploy_key"),
        ({"ca": "", "fingerprint": "ab"}, "kibana_fingerprint"),
        ({"kibana_fingerprint": "ab"}, "kibana_fingerprint"),
    ],
    ids=str,
)
def test_a_wrong_setting_is_an_error_with_its_key_and_without_its_value(
    there: There, change: dict[str, object], key: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        replace(there, more=change).connect()

    assert key == caught.value.key
    assert "secret" not in str(caught.value)


def test_deploying_has_a_key_of_its_own_and_needs_none(there: There) -> None:
    """Least privilege wants two keys; without the second the first is taken."""
    asked: list[str] = []

    def secret(name: str) -> str:
        asked.append(name)
        return DEPLOYER.encoded

    assert PLATFORM.deployer is not None
    for more in ({}, {"deploy_key": ""}):
        PLATFORM.deployer({**there.settings, **more}, secret)

    assert {"api_key", "deploy_key"} == set(PLATFORM.secrets)
    assert ["env:DEPLOYER_KEY"] * 2 + ["env:HUNTER_KEY"] * 2 == asked


def test_a_kibana_with_another_ca_is_not_trusted(there: There, tmp_path: Path) -> None:
    other = replace(there, more={"ca": str(certify(folder(tmp_path, "other")).ca)})
    with pytest.raises(ConfigError) as caught:
        other.connect().held("rule")

    assert ("kibana", True) == (caught.value.key, "TLS" in str(caught.value))


def test_the_environments_ca_and_proxy_change_nothing(
    there: There, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("SSL_CERT_FILE", str(certify(folder(tmp_path, "other")).ca))
    assert [] == there.connect().held("rule")

    monkeypatch.setenv("SSL_CERT_FILE", str(there.ca))
    with pytest.raises(ConfigError):
        replace(there, more={"ca": ""}).connect().held("rule")


def test_a_proxy_of_the_settings_is_used(there: There) -> None:
    """Nobody listens there, so the proxy was asked and not Kibana."""
    with pytest.raises(Transient):
        replace(there, more={"proxy": "http://127.0.0.1:9"}).connect().held("rule")

    assert 0 == len(there.rules.journal.entries())


def test_what_is_not_kibana_is_refused(there: There) -> None:
    """A login page answers with 200, too."""
    elsewhere = replace(there, more={"kibana": there.data.url})
    with pytest.raises(HuntlineError):
        elsewhere.connect().held("rule")


def test_no_key_is_in_an_error_a_log_or_the_text_of_an_object(
    there: There, eql: Artifact, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    deployer = there.connect()
    put(deployer, eql)
    there.kibana.revoke(DEPLOYER)
    with pytest.raises(Unauthenticated) as caught:
        deployer.held("rule")
    texts = (caplog.text, repr(deployer), str(vars(caught.value)))
    secrets = (DEPLOYER.encoded, DEPLOYER.secret, HUNTER.encoded)

    assert [] == [text[:80] for text in texts if any(secret in text for secret in secrets)]
