"""The page in a real browser: nothing asked for, nothing run but our own script, no error."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from engine.report.estate import breached
from engine.report.hostile import CANARY, TEXTS, hostile
from huntline.report.write import write_report

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine: the page was not opened")


def opened(page: Path, profile: Path) -> tuple[str, str]:
    """Return the page as the browser has it after its scripts ran, and what the console said."""
    quiet = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
    done = subprocess.run(
        [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", *quiet, f"--user-data-dir={profile}",
         "--enable-logging=stderr", "--v=0", "--dump-dom", page.as_uri()],
        capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    console = [line for line in done.stderr.decode(errors="replace").splitlines() if "CONSOLE" in line]
    return done.stdout.decode(errors="replace"), "\n".join(console)


def test_our_script_runs_and_nothing_complains(tmp_path: Path) -> None:
    """The controls appear only if the policy let our script through; a blocked request or error speaks on the console."""
    dom, console = opened(write_report([breached()], tmp_path / "report", run_log=None).page, tmp_path / "profile")

    assert console == ""
    assert re.search(r'<div class="controls">', dom)
    assert '<button type="button">' in dom


def test_injected_scripts_never_run(tmp_path: Path) -> None:
    """Every hostile text at once: had one of them run, the title would be another."""
    cases = [hostile(text) for text in TEXTS]
    dom, console = opened(write_report(cases, tmp_path / "report", run_log=None).page, tmp_path / "profile")

    assert console == ""
    assert "<title>Huntline report: " in dom


def test_the_policy_stops_what_escaping_would_miss(tmp_path: Path) -> None:
    """A second wall: a script that did get into the page is refused, and this test can see one that is not."""
    page = write_report([breached()], tmp_path / "report", run_log=None).page
    text = page.read_text("utf-8")
    inside = text.replace("</main>", f"<script>{CANARY}</script></main>")
    page.write_text(inside, "utf-8")
    walled, _ = opened(page, tmp_path / "profile")
    page.write_text(re.sub(r"<meta http-equiv[^>]*>", "", inside), "utf-8")
    bare, _ = opened(page, tmp_path / "other-profile")

    assert ["<title>Huntline report: A sample campaign", "<title>owned"] == [
        dom[dom.index("<title>") : dom.index("</title>")] for dom in (walled, bare)
    ]
