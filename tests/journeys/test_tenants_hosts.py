"""Expected hosts, filters and asset files on their way from the tenants file to the answer, each of one customer only."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from journeys.cli import beacon, huntline, lookup, write_lines

FILE = """customers:
  - name: Acme
    assets: acme-leases.csv
    tenants:
      - name: acme-exports
        platform: archive
        settings: {logs: [acme/]}
        expected_hosts: acme-hosts.txt
        filters: [acme-filter.yml]
  - name: Umbrella
    assets: umbrella-leases.csv
    tenants:
      - name: umbrella-exports
        platform: archive
        settings: {logs: [umbrella/]}
        expected_hosts: [umbrella-pc, UMBRELLA-LOST]
"""
FILTER = """title: acme-filter of names acme-owns
logsource: {category: dns_query, product: windows}
filter:
  rules: [acme-rule, 22222222-2222-4222-8222-222222222222]
  selection: {QueryName|startswith: acme-}
  condition: not selection
"""
RULE = """title: Lookups of a controller
id: 22222222-2222-4222-8222-222222222222
logsource: {category: dns_query, product: windows}
detection: {selection: {QueryName|contains: akamaitech}, condition: selection}
level: high
"""


def given(folder: Path) -> Path:
    days = range(9)
    of_acme = [lookup(day, Hostname="acme-pc.acme.example") for day in days]
    of_acme += [beacon(20, Hostname="acme-pc.acme.example", QueryName="acme-akamaitech.example")]
    write_lines(folder / "acme" / "a.ndjson", of_acme)
    write_lines(folder / "umbrella" / "a.ndjson", [lookup(day, Hostname="umbrella-pc") for day in days])
    (folder / "acme-hosts.txt").write_text("# acme\nACME-PC\nacme-server\n", encoding="utf-8")
    (folder / "acme-filter.yml").write_text(FILTER, encoding="utf-8")
    for name in ("acme", "umbrella"):
        (folder / f"{name}-leases.csv").write_text(f"address,host,from,until\n10.0.0.9,{name}-nb,,\n", encoding="utf-8")
    (folder / "rules").mkdir()
    (folder / "rules" / "rule.yml").write_text(RULE, encoding="utf-8")
    (folder / "tenants.yml").write_text(FILE, encoding="utf-8")
    return folder


def hunted(folder: Path) -> int:
    return huntline("hunt", "--pack", "rules", "--since", "2023-03-20", "--until", "2023-03-29", cwd=folder).code


def searches(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "huntline-ledger.sqlite")) as ledger:
        (count,) = ledger.execute("SELECT count(*) FROM orders").fetchone()
    return int(count)


def reported(folder: Path, *more: str) -> dict[str, dict[str, Any]]:
    done = huntline("report", "--out", "out", *more, cwd=folder)
    if done.code:
        raise AssertionError(done.err)
    document = json.loads((folder / "out" / "report.json").read_text(encoding="utf-8"))
    return {case["customer"]: case for case in document["cases"]}


def test_the_answer_is_about_the_hosts_that_were_seen(tmp_path: Path) -> None:
    """From the logs through the ledger: a short name in the list, the full one in the log."""
    hunted(given(tmp_path))
    cases = reported(tmp_path)

    assert {"Acme": ["acme-server"], "Umbrella": ["UMBRELLA-LOST"]} == {
        name: case["answer"]["stages"][0]["expected"]["absent"] for name, case in cases.items()
    }
    assert ["acme-pc.acme.example", "acme-server"] == [one["host"] for one in cases["Acme"]["expected"]]
    assert "Nothing found in what was searched, on 1 of 2 expected hosts." == cases["Umbrella"]["answer"]["headline"]


def test_a_filter_takes_its_hits_away_for_its_tenant_alone(tmp_path: Path) -> None:
    given(tmp_path)
    write_lines(tmp_path / "umbrella" / "b.ndjson", [beacon(20, QueryName="acme-akamaitech.example")])
    code = hunted(tmp_path)

    assert (3, {"Acme": 0, "Umbrella": 1}) == (
        code,
        {name: len(case["hits"]) for name, case in reported(tmp_path).items()},
    )


def test_an_idle_filter_is_told_in_the_report_of_its_customer(tmp_path: Path) -> None:
    hunted(given(tmp_path))
    cases = reported(tmp_path)

    assert ([True], []) == (["'acme-rule'" in w for w in cases["Acme"]["warnings"]], cases["Umbrella"]["warnings"])


def test_a_customers_report_holds_no_host_filter_or_address_of_another(tmp_path: Path) -> None:
    hunted(given(tmp_path))
    held = {}
    for name in ("Acme", "Umbrella"):
        reported(tmp_path, "--customer", name)
        held[name] = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir()).lower()

    assert (True, False) == ("acme-server" in held["Acme"], "umbrella" in held["Acme"])
    assert (True, False) == ("umbrella-lost" in held["Umbrella"], "acme" in held["Umbrella"])


def test_a_host_expected_anew_changes_the_answer_without_searching_again(tmp_path: Path) -> None:
    """The report reads only the ledger, so the next hunt takes the list there; every file is finished already."""
    hunted(given(tmp_path))
    orders, before = searches(tmp_path), reported(tmp_path)["Umbrella"]["answer"]["headline"]
    (tmp_path / "tenants.yml").write_text(FILE.replace("UMBRELLA-LOST", "umbrella-pc"), encoding="utf-8")
    unread = reported(tmp_path)["Umbrella"]["answer"]["headline"]
    again = huntline("hunt", "--pack", "rules", "--since", "2023-03-20", "--until", "2023-03-29", cwd=tmp_path)
    after = reported(tmp_path)["Umbrella"]["answer"]["headline"]

    assert ("on 1 of 2 expected hosts" in before, before) == (True, unread)
    assert "on 1 of 1 expected host" in after
    assert (0, orders, True) == (again.code, searches(tmp_path), orders > 0)


def test_lint_finds_what_is_wrong_in_every_file_that_is_named(tmp_path: Path) -> None:
    given(tmp_path)
    (tmp_path / "acme-filter.yml").write_text(FILTER.replace("not selection", "selection"), encoding="utf-8")
    (tmp_path / "umbrella-leases.csv").write_text("address,host,from,until\nnowhere,pc,,\n", encoding="utf-8")
    wrong = FILE.replace("archive\n        settings: {logs: [umbrella/]}", "archiv")
    (tmp_path / "tenants.yml").write_text(wrong, encoding="utf-8")
    linted = huntline("tenants", "lint", "--pack", "rules", "--json", cwd=tmp_path)
    found = [(Path(one["file"]).name, one["line"], one["key"]) for one in json.loads(linted.out)]

    assert 1 == linted.code
    assert [
        ("tenants.yml", 14, "umbrella-exports: platform"),
        ("acme-filter.yml", 6, "filter.condition"),
        ("umbrella-leases.csv", 2, "address"),
    ] == found


def test_a_sound_file_has_no_findings_but_those_of_its_filters(tmp_path: Path) -> None:
    linted = huntline("tenants", "lint", "--pack", "rules", cwd=given(tmp_path))

    assert (0, "tenants.yml: 2 tenants, 0 errors, 1 warnings") == (linted.code, linted.out.splitlines()[-1])
    assert "acme-filter.yml:4: warning: filter.rules: the filter names 'acme-rule'" in linted.out


def test_compile_for_a_tenant_filters_too_and_leaves_out_what_it_cannot_filter(tmp_path: Path) -> None:
    given(tmp_path)
    tenants = tmp_path / "siem.yml"
    tenants.write_text("customers: [{name: A, tenants: [{name: a, platform: splunk, filters: [acme-filter.yml]}]}]\n")
    written, left = [], []
    for text in (FILTER, FILTER.replace("not selection", "selection")):
        (tmp_path / "acme-filter.yml").write_text(text, encoding="utf-8")
        done = huntline("compile", "rules", "--tenants", tenants, "--tenant", "a", "--out", "content", cwd=tmp_path)
        texts = [path.read_text(encoding="utf-8") for path in (tmp_path / "content").rglob("*.spl")]
        written.append((bool(texts), all("acme-" in text for text in texts)))
        left.append("left out: 22222222" in done.err)

    assert ([(True, True), (False, True)], [False, True]) == (written, left)
