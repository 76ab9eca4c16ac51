"""The files of a report: whole, equal for equal cases, harmless to open, and never too large."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine.report.estate import AGENT, BUILD, LOOKUP, at, breached, case, hit
from engine.report.hostile import TEXTS, hostile
from huntline.model.case import Case
from huntline.report.html import page
from huntline.report.table import COLUMNS
from huntline.report.write import write_report

TEN_MB = 10_000_000
UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)


def written(cases: Sequence[Case], out: Path) -> dict[str, str]:
    write_report(cases, out, run_log={"attempts": 1})
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(out.iterdir())}


def schema() -> Any:
    return json.loads(files("huntline.report").joinpath("schema", "report.schema.json").read_text("utf-8"))


def test_equal_cases_give_equal_bytes_whatever_the_run_log(tmp_path: Path) -> None:
    """Two runs over one ledger must be comparable with cmp, also where a mapping was built in another order."""
    other = replace(breached(), scopes=dict(reversed(list(breached().scopes.items()))))
    write_report([breached(), case(customer="Z")], tmp_path / "a", run_log={"attempts": 1})
    write_report([case(customer="Z"), other], tmp_path / "b", run_log={"attempts": 2})
    same = [
        name
        for name in ("report.html", "report.json", "hits.csv")
        if _bytes(tmp_path, "a", name) == _bytes(tmp_path, "b", name)
    ]

    assert same == ["report.html", "report.json", "hits.csv"]


def test_the_run_log_is_written_as_given_and_nothing_else_is_left_behind(tmp_path: Path) -> None:
    """No temporary file survives, and a second report takes the first one's place."""
    written([case()], tmp_path)
    found = written([case()], tmp_path)

    assert list(found) == ["hits.csv", "report.html", "report.json", "run-log.json"]
    assert json.loads(found["run-log.json"]) == {"attempts": 1}


def test_a_report_that_cannot_be_written_leaves_the_former_one_whole(tmp_path: Path) -> None:
    """Half a report is worse than an old one."""
    before = written([case()], tmp_path)
    broken = replace(breached(), stores=(None,))  # type: ignore[arg-type]  # stands for any defect on the way
    with pytest.raises(AttributeError):
        write_report([broken], tmp_path, run_log=None)

    assert (before["report.html"], before["report.json"]) == (
        (tmp_path / "report.html").read_text("utf-8"),
        (tmp_path / "report.json").read_text("utf-8"),
    )
    assert sorted(before) == sorted(path.name for path in tmp_path.iterdir())


@pytest.mark.parametrize("subject", [case(), breached(), case(detections=(), cells=(), stages=())])
def test_the_document_keeps_its_published_schema(tmp_path: Path, subject: Case) -> None:
    """Others read the JSON by its schema."""
    document = json.loads(written([subject], tmp_path)["report.json"])

    assert [] == [error.message for error in Draft202012Validator(schema()).iter_errors(document)]


def test_the_document_and_the_table_hold_every_hit(tmp_path: Path) -> None:
    """What the page groups, these keep apart."""
    found = written([breached()], tmp_path)
    events = [one.event for one in breached().hits]

    assert [one["event"] for one in json.loads(found["report.json"])["cases"][0]["hits"]] == events
    assert [row["event"] for row in csv.DictReader(found["hits.csv"].splitlines())] == events


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_text_stays_text(tmp_path: Path, text: str) -> None:
    """A log line is the attacker's letter to the analyst; it must neither run nor hide nor steer."""
    found = written([hostile(text)], tmp_path)
    seen = _Page(found["report.html"])

    assert (1, 1, 0, []) == (seen.tags.count("script"), seen.tags.count("style"), seen.tags.count("img"), seen.leaving)
    assert [] == [
        UNSEEN.search(found[name]) for name in ("report.html", "hits.csv", "report.json") if UNSEEN.search(found[name])
    ]
    assert [] == [cell for cell in _cells(found["hits.csv"]) if re.match(r"[\s\u2400-\u2421]*[=+\-@]", cell)]
    assert [] == [cell for cell in _cells(found["hits.csv"]) if re.search(r";\s*[=+\-@]", cell)]
    assert "49" not in seen.text.replace("{{7*7}}", "")
    assert not re.search(r"(?<!hxxp)(?<!hxxps)://", found["report.html"])
    assert json.loads(found["report.json"])["cases"][0]["hits"][0]["raw"] == text


def test_what_matched_and_what_was_logged_lose_their_teeth() -> None:
    """An analyst copies from the page into mails and chats that make links of what they can."""
    text = "GET https://evil.example/path from 203.0.113.9 and 2001:db8::1"
    found = hit(LOOKUP, values=(("Url", text),), raw=text, entities={"url": text, "address": "203.0.113.9"})
    shown = page([case(hits=(found,))])

    assert "hxxps://evil[.]example/path from 203[.]0[.]113[.]9 and 2001[:]db8::1" in shown
    assert not re.search(r"evil\.example|203\.0\.113\.9|2001:db8", shown)


def test_a_megabyte_is_cut_and_its_length_told(tmp_path: Path) -> None:
    """One field must not be able to fill the page."""
    long = "A" * 1_048_576
    found = written(
        [case(hits=(hit(LOOKUP, values=(("QueryName", long),), raw=long, host=long, event=long),))], tmp_path
    )

    assert "[first 300 of 1,048,576 characters]" in found["report.html"]
    assert len(found["report.html"]) < 200_000
    assert max(map(len, _cells(found["hits.csv"]))) < 32_767


def test_equal_hits_are_one_group_with_the_exact_count() -> None:
    """Sixty thousand times the same is one finding."""
    many = tuple(hit(LOOKUP, number % 12_000, event=str(number)) for number in range(60_000))
    shown = page([case(hits=many)])

    assert "<strong>60,000 hits</strong>" in shown
    assert len(shown.encode()) < TEN_MB


def test_many_different_hits_fit_and_what_is_left_out_is_counted_exactly() -> None:
    """The page stays under its size, tells the gravest, and says what only the other files hold."""
    wide = tuple((f"Field{n}", "v" * 290) for n in range(12))
    many = tuple(
        hit(LOOKUP, n, values=(("QueryName", f"host-{n}.example"), *wide), host=f"pc-{n}") for n in range(20_000)
    )
    grave = hit(AGENT, 30_000, host="the-one")
    drawn = page([case(hits=(*many, grave))])
    shown = drawn.count('class="w"')
    left = re.search(r"<strong>([\d,]+) groups with ([\d,]+) hits are not shown here</strong>", drawn)

    assert left
    assert (f"{20_001 - shown:,}",) * 2 == left.groups()
    assert len(drawn.encode()) < TEN_MB
    assert drawn.index('data-label="Host">the-one') < drawn.index('data-label="Host">pc-')


def test_new_hits_come_before_known_ones_of_the_same_stage() -> None:
    """The analyst who reads every week looks for what changed."""
    hits = (hit(BUILD, 1, host="known", time=at(3, 2)), hit(BUILD, 2, host="fresh", time=at(3, 9), new=True))
    shown = page([case(hits=hits)])

    assert shown.index('data-label="Host">fresh') < shown.index('data-label="Host">known')


def test_the_table_names_its_columns() -> None:
    """Scripts of others lean on them; changing one is a decision."""
    assert COLUMNS[:4] == ("customer", "tenant", "platform", "scope")
    assert len(COLUMNS) == 22


def test_many_customers_stay_under_the_size() -> None:
    """A provider reports on all of its customers at once."""
    hits = tuple(hit(LOOKUP, n, host=f"pc-{n}", time=at(3, 1) + timedelta(hours=n)) for n in range(60))
    seen = {f"scope-{n}": tuple((date(2020 + m // 12, m % 12 + 1, 1), m) for m in range(60)) for n in range(60)}
    shown = page([replace(breached(), customer=f"Customer {n:03d}", hits=hits, hosts=seen) for n in range(300)])

    assert len(shown.encode()) < TEN_MB
    assert re.search(r"The chapters of \d+ further customers could not be shown", shown)


class _Page(HTMLParser):
    """What a browser would make of the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.leaving: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in {"src", "href", "srcset", "action", "xlink:href"} and not (value or "").startswith("#"):
                self.leaving.append(f"{name}={value}")
            if name.startswith("on"):
                self.leaving.append(name)

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] not in (["style"], ["script"]):
            self.text += data


def _cells(table: str) -> list[str]:
    return [cell for row in csv.reader(table.splitlines()) for cell in row]


def _bytes(root: Path, folder: str, name: str) -> bytes:
    return (root / folder / name).read_bytes()
