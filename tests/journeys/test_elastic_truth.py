"""Ten years of trouble in one hunt: every planted hit once, every window that was not searched named, nothing clean unseen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from journeys.cli import Ended
from journeys.siem import (
    CROWD,
    GOOD,
    SCOPE,
    SEARCH,
    SMALL,
    WORDS,
    WRONG,
    Office,
    Truth,
    asked_of,
    found,
    siem,
    small_truth,
    stored,
    truth,
    verdicts,
    window,
)
from journeys.siem_faults import all_faults, strikes
from journeys.siem_truth import TENANT, collected, lies
from lab.elastic.settings import ElasticSettings, Remote
from lab.serve.faults import Bend, Fault, Skew, When
from lab.serve.journal import Entry
from lab.serve.server import Running

PARALLEL = 2
UNSEEN = ("acme-eu", "acme-short")
BAD = ("acme-wrong", "acme-expired", "acme-revoked", "acme-proxy")


@dataclass(frozen=True, slots=True)
class Journey:
    """Two hunts of the same estate: one in which everything goes wrong, and one after all is well again."""

    office: Office
    told: Truth
    servers: Mapping[str, Running]
    struck: dict[str, Any]  # the report after the first
    healed: dict[str, Any]  # and after the second
    hunts: tuple[Ended, Ended]
    requests: Mapping[str, int]  # of the first, by tenant


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    base, told = tmp_path_factory.mktemp("truth"), truth(SMALL)
    office = Office(base / "office")
    office.folder.mkdir()
    office.rules(*WORDS, CROWD)
    with ExitStack() as stack:
        servers = {
            TENANT: stack.enter_context(siem(base / TENANT, stored(told), cap=SMALL.cap, faults=all_faults(strikes()))),
            **{name: stack.enter_context(_small(base / name, name)) for name in (*BAD, *UNSEEN, "acme-skew")},
        }
        for name, running in servers.items():
            key, more = WRONG if name == "acme-wrong" else GOOD, {"clusters": ["eu"]} if name == "acme-eu" else {}
            office.tenant(name, running, key=key, parallel=PARALLEL, **more)
        first, struck = office.hunt(), office.report()
        requests = {name: len(running.journal.entries()) for name, running in servers.items()}
        for running in servers.values():
            running.faults.clear()
        second, healed = office.hunt("--tenant", TENANT), office.report()
        yield Journey(office, told, servers, struck, healed, (first, second), requests)


def _small(folder: Path, name: str) -> Any:
    """Serve forty days to a tenant that is in trouble as a whole."""
    whole = ElasticSettings(keys=(GOOD,))
    settings = {
        "acme-expired": replace(whole, keys=(replace(GOOD, expires=datetime(2023, 1, 1, tzinfo=UTC)),)),
        "acme-eu": replace(whole, remotes=(Remote("eu"),)),
    }
    faults = {
        "acme-revoked": Fault(Bend("revoked_key"), When(path=SEARCH, nth=15, times=None)),
        "acme-proxy": Fault(Bend("not_elastic"), When(times=None)),
        "acme-eu": Fault(Bend("skipped_cluster", name="eu"), When(times=None)),
        "acme-skew": Fault(Skew(3_600), When(times=None)),
        "acme-short": Fault(Bend("terminated_early"), When(path="/_search", times=None)),
    }
    struck = [faults[name]] if name in faults else []
    return siem(folder, stored(small_truth(40, 80), days=40), settings=settings.get(name), faults=struck)


def test_every_window_but_those_that_failed_is_whole_and_those_are_named(journey: Journey) -> None:
    """Day by day: what was there and was searched is told as it is, what was not bears its own verdict and a reason."""
    lost = {window(one.window): one.verdict for one in strikes() if one.verdict}

    assert [] == list(lies(journey.told, journey.struck, lost))
    missing, wrong = collected(journey.told, journey.struck)
    kept = journey.told.ids(*lost)
    assert (0, 0) == ((missing & kept).total(), wrong.total())


def test_every_planted_hit_is_found_exactly_once_when_all_is_well_again(journey: Journey) -> None:
    """The second hunt asks for what the first could not have, and doubles nothing of what it had."""
    missing, wrong = collected(journey.told, journey.healed)

    assert (0, 0) == (missing.total(), wrong.total())
    assert [] == list(lies(journey.told, journey.healed, {}))


def test_the_second_hunt_searches_only_what_the_first_could_not(journey: Journey) -> None:
    entries = journey.servers[TENANT].journal.entries()[journey.requests[TENANT] :]
    lost = {window(one.window) for one in strikes() if one.verdict}

    assert lost == {asked for asked, _ in asked_of(entries)}


def test_every_fault_has_happened(journey: Journey) -> None:
    """A fault that no request met proves nothing."""
    met = {fault for running in journey.servers.values() for one in running.journal.entries() for fault in one.faults}
    scripted = {repr(fault.what) for fault in all_faults(strikes())}

    assert set() == scripted - met


def test_a_tenant_that_fails_leaves_the_others_whole(journey: Journey) -> None:
    """Five tenants of the same run have their own trouble; it is told by their names."""
    told = journey.hunts[0].err

    assert [] == [name for name in BAD if f"{name}: failed" not in told]
    assert (3, False) == (journey.hunts[0].code, f"{TENANT}: failed" in told)


def test_bad_credentials_are_not_asked_again(journey: Journey) -> None:
    """Asking on would lock them out; what was under way beside the first refusal is all that may follow it."""
    assert (1, 1) == (journey.requests["acme-wrong"], journey.requests["acme-expired"])
    revoked = first_entries(journey, "acme-revoked")
    assert 1 <= sum(one.status == 401 for one in revoked) <= PARALLEL


def test_a_platform_whose_clock_is_an_hour_ahead_is_hunted_whole(journey: Journey) -> None:
    """Windows go by the time of events; only arrivals go by the platform's clock, and that is asked for."""
    said = {
        one["verdict"] for one in journey.struck["verdicts"] if one["tenant"] == "acme-skew" and one["scope"] == SCOPE
    }

    assert small_truth(40, 80).ids() == found(journey.struck, "acme-skew")
    assert {"hits", "clean", "no_data", "waiting"} == said


def first_entries(journey: Journey, tenant: str) -> tuple[Entry, ...]:
    return journey.servers[tenant].journal.entries()[: journey.requests[tenant]]


def test_a_key_revoked_amid_a_hunt_leaves_clean_only_what_was_answered_before(journey: Journey) -> None:
    answered = [asked for asked, one in asked_of(first_entries(journey, "acme-revoked")) if one.status == 200]
    said = verdicts(journey.struck, "acme-revoked", WORDS[1])
    seen = {day for one in answered for day in said if one.start.date() <= day < one.end.date()}

    assert 14 == len(answered)
    assert set() == {day for day, (verdict, _) in said.items() if verdict == "clean"} - seen
    assert {"not_run", "denied"} == {verdict for day, (verdict, _) in said.items() if day not in seen}


@pytest.mark.parametrize("tenant", [*UNSEEN, *(name for name in BAD if name != "acme-revoked")])
def test_nothing_is_clean_of_a_tenant_that_could_not_be_seen(journey: Journey, tenant: str) -> None:
    """A cluster was skipped, coverage was cut short, or nobody was let in."""
    said = {one["verdict"] for one in journey.struck["verdicts"] if one["tenant"] == tenant}

    assert "clean" not in said
    assert said or tenant in BAD


def test_no_key_is_left_anywhere(journey: Journey) -> None:
    """Right, wrong, expired and revoked ones: in no file, on no terminal, in no list of processes."""
    assert [] == journey.office.leaks()
    assert any("huntline hunt" in line for line in journey.office.processes)


def test_the_search_for_keys_finds_one(tmp_path: Path) -> None:
    """A search that cannot find proves nothing."""
    office = Office(tmp_path, ends=[Ended(0, "", GOOD.secret)], processes={f"curl {GOOD.encoded}"})
    (tmp_path / "log.txt").write_text(WRONG.secret, encoding="utf-8")

    assert ["log.txt", "terminal 0", "processes"] == office.leaks()
