"""Log content is the attacker's text: from the file to the report and the terminal it stays text."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from journeys.cli import beacon, hunt, report, write_lines

HOSTILE = {
    "script": "<script>document.title='owned'</script>",
    "formula": "=cmd|'/C calc'!A0",
    "ansi": "\x1b[31mred\x1b]0;owned\x07",
    "quotes": "\"'`’“«</style></title><img src=x onerror=alert(1)>",
    "template": "{{7*7}}{% raw %}${7*7}",
    "bidi": "abc\u202egnp.exe",
    "long": "x" * 2**20,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every hostile text once as user, process and host of a real hit, in a file with a hostile name."""
    cwd = tmp_path_factory.mktemp("hostile")
    events = [
        beacon(n, User=text, ProcessGuid=text, Hostname=f"ws {text[:200]}", QueryResults=text)
        for n, text in enumerate(HOSTILE.values())
    ]
    write_lines(cwd / "logs" / "a'b\"<script>\x1b[31m.ndjson", events)
    ended = hunt(cwd / "logs", cwd)
    document = report(cwd)
    assert (3, len(HOSTILE)) == (ended.code, len(document["cases"][0]["hits"]))
    (cwd / "told.txt").write_text(ended.out + ended.err, encoding="utf-8")
    return cwd


def test_the_terminal_gets_no_control_characters(folder: Path) -> None:
    assert "\x1b" not in (folder / "told.txt").read_text(encoding="utf-8")


def test_html_holds_no_element_of_the_logs(folder: Path) -> None:
    page = (folder / "report" / "report.html").read_text(encoding="utf-8")

    assert [] == [text for text in ("<script>document.title", "<img src=x", "\x1b", "\u202e") if text in page]
    assert len(page) < 10 * 2**20


def test_no_cell_of_the_csv_is_a_formula(folder: Path) -> None:
    text = (folder / "report" / "hits.csv").read_text(encoding="utf-8")
    cells = [cell for row in csv.reader(text.splitlines()) for cell in row]

    assert "\x1b" not in text
    assert [] == [cell for cell in cells if cell.lstrip()[:1] in ("=", "+", "-", "@")]


def test_json_keeps_the_text_as_it_was(folder: Path) -> None:
    document = json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))
    users = {json.loads(hit["raw"])["User"] for hit in document["cases"][0]["hits"]}

    assert set(HOSTILE.values()) == users


@pytest.mark.skipif(not shutil.which("chromium"), reason="Debian's chromium is not installed")
def test_a_browser_runs_nothing_of_it(folder: Path, tmp_path: Path) -> None:
    page = (folder / "report" / "report.html").as_uri()
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    browser = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", *quiet, f"--user-data-dir={tmp_path}"]
    done = subprocess.run([*browser, "--dump-dom", page], capture_output=True, text=True, check=True, timeout=120)
    title = done.stdout.partition("<title>")[2].partition("</title>")[0]

    assert (True, False) == (bool(title), "owned" in title)
