"""A proxy or resolver knows an address; the story is told under a host only where nobody else can be meant."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from engine.report.campaign import START, lines_of
from engine.report.estate import LOOKUP, case, hit
from huntline.model.case import Case, Hit
from huntline.model.lease import Lease
from huntline.model.window import Window
from huntline.report.addresses import NEAR

HOUR = timedelta(hours=1)
AT = "10.0.0.9"
CALL = hit(LOOKUP, 1, host=AT, entities={"address": "203.0.113.5"}, time=START)


def lease(host: str, start: datetime, end: datetime, address: str = AT) -> Lease:
    return Lease(address, host, Window(start, end))


def own(host: str, moment: datetime | None, number: int = 50, address: str = AT) -> Hit:
    """An endpoint's own record of a connection."""
    return hit(LOOKUP, number, host=host, time=moment, entities={"own_address": address, "address": "203.0.113.5"})


def hosts(*hits: Hit, leases: tuple[Lease, ...] = ()) -> list[str]:
    return sorted(line.host for line in lines_of(case(hits=hits, leases=leases)))


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        (START, START + HOUR, "ws-1"),
        (START - HOUR, START, f"unknown host at {AT}"),
        (START + HOUR, START + 2 * HOUR, f"unknown host at {AT}"),
    ],
)
def test_an_asset_file_names_the_host_of_that_moment_and_of_no_other(start: datetime, end: datetime, told: str) -> None:
    """Leases are half-open: the moment one ends, the address is the next one's."""
    assert [told] == hosts(CALL, leases=(lease("ws-1", start, end),))


def test_one_address_over_time_is_told_under_each_host_that_had_it() -> None:
    """DHCP hands addresses on."""
    later = hit(LOOKUP, 2, host=AT, time=START + HOUR)
    found = hosts(
        CALL, later, leases=(lease("ws-1", START, START + HOUR), lease("ws-2", START + HOUR, START + 2 * HOUR))
    )

    assert ["ws-1", "ws-2"] == found


def test_two_hosts_that_can_have_had_the_address_leave_it_unknown() -> None:
    """Accusing one of two machines by a coin is worse than not knowing."""
    both = (lease("ws-1", START, START + HOUR), lease("ws-2", START - HOUR, START + HOUR))

    assert [f"unknown host at {AT}"] == hosts(CALL, leases=both)


def test_short_and_full_name_of_one_host_are_no_contradiction() -> None:
    """An asset file and a sensor spell a machine in their own ways."""
    found = lines_of(case(hits=(CALL, own("WS-1.corp.example", START)), leases=(lease("ws-1", START, START + HOUR),)))

    assert [("WS-1.corp.example", [(AT, ("asset file", "endpoint events"), 1)])] == [
        (line.host, [(one.address, one.by, one.hits) for one in line.joined]) for line in found
    ]


def test_an_asset_file_and_an_endpoint_that_disagree_leave_it_unknown() -> None:
    """One of them is wrong, and nobody here can say which."""
    found = hosts(CALL, own("ws-2", START), leases=(lease("ws-1", START, START + HOUR),))

    assert [f"unknown host at {AT}", "ws-2"] == found


@pytest.mark.parametrize(
    ("moment", "joined"),
    [(START - NEAR, True), (START + NEAR, True), (START + NEAR + HOUR, False), (START - NEAR - HOUR, False)],
)
def test_an_endpoints_own_event_names_its_address_for_a_while(moment: datetime, joined: bool) -> None:
    """The nearer, the surer; the next day the address may be another's."""
    expected = ["ws-1"] if joined else [f"unknown host at {AT}", "ws-1"]

    assert expected == hosts(CALL, own("ws-1", moment))


def test_many_events_of_one_endpoint_are_judged_by_the_nearest() -> None:
    far = [own("ws-1", START + days * 24 * HOUR, 60 + days) for days in (-3, -2, 2, 3)]

    assert ["ws-1"] == hosts(CALL, *far, own("ws-1", START + HOUR))
    assert [f"unknown host at {AT}", "ws-1"] == hosts(CALL, *far)


@pytest.mark.parametrize(
    "event",
    [
        own("ws-1", START, address="10.0.0.10"),
        own("ws-1", START, address="ws-1"),
        own("ws-1", None),
        hit(LOOKUP, 9, host="ws-1", time=START, entities={"address": AT}),
    ],
)
def test_an_address_that_need_not_be_the_hosts_own_names_nobody(event: Hit) -> None:
    """The address an event names is mostly where it went."""
    assert [f"unknown host at {AT}", "ws-1"] == hosts(CALL, event)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "0.0.0.0", "169.254.7.7", "fe80::1"])
def test_an_address_that_every_host_has_names_nobody(address: str) -> None:
    """A proxy that logs itself as client would otherwise be the first endpoint that spoke to itself."""
    assert [f"unknown host at {address}", "ws-1"] == hosts(
        hit(LOOKUP, 1, host=address, time=START), own("ws-1", START, address=address)
    )


def test_an_undated_hit_stays_at_its_address() -> None:
    """Without a time nobody can say who had it."""
    undated = hit(LOOKUP, 1, host=AT, time=None)

    assert [f"unknown host at {AT}"] == hosts(undated, leases=(lease("ws-1", START, START + HOUR),))


def test_the_far_side_of_a_hit_without_host_is_never_looked_up() -> None:
    """Where no client is logged, the address is the server's."""
    far = hit(LOOKUP, 1, host="", entities={"address": AT}, time=START)

    assert [f"unknown host at {AT}"] == hosts(far, leases=(lease("ws-1", START, START + HOUR),))


@pytest.mark.parametrize("spelling", ["2001:DB8:0:0::1", "2001:db8::1"])
def test_spellings_of_one_address_are_one(spelling: str) -> None:
    call = hit(LOOKUP, 1, host=spelling, time=START)

    assert ["ws-1"] == hosts(call, leases=(lease("ws-1", START, START + HOUR, "2001:db8::1"),))


def test_hits_joined_by_address_count_for_the_hosts_delays_and_are_no_spelling_of_it() -> None:
    line = lines_of(case(hits=(CALL, own("ws-1", START + HOUR))))[0]

    assert ("ws-1", (), 2, False) == (line.host, line.spellings, len(line.hits), line.unknown)


def test_two_customers_with_one_host_name_and_address_never_meet() -> None:
    """Half the companies of the world have a 10.0.0.9; each case knows its own leases and hits alone."""

    def told(subject: Case) -> list[str]:
        return [line.host for line in lines_of(subject)]

    north = case(customer="North", hits=(CALL,), leases=(lease("ws-1", START, START + HOUR),))
    south = case(customer="South", hits=(CALL,))

    assert (["ws-1"], [f"unknown host at {AT}"]) == (told(north), told(south))
