"""Every step of a storyline says who saw it: an analyst weighs one intrusion by its witnesses."""

from __future__ import annotations

import html
import re
from datetime import timedelta

from engine.report.estate import AGENT, BUILD, LOOKUP, at, case, hit
from huntline.model.case import Case
from huntline.report.html import page
from huntline.report.storylines import Storyline, storylines
from huntline.report.subject import subject_of
from huntline.report.tellers import Teller, teller_words

PLATFORMS = {"north": "archive", "north-edr": "sentinel", "north-siem": "splunk"}


def seen() -> Case:
    """Two tenants saw one machine look a name up, a third one its payload."""
    hits = (
        hit(BUILD, 1, time=at(3, 14)),
        *(
            hit(LOOKUP, n, tenant=("north", "north-siem")[n % 2], time=at(3, 22) + timedelta(minutes=n))
            for n in range(5)
        ),
        hit(AGENT, 9, tenant="north-edr", time=at(3, 25)),
    )
    return case(hits=hits, tenants=tuple(PLATFORMS), platforms=PLATFORMS)


def line_of(subject_case: Case) -> Storyline:
    (line,) = storylines(subject_of(subject_case))
    return line


def steps_of(text: str) -> list[str]:
    """Return the steps of the page's storylines as a person reads them."""
    found = re.findall(r"<li>(<span class=\"at\">.*?)</li>", text, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", " ", one)) for one in found]


def test_a_step_counts_the_hits_of_each_tenant_that_saw_it() -> None:
    steps = line_of(seen()).steps

    assert [
        (Teller("north", 1),),
        (Teller("north", 3), Teller("north-siem", 2)),
        (Teller("north-edr", 1),),
    ] == [step.tenants for step in steps]


def test_a_storyline_counts_each_hit_for_one_tenant() -> None:
    """Two counts that differ would make one of them a lie."""
    line = line_of(seen())

    assert (Teller("north", 4), Teller("north-edr", 1), Teller("north-siem", 2)) == line.tenants
    assert len(line.hits) == sum(one.hits for one in line.tenants) == sum(step.hits for step in line.steps)


def test_every_step_of_the_page_names_tenant_and_platform() -> None:
    first, both, last = steps_of(page([seen()]))

    assert "north (archive)" in first
    assert "north (archive, 3 hits), north-siem (splunk, 2 hits)" in both
    assert "north-edr (sentinel)" in last


def test_the_storyline_names_all_that_saw_it_before_its_steps() -> None:
    """Whoever reads no steps still sees how many witnesses there are."""
    text = page([seen()])
    told = "Seen by 3 tenants: north (archive, 4 hits), north-edr (sentinel, 1 hit), north-siem (splunk, 2 hits)"

    assert told in text
    assert text.index(told) < text.index('<ol class="steps">')


def test_a_customer_of_one_tenant_is_told_of_it_once() -> None:
    """The same name behind every step would hide what differs."""
    text = page([case(hits=(hit(BUILD, 1), hit(LOOKUP, 2)))])

    assert text.count("Seen by north (archive)") == 1
    assert [] == [step for step in steps_of(text) if "north" in step]


def test_a_group_of_hits_names_the_tenants_it_was_found_at() -> None:
    """The filter of the table finds a tenant's hits by its name."""
    text = page([seen()])
    hosts = re.findall(r'<th scope="row" class="h"[^>]*>WS-0042<br>(.*?)</th>', text, re.DOTALL)

    assert {"north, north-siem", "north", "north-edr"} == {re.sub(r"<[^>]+>", "", one) for one in hosts}


def test_more_tenants_than_a_line_holds_are_counted() -> None:
    many = [Teller(f"t{n:02}", 1) for n in range(15)]

    assert teller_words(subject_of(seen()), many).endswith("t11 (1 hit) and 3 more")
