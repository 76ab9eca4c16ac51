"""Scopes that held no data where another was searched are told once for all stages, and none of them is lost."""

from __future__ import annotations

import re
from datetime import date, timedelta

from engine.report.estate import AGENT, BUILD, DETECTIONS, FILE, FIRST, LOOKUP, PROCESS, case, cell
from huntline.model.case import Case, Coverage
from huntline.report.findings import answer
from huntline.report.gaps import Gap
from huntline.report.grid import tracks
from huntline.report.html import page
from huntline.report.storylines import storylines
from huntline.report.subject import subject_of
from huntline.verdicts import unstored

ASKED = "Where it was searched, another scope held no data. Should it have?"
MARCH, APRIL = (date(2023, 3, 10), date(2023, 3, 14)), (date(2023, 4, 3), date(2023, 4, 3))
SCOPES = {"sysmon": "Sysmon as JSON", "proxy": "Proxy logs", "mail": "Mail gateway"}


def silent(*cells: tuple[int, str, date, date, str], tenant: str = "north") -> Case:
    """Return a case in which all was searched, and scopes that hold data on one day hold none on others."""
    base = case()
    beside = tuple(
        cell(DETECTIONS[which], "no_data", first, last, scope=scope, why=why, tenant=tenant)
        for which, scope, first, last, why in cells
    )
    once = tuple(Coverage(tenant, scope, PROCESS, FIRST, 5) for scope in SCOPES)
    tenants = tuple(sorted({"north", tenant}))
    return case(
        cells=(*base.cells, *beside), coverage=(*base.coverage, *once), scopes=SCOPES, tenants=tenants,
        platforms=dict.fromkeys(tenants, "archive"),
    )  # fmt: skip


def gap_of(subject_case: Case, what: str = ASKED) -> Gap:
    subject = subject_of(subject_case)
    said = answer(subject, tracks(subject_case), storylines(subject))
    (found,) = (gap for gap in said.unknown if gap.what.startswith(what))
    return found


def test_what_is_so_for_every_stage_is_said_once_and_names_them_all() -> None:
    """Eight stages said the same in eight places, and nobody read the ninth line."""
    why = [unstored(str(told.logsource)) for told in DETECTIONS]
    subject = silent(*((n, "proxy", *MARCH, why[n]) for n in range(3)))

    assert (
        (
            "5 days (2023-03-10 to 2023-03-14), 3 detections: no data in Proxy logs: nothing of macos/file_event/*, "
            "windows/dns_query/*, windows/process_creation/* is stored. Stages: Payload, Beacon tried, Build present."
        ),
    ) == gap_of(subject).why


def test_scopes_that_are_silent_alike_share_a_line_and_others_have_their_own() -> None:
    """Days are counted once for each line, whatever number of detections asked."""
    same = unstored(str(FILE))
    subject = silent(
        (2, "proxy", *MARCH, same), (2, "mail", *MARCH, same), (2, "sysmon", *APRIL, same), tenant="south"
    )  # fmt: skip

    assert (
        (
            f"5 days (2023-03-10 to 2023-03-14), {AGENT.title}: no data in Mail gateway of south, Proxy logs of south: {same}. "
            "Stages: Payload."
        ),
        f"1 day (2023-04-03), {AGENT.title}: no data in Sysmon as JSON of south: {same}. Stages: Payload.",
    ) == gap_of(subject).why


def test_a_platforms_own_words_stay_beside_ours() -> None:
    """Expired is another matter than never sent."""
    expired = "table Proxy, expired: older than the 90 days that it is kept"
    subject = silent((0, "proxy", *MARCH, unstored(str(BUILD.logsource))), (1, "proxy", *APRIL, expired))

    assert (
        (
            "6 days (2023-03-10 to 2023-04-03), 2 detections: no data in Proxy logs: nothing of windows/process_creation/* "
            f"is stored; {expired}. Stages: Beacon tried, Build present."
        ),
    ) == gap_of(subject).why


def test_more_lines_than_four_are_folded_and_all_of_them_there() -> None:
    """A page of two screens that says the same hides what does not; the fold opens without our script."""
    days = [MARCH[0] + timedelta(days=n) for n in range(6)]
    scopes = {f"s{n}": f"Scope number {n}" for n in range(6)}
    base = silent(*((1, f"s{n}", days[n], days[n], unstored(str(LOOKUP.logsource))) for n in range(6)))
    once = tuple(Coverage("north", scope, PROCESS, FIRST, 5) for scope in scopes)
    text = page([case(cells=base.cells, coverage=(*base.coverage, *once), scopes=SCOPES | scopes)])
    shown, folded = text[text.index(ASKED) :].split("<details><summary>3 further lines</summary>")

    assert ["0", "1", "2"] == re.findall(r"no data in Scope number (\d)", shown)
    assert ["3", "4", "5"] == re.findall(r"no data in Scope number (\d)", folded[: folded.index("</details>")])


def test_scopes_without_any_event_are_all_named_by_their_tenants() -> None:
    """Nobody finds out what to send from "and 6 more"."""
    scopes = {f"s{n:02}": f"Scope {n:02}" for n in range(30)}
    cells = tuple(
        cell(BUILD, "no_data", scope=scope, tenant=("north", "south")[n % 2]) for n, scope in enumerate(scopes)
    )
    subject = case(
        cells=(*case().cells, *cells), scopes=dict(case().scopes) | scopes, tenants=("north", "south"),
        platforms={"north": "archive", "south": "splunk"},
    )  # fmt: skip
    north, south = gap_of(subject, "No events at all").why

    assert north == f"north: {', '.join(f'Scope {n:02}' for n in range(0, 30, 2))}."
    assert south == f"south: {', '.join(f'Scope {n:02}' for n in range(1, 30, 2))}."


def test_days_outside_a_stages_time_ask_nothing() -> None:
    """The beacon is looked for in spring; that its scope was empty in winter is no question."""
    winter = silent((1, "proxy", FIRST, date(2022, 12, 31), unstored(str(LOOKUP.logsource))))
    subject = subject_of(winter)
    said = answer(subject, tracks(winter), storylines(subject))

    assert [] == [gap for gap in said.unknown if gap.what == ASKED]
