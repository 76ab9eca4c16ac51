"""What is looked at before anything is written: whether it can succeed, and which scopes there is data of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conformance.hunting.ground import Planted
from conformance.hunting.splunk_ground import made
from huntline.errors import ConfigError, Unauthenticated
from huntline_splunk.package import AUTHOR
from huntline_splunk.plugin import PLATFORM
from lab.serve.faults import Bend, Fault, Refusal, When
from lab.splunk import hand
from lab.splunk.settings import DEPLOY_TOKEN, DEPLOYER, DEPLOYING, OURS, TOKEN, App, SplunkSettings
from platforms.splunk.deploying import There, listed, ready_of, served, settings_of

ALL_APPS = SplunkSettings().apps
NOW = datetime.now(UTC).replace(microsecond=0)


def test_what_suffices_is_ready_and_costs_two_requests(tmp_path: Path) -> None:
    with served(tmp_path) as there:
        found = there.connect().ready()
        asked = there.asked("GET", "POST")

    assert {"ok", "unknown"} == {one.state for one in found}
    assert ["private copies"] == [one.name for one in found if one.state == "unknown"]
    assert 2 == len(asked)


@pytest.mark.parametrize("missing", ["search", "schedule_search"])
def test_a_capability_that_is_missing_fails(tmp_path: Path, missing: str) -> None:
    """Splunk would refuse each search by itself, in words about an argument."""
    role = replace(DEPLOYING, capabilities=DEPLOYING.capabilities - {missing})

    assert "fail" == ready_of(tmp_path, settings_of(role=role))[f"capability {missing}"].state


def test_more_than_is_needed_is_told(tmp_path: Path) -> None:
    role = replace(DEPLOYING, capabilities=DEPLOYING.capabilities | {"admin_all_objects"})
    found = ready_of(tmp_path, settings_of(role=role))

    assert ("warn", "ok") == (found["capabilities beyond deploying"].state, found["private copies"].state)


@pytest.mark.parametrize(
    ("app", "name"),
    [(None, "app"), (replace(OURS, disabled=True), "app"), (replace(OURS, write=("admin",)), "write to the app")],
)
def test_an_app_that_cannot_be_written_to_fails(tmp_path: Path, app: App | None, name: str) -> None:
    """It is not there, it is off, or nobody lets us."""
    apps = tuple(one for one in ALL_APPS if one.name != OURS.name) + ((app,) if app else ())

    assert "fail" == ready_of(tmp_path, settings_of(apps=apps))[name].state


@pytest.mark.parametrize(
    ("apps", "state"),
    [
        ((replace(OURS, author=AUTHOR),), "fail"),
        ((OURS, App("huntline_3cx_2023", author=AUTHOR)), "warn"),
        ((OURS, App("huntline_3cx_2023", author=AUTHOR, disabled=True)), "ok"),
        ((OURS, App("other", author="Somebody")), "ok"),
    ],
)
def test_a_package_and_requests_are_never_both_at_once_unnoticed(
    tmp_path: Path, apps: tuple[App, ...], state: str
) -> None:
    """In one app the second hides the next version of the first; in two both alert."""
    assert state == ready_of(tmp_path, settings_of(apps=apps))["packages of Huntline"].state


def test_a_token_that_ends_soon_is_told(tmp_path: Path) -> None:
    token = replace(DEPLOY_TOKEN, expires=NOW + timedelta(days=3))
    with served(tmp_path, SplunkSettings(tokens=(token,)), token=token) as there:
        found = listed(there.connect().ready())

    assert "warn" == found["token expiry"].state


def test_a_token_that_is_refused_ends_it_all(tmp_path: Path) -> None:
    with served(tmp_path) as there:
        there.running.faults.add(Fault(Bend("revoked"), When(times=None)))
        with pytest.raises(Unauthenticated):
            there.connect().ready()


def test_deploying_has_a_token_of_its_own(tmp_path: Path) -> None:
    """Who hunts need not be able to write, and who writes need not see every index."""
    with served(tmp_path, more={"deploy_token": "env:DEPLOY"}) as there:
        assert PLATFORM.deployer is not None
        deployer = PLATFORM.deployer(there.settings, {"env:DEPLOY": DEPLOY_TOKEN.encoded}.__getitem__)
        found = listed(deployer.ready())

    assert found["who deploys"].words.startswith(DEPLOYER.name)


def test_the_probe_tells_of_deploying_where_there_is_an_app(tmp_path: Path) -> None:
    assert PLATFORM.probe is not None
    with served(tmp_path, token=TOKEN) as there:
        told = listed([*PLATFORM.probe(there.settings, {"env:TOKEN": TOKEN.encoded}.__getitem__)])

    assert "fail" == told["capability schedule_search"].state


@pytest.mark.parametrize("app", ["", "a/b", "../x", "a b"])
def test_an_app_that_cannot_be_is_refused_before_anything_is_sent(app: str) -> None:
    settings = {"url": "https://splunk.example:8089", "token": "env:T", "app": app}
    assert PLATFORM.deployer is not None
    with pytest.raises(ConfigError) as caught:
        PLATFORM.deployer(settings, lambda _: "t")

    assert "app" == caught.value.key


def absent_of(there: There) -> dict[str, str]:
    return dict(there.connect().absent(PLATFORM.scopes(there.settings)))


def test_scopes_without_data_are_absent_and_cost_few_requests(tmp_path: Path) -> None:
    """One search for all that is indexed, one for the data models, however many scopes there are."""
    with served(tmp_path) as there:
        found = absent_of(there)
        asked = there.asked("GET", "POST")
    scopes = {one.name for one in PLATFORM.scopes({})}

    assert {"sysmon"} == scopes - {*found}
    assert len(scopes) > 10
    assert len(asked) < 20


def test_a_data_model_that_is_not_there_is_absent(tmp_path: Path) -> None:
    with served(tmp_path, SplunkSettings(without_models=True)) as there:
        found = absent_of(there)

    assert "there is no data model Web" == found["cim-proxy"]


def test_what_may_not_be_read_is_absent(tmp_path: Path) -> None:
    """Its rules would find nothing for who deploys, and nobody could tell why."""
    role = replace(DEPLOYING, indexes=("other",))
    users = (*(one for one in SplunkSettings().users if one.name != DEPLOYER.name), replace(DEPLOYER, role=role))
    with served(tmp_path, SplunkSettings(users=users)) as there:
        assert "or may be read" in absent_of(there)["sysmon"]


def test_a_search_that_does_not_go_through_says_nothing_is_absent(tmp_path: Path) -> None:
    with served(tmp_path) as there:
        there.running.faults.add(Fault(Refusal(400), When(method="POST", path="jobs$", times=None)))

        assert {} == absent_of(there)


def test_a_macro_that_leads_elsewhere_is_followed(tmp_path: Path) -> None:
    """Somebody said in Splunk where the events are, and not in the tenants file."""
    recent = Planted("two", datetime.now(UTC) - timedelta(hours=2), "harmless")
    with served(tmp_path) as there:
        there.lab.store.add("elsewhere", [made(recent)])
        before = absent_of(there)
        hand.make(there.lab, hand.place("huntline_zeek_dns", conf="macros"), {"definition": "index=elsewhere"})
        after = absent_of(there)

    assert {"zeek-dns"} == {*before} - {*after}
