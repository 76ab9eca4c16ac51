"""Customers of one run: each has its own answer, and one that fails hurts no other."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

from journeys.cli import UNTIL, beacon, huntline, lookup, write_lines

FILE = """customers:
  - name: Acme
    tenants:
      - {name: acme-exports, platform: archive, settings: {logs: [acme/]}}
  - name: Umbrella
    tenants:
      - {name: umbrella-exports, platform: archive, settings: {logs: [umbrella/]}}
      - {name: umbrella-lost, platform: archive, settings: {logs: [nowhere/]}}
"""


def given(folder: Path) -> Path:
    write_lines(folder / "acme" / "a.ndjson", [lookup(0, Hostname="acme-pc"), beacon(1, Hostname="acme-pc")])
    write_lines(folder / "umbrella" / "a.ndjson", [lookup(0, Hostname="umbrella-pc")])
    path = folder / "tenants.yml"
    path.write_text(FILE)
    return path


def test_a_failing_tenant_is_named_and_the_others_are_hunted(tmp_path: Path) -> None:
    given(tmp_path)
    ended = huntline("hunt", "--until", UNTIL, cwd=tmp_path)

    assert (3, True, True) == (ended.code, "umbrella-lost: failed" in ended.err, "acme-exports: 1 event" in ended.out)


def test_one_tenant_can_be_hunted_alone(tmp_path: Path) -> None:
    given(tmp_path)
    ended = huntline("hunt", "--tenant", "umbrella-exports", "--until", UNTIL, cwd=tmp_path)

    assert (0, False) == (ended.code, "acme" in ended.out + ended.err)


def test_a_customers_report_holds_nothing_of_another(tmp_path: Path) -> None:
    given(tmp_path)
    huntline("hunt", "--until", UNTIL, cwd=tmp_path)
    ended = huntline("report", "--customer", "Umbrella", "--out", "out", cwd=tmp_path)
    files = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir())
    told = (files + ended.out + ended.err).lower()

    assert (0, False, True) == (ended.code, "acme" in told, "umbrella" in told)
    assert "summary" not in json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))


def test_a_report_on_all_sums_them_up_in_every_place_the_same(tmp_path: Path) -> None:
    """The page, the document and the terminal, so that nobody has to open one to believe another."""
    given(tmp_path)
    huntline("hunt", "--until", UNTIL, cwd=tmp_path)
    ended = huntline("report", "--out", "out", cwd=tmp_path)
    *lines, last = ended.out.splitlines()
    summary = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))["summary"]
    page = (tmp_path / "out" / "report.html").read_text("utf-8")

    assert [f"{one['customer']}: {one['headline']} (" for one in summary] == [
        f"{one.split(' (')[0]} (" for one in lines
    ]
    assert ["Acme", "Umbrella"] == re.findall(r'<th scope="row"><a href="#c\d+">([^<]+)</a>', page)
    assert ["(1 hit, 1 new", "(no hits"] == [line[line.index("(") :].split(";")[0] for line in lines]
    assert "out/report.html" == last


def test_two_customers_have_two_answers_in_one_report(tmp_path: Path) -> None:
    given(tmp_path)
    huntline("hunt", "--until", UNTIL, cwd=tmp_path)
    huntline("report", "--out", "out", cwd=tmp_path)
    document = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))

    assert [("Acme", 1), ("Umbrella", 0)] == [(case["customer"], len(case["hits"])) for case in document["cases"]]


def test_an_unknown_key_is_told_with_file_line_and_key(tmp_path: Path) -> None:
    path = given(tmp_path)
    path.write_text(FILE.replace("logs: [acme/]}}", "logs: [acme/]}, colour: red}"))
    linted, hunted = huntline("tenants", "lint", path, cwd=tmp_path), huntline("hunt", cwd=tmp_path)

    assert (1, True) == (linted.code, "tenants.yml:4: error: customers.0.tenants.0.colour:" in linted.out)
    assert (2, True) == (hunted.code, "tenants.yml:4: customers.0.tenants.0.colour:" in hunted.err)


def test_the_command_prints_the_schema_that_is_published(tmp_path: Path) -> None:
    printed = huntline("tenants", "schema", cwd=tmp_path)

    assert (0, files("huntline.tenants").joinpath("tenants.schema.json").read_text("utf-8")) == (
        printed.code,
        printed.out,
    )


def test_no_file_is_wrong_usage_not_a_sound_file(tmp_path: Path) -> None:
    linted = huntline("tenants", "lint", cwd=tmp_path)

    assert (2, True) == (linted.code, "there is no file tenants.yml" in linted.err)
