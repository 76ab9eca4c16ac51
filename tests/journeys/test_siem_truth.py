"""Ten years of trouble in one hunt: every planted hit once, every window that was not searched named, nothing clean unseen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from journeys.cli import Ended
from journeys.siem import (
    CROWD,
    DAYS,
    WORDS,
    Office,
    Siem,
    Truth,
    all_faults,
    found,
    small_truth,
    truth,
    verdicts,
    window,
)
from journeys.siem_elastic import Elastic
from journeys.siem_sentinel import Sentinel
from journeys.siem_splunk import Splunk
from journeys.siem_truth import TENANT, collected, lies
from lab.serve.journal import Entry
from lab.serve.server import Running

PARALLEL = 2
PUBLIC = ".well-known"  # whoever asks there shows no credential


@dataclass(frozen=True, slots=True)
class Journey:
    """Two hunts of the same estate: one in which everything goes wrong, and one after all is well again."""

    siem: Siem
    office: Office
    told: Truth
    servers: Mapping[str, Running]
    struck: dict[str, Any]  # the report after the first
    healed: dict[str, Any]  # and after the second
    hunts: tuple[Ended, Ended]
    requests: Mapping[str, int]  # of the first, by tenant


@pytest.fixture(scope="module", params=[Elastic(), Sentinel(), Splunk()], ids=lambda one: one.name)
def journey(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    siem: Siem = request.param
    base, told = tmp_path_factory.mktemp("truth"), truth(siem.small)
    office = Office(base / "office", siem)
    office.folder.mkdir()
    office.rules(*WORDS, CROWD)
    with ExitStack() as stack:
        whole = siem.serve(base / TENANT, siem.store(told), cap=siem.small.cap, faults=all_faults(siem.strikes))
        servers = {TENANT: stack.enter_context(whole)}
        for trouble in (*siem.bad, *siem.unseen, "skew"):
            days = DAYS if trouble == "revoked" else 40  # there are to be searches for a while
            made = siem.serve(base / trouble, siem.store(small_truth(40, 80), days=days), trouble=trouble)
            servers[f"acme-{trouble}"] = stack.enter_context(made)
        for name, running in servers.items():
            secret, more = (
                siem.wrong if name == "acme-wrong" else siem.good,
                {"clusters": ["eu"]} if name == "acme-eu" else {},
            )
            office.tenant(name, running, secret=secret, parallel=PARALLEL, **more)
        first, struck = office.hunt(), office.report()
        requests = {name: len(running.journal.entries()) for name, running in servers.items()}
        for running in servers.values():
            running.faults.clear()
        second, healed = office.hunt("--tenant", TENANT), office.report()
        yield Journey(siem, office, told, servers, struck, healed, (first, second), requests)


def lost(journey: Journey) -> dict[Any, str]:
    """Return the windows that could not be searched, and how they stand."""
    return {window(one.window): one.verdict for one in journey.siem.strikes if one.verdict}


def test_every_window_but_those_that_failed_is_whole_and_those_are_named(journey: Journey) -> None:
    """Day by day: what was there and was searched is told as it is, what was not bears its own verdict and a reason."""
    assert [] == list(lies(journey.siem, journey.told, journey.struck, lost(journey)))
    missing, wrong = collected(journey.siem, journey.told, journey.struck)
    kept = journey.told.ids(*lost(journey))
    assert (0, 0) == ((missing & kept).total(), wrong.total())


def test_every_planted_hit_is_found_exactly_once_when_all_is_well_again(journey: Journey) -> None:
    """The second hunt asks for what the first could not have, and doubles nothing of what it had."""
    missing, wrong = collected(journey.siem, journey.told, journey.healed)

    assert (0, 0) == (missing.total(), wrong.total())
    assert [] == list(lies(journey.siem, journey.told, journey.healed, {}))


def test_the_second_hunt_searches_only_what_the_first_could_not(journey: Journey) -> None:
    entries = journey.servers[TENANT].journal.entries()[journey.requests[TENANT] :]
    assert set(lost(journey)) == {asked for asked, _ in journey.siem.asked(entries)}


def test_every_fault_has_happened(journey: Journey) -> None:
    """A fault that no request met proves nothing."""
    met = {fault for running in journey.servers.values() for one in running.journal.entries() for fault in one.faults}
    scripted = {repr(fault.what) for fault in all_faults(journey.siem.strikes)}

    assert set() == scripted - met


def test_a_tenant_that_fails_leaves_the_others_whole(journey: Journey) -> None:
    """Other tenants of the same run have their own trouble; it is told by their names."""
    told = journey.hunts[0].err

    assert [] == [one for one in journey.siem.bad if f"acme-{one}: failed" not in told]
    assert (3, False) == (journey.hunts[0].code, f"{TENANT}: failed" in told)


def test_bad_credentials_are_not_asked_again(journey: Journey) -> None:
    """Asking on would lock them out; what was under way beside the first refusal is all that may follow it."""
    asked = [first_entries(journey, tenant) for tenant in ("acme-wrong", "acme-expired")]
    assert [1, 1] == [sum(PUBLIC not in one.path for one in entries) for entries in asked]
    revoked = first_entries(journey, "acme-revoked")
    assert 1 <= sum(one.status == 401 for one in revoked) <= PARALLEL


def test_a_platform_whose_clock_is_an_hour_ahead_is_hunted_whole(journey: Journey) -> None:
    """Windows go by the time of events; only arrivals go by the platform's clock, and that is asked for."""
    said = {
        one["verdict"]
        for one in journey.struck["verdicts"]
        if one["tenant"] == "acme-skew" and one["scope"] == journey.siem.scope
    }

    assert small_truth(40, 80).ids() == found(journey.siem, journey.struck, "acme-skew")
    assert {"hits", "clean", "no_data", "waiting"} == said


def first_entries(journey: Journey, tenant: str) -> tuple[Entry, ...]:
    return journey.servers[tenant].journal.entries()[: journey.requests[tenant]]


def test_a_key_revoked_amid_a_hunt_leaves_clean_only_what_was_answered_before(journey: Journey) -> None:
    answered = [asked for asked, one in journey.siem.asked(first_entries(journey, "acme-revoked")) if one.status < 300]
    said = verdicts(journey.siem, journey.struck, "acme-revoked", WORDS[1])
    seen = {day for one in answered for day in said if one.start.date() <= day < one.end.date()}

    assert 14 == len(answered)
    assert set() == {day for day, (verdict, _) in said.items() if verdict == "clean"} - seen
    assert {"not_run", "denied"} == {verdict for day, (verdict, _) in said.items() if day not in seen}


def test_nothing_is_clean_of_a_tenant_that_could_not_be_seen(journey: Journey) -> None:
    """A cluster or a peer was left out, coverage was cut short, or nobody was let in."""
    dark = {f"acme-{one}" for one in (*journey.siem.unseen, *journey.siem.bad) if one != "revoked"}
    said = {(one["tenant"], one["verdict"]) for one in journey.struck["verdicts"] if one["tenant"] in dark}

    assert [] == [tenant for tenant, verdict in said if verdict == "clean"]
    assert {f"acme-{one}" for one in journey.siem.unseen} <= {tenant for tenant, _ in said}


def test_no_key_is_left_anywhere(journey: Journey) -> None:
    """Right, wrong, expired and revoked ones: in no file, on no terminal, in no list of processes."""
    assert [] == journey.office.leaks()
    assert any("huntline hunt" in line for line in journey.office.processes)


@pytest.mark.parametrize("siem", [Elastic(), Sentinel(), Splunk()], ids=lambda one: one.name)
def test_the_search_for_secrets_finds_one(siem: Siem, tmp_path: Path) -> None:
    """A search that cannot find proves nothing."""
    ends, processes = [Ended(0, "", siem.good.parts[-1])], {f"curl {siem.good.text}"}
    office = Office(tmp_path, siem, ends=ends, processes=processes)
    (tmp_path / "log.txt").write_text(siem.wrong.parts[-1], encoding="utf-8")

    assert ["log.txt", "terminal 0", "processes"] == office.leaks()
