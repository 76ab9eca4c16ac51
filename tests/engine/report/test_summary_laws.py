"""Laws of the summary over all customers: a line each, the gravest first, and nothing of it in a report on one."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine.report.estate import BUILD, DETECTIONS, LOOKUP, breached, case, cell, hit
from engine.report.hostile import TEXTS, hostile
from engine.report.test_file_laws import TEN_MB, UNSEEN, _Page, schema
from huntline.model.case import Case, Expected
from huntline.report.html import page
from huntline.report.write import Written, write_report

WHOLE = case(customer="Whole")
OPEN = case(customer="Open", cells=tuple(cell(one, "blind") for one in DETECTIONS))
TRIED = case(customer="Tried", hits=(hit(LOOKUP, 1), hit(LOOKUP, 2, host="", entities={"address": "10.0.0.9"})))
KNOWN = case(customer="Here", hits=(hit(BUILD, 1),))
FRESH = case(customer="Here anew", hits=(hit(BUILD, 1, new=True),))
ALL = (WHOLE, OPEN, TRIED, KNOWN, FRESH, breached())


def summed(cases: tuple[Case, ...], out: Path) -> tuple[Written, dict[str, Any]]:
    written = write_report(cases, out, run_log=None)
    return written, json.loads((out / "report.json").read_text("utf-8"))


def test_the_gravest_stands_first_then_what_is_new_and_what_nobody_can_tell_before_clean(tmp_path: Path) -> None:
    """Who has a hundred customers reads from the top and stops somewhere."""
    written, document = summed(ALL, tmp_path)
    wanted = ["Northwind", "Tried", "Here anew", "Here", "Open", "Whole"]

    assert wanted == [line["customer"] for line in document["summary"]] == [line.customer for line in written.lines]
    assert wanted == re.findall(r'<th scope="row"><a href="#c\d+">([^<]+)</a>', written.page.read_text("utf-8"))


def test_the_document_with_a_summary_keeps_its_published_schema(tmp_path: Path) -> None:
    _, document = summed(ALL, tmp_path)

    assert [] == [error.message for error in Draft202012Validator(schema()).iter_errors(document)]


def test_a_line_says_what_the_customers_own_answer_says(tmp_path: Path) -> None:
    """Two places that could disagree would be worse than one."""
    _, document = summed(ALL, tmp_path)
    answers = {one["customer"]: one["answer"] for one in document["cases"]}
    shared = ("kind", "headline", "stage", "grade", "hits", "new")

    for line in document["summary"]:
        said = answers[line["customer"]]
        assert {key: said[key] for key in shared} == {key: line[key] for key in shared}
        assert said["hosts"] == line["hosts"] + line["addresses"]
        assert sum(rung["searched"]["checks"] for rung in said["stages"]) == line["checks"]


def test_an_address_nobody_knows_is_no_host(tmp_path: Path) -> None:
    _, document = summed(ALL, tmp_path)
    (line,) = (one for one in document["summary"] if one["customer"] == "Tried")

    assert (1, 1) == (line["hosts"], line["addresses"])


def test_expected_hosts_and_warnings_are_in_the_line(tmp_path: Path) -> None:
    lost = replace(WHOLE, expected=(Expected("lost", {}),), warnings=("TLS is not verified.",))
    _, document = summed((lost, OPEN), tmp_path)
    (line,) = (one for one in document["summary"] if one["customer"] == "Whole")

    assert ({"seen": 0, "of": 1}, 1) == (line["expected"], line["warnings"])


def test_a_report_on_one_customer_has_no_summary(tmp_path: Path) -> None:
    written, document = summed((breached(),), tmp_path)

    assert (False, False) == ("summary" in document, 'id="summary"' in written.page.read_text("utf-8"))


@pytest.mark.parametrize("many", [6, 40, 600])
def test_every_link_of_the_page_leads_somewhere(many: int) -> None:
    """Also where there are so many customers that first chapters and then answers are left out."""
    seen = {f"scope-{n}": tuple((date(2020 + m // 12, m % 12 + 1, 1), m) for m in range(60)) for n in range(60)}
    wide = replace(breached(), hosts=seen if many == 40 else {})
    shown = page([replace(wide, customer=f"Customer {n:04d}") for n in range(many)])
    answers = shown.count('<article class="answer')

    assert set() == set(re.findall(r'href="#([^"]+)"', shown)) - set(re.findall(r'id="([^"]+)"', shown))
    assert (many < 600, many < 40) == (answers == many, "further customers could not be shown" not in shown)


def test_thousands_of_customers_stay_under_the_size_and_are_counted() -> None:
    shown = page(
        [replace(WHOLE, customer=f"Customer {n:05d} {'x' * 100}", detections=(), cells=()) for n in range(3000)]
    )
    lines = len(re.findall(r'<tr class="nothing_found|<tr class="cannot_tell', shown))

    assert len(shown.encode()) < TEN_MB
    assert f"{3000 - lines:,} further customers are in report.json" in shown


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_names_stay_text_in_the_summary(text: str) -> None:
    shown = page([hostile(text), WHOLE])
    seen = _Page(shown)

    assert 'id="summary"' in shown
    assert (1, 1, 0, []) == (seen.tags.count("script"), seen.tags.count("style"), seen.tags.count("img"), seen.leaving)
    assert None is UNSEEN.search(shown)
