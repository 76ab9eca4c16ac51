"""The files of the page about schedules work as they are: parsed by those who will read them, and run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from journeys.cli import Warm, beacon, clean_env, lookup, write_lines

FILES = Path(__file__).parents[2] / "docs" / "how-to" / "files"
HOME, VENV = "/srv/huntline", "/opt/huntline/bin"
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))  # of cron's fields
TOLD = {"hunt": {3: "new hits", 5: "could not be searched"}, "drift": {3: "not as they were left"}}


@pytest.fixture
def home(tmp_path: Path, warm: Warm) -> Path:
    """Return a folder as the page describes it, with two hits in an archive and the command in a venv."""
    folder, bin_ = tmp_path / "home", tmp_path / "bin"
    bin_.mkdir()
    warm.script(bin_ / "huntline")
    write_lines(folder / "logs" / "a.ndjson", [lookup(0), beacon(1)])
    tenant = {"name": "acme", "platform": "archive", "settings": {"logs": ["logs/"]}}
    (folder / "tenants.yml").write_text(yaml.safe_dump({"customers": [{"name": "Acme", "tenants": [tenant]}]}))
    (folder / "secrets.env").write_text("ACME_ELASTIC_KEY=abc==\n", encoding="utf-8")
    shutil.copy(FILES / "news.sh", folder)
    return folder


@pytest.mark.parametrize("verb", ["hunt", "drift"])
@pytest.mark.parametrize("code", ["0", "1", "2", "3", "4", "5", "130", "", "TERM"])
def test_news_is_told_and_failures_fail(verb: str, code: str, tmp_path: Path) -> None:
    """3 is what the command is run for; 4 and 5 are no codes of drift."""
    ended = subprocess.run([FILES / "news.sh", verb, code], cwd=tmp_path, capture_output=True, text=True, check=False)
    works = code in (("0", "3", "4", "5") if verb == "hunt" else ("0", "3"))
    told = "failed" if not works else TOLD[verb].get(int(code), "")

    assert (0 if works else 1, bool(told), "") == (ended.returncode, bool(ended.stdout), ended.stderr)
    assert told in ended.stdout


def test_news_is_handed_to_a_command_where_there_is_one(tmp_path: Path) -> None:
    env = {**os.environ, "TELL": f"tee {tmp_path / 'mail.txt'}"}
    subprocess.run([FILES / "news.sh", "hunt", "3"], cwd=tmp_path, env=env, capture_output=True, check=True)

    assert "new hits" in (tmp_path / "mail.txt").read_text("utf-8")


def test_cron_hunts_reports_and_mails_the_news_once(home: Path) -> None:
    """What is printed is mailed: new hits the first time, and nothing when they are known."""
    hunt, drift = _jobs()
    first, second, watched = (_sh("/bin/sh", job, home) for job in (hunt, hunt, drift))

    assert ("Huntline: new hits.", "") == (first.stdout[:19], second.stdout)
    assert (home / "report" / "report.json").exists()
    assert (
        "Huntline: drift failed (2)" in watched.stdout
    )  # an archive runs no rules, so that there is nothing to compare
    assert "" == first.stderr + second.stderr + watched.stderr


def test_cron_can_read_the_crontab() -> None:
    """Five fields in their ranges; a % would end the command."""
    for line in _lines():
        fields = line.split(maxsplit=5)
        numbers = [
            (int(field), least, most) for field, (least, most) in zip(fields, RANGES, strict=False) if field != "*"
        ]

        assert 6 == len(fields)
        assert [] == [number for number, least, most in numbers if not least <= number <= most]
        assert "%" not in line


@pytest.mark.parametrize("verb", ["hunt", "drift"])
def test_a_unit_runs_what_the_command_line_has_and_takes_news_for_success(verb: str) -> None:
    service, timer = _unit(f"huntline-{verb}.service"), _unit(f"huntline-{verb}.timer")
    news = {*TOLD[verb], *({4} if verb == "hunt" else ())}

    assert f"{VENV}/huntline {verb}" == service["Service"]["ExecStart"]
    assert sorted(news) == [int(code) for code in service["Service"]["SuccessExitStatus"].split()]
    assert f"{HOME}/news.sh {verb} ${{EXIT_STATUS}}" == service["Service"]["ExecStopPost"]
    assert ("timers.target", True) == (timer["Install"]["WantedBy"], "OnCalendar" in timer["Timer"])


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """With the paths of this machine, since systemd looks whether the programs are there."""
    verify = shutil.which("systemd-analyze")
    if not verify:
        pytest.skip("systemd-analyze is not installed")
    units = [*FILES.glob("*.service"), *FILES.glob("*.timer")]
    for unit in units:
        text = unit.read_text("utf-8").replace(f"{VENV}/huntline", "/bin/true").replace(f"{HOME}/news.sh", "/bin/true")
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    ended = subprocess.run(
        [verify, "verify", *(str(tmp_path / unit.name) for unit in units)], capture_output=True, text=True, check=False
    )

    assert (0, "") == (ended.returncode, "".join(line for line in ended.stderr.splitlines() if "huntline" in line))


def test_the_workflow_hunts_and_its_news_is_no_failure(home: Path) -> None:
    """Run as GitHub runs a step: bash -e with pipefail, in the folder, with a file for the summary."""
    (step,) = _workflow()["jobs"]["hunt"]["steps"]
    ends = [_sh("/bin/bash", f"set -eo pipefail\n{step['run']}", home) for _ in range(2)]
    summary = (home / "summary.md").read_text("utf-8")

    assert [0, 0] == [end.returncode for end in ends]
    assert 1 == summary.count("new hits")


def test_a_step_of_the_workflow_fails_where_the_command_fails(home: Path) -> None:
    (step,) = _workflow()["jobs"]["drift"]["steps"]
    ended = _sh("/bin/bash", f"set -eo pipefail\n{step['run']}", home)

    assert 1 == ended.returncode
    assert "drift failed (2)" in (home / "summary.md").read_text("utf-8")


def test_each_schedule_of_the_workflow_starts_one_job() -> None:
    """The conditions name the schedules by their text: changed in one place only, a job would never run."""
    document = _workflow()
    crons = {one["cron"] for one in document[True]["schedule"]}  # YAML 1.1 reads `on` as true
    named = [re.fullmatch(r"github\.event\.schedule (..) '(.*)'", job["if"]) for job in document["jobs"].values()]
    (hourly,) = {match[2] for match in named if match}

    assert {"!=", "=="} == {match[1] for match in named if match}
    assert ({"15 5 * * *", hourly}, {*_crons()}) == (crons, crons)


def test_no_secret_stands_in_a_file_or_on_a_command_line() -> None:
    document = _workflow()
    texts = {file.name: file.read_text("utf-8") for file in FILES.iterdir()}

    assert {f"${{{{ secrets.{name} }}}}": name for name in document["env"]} == {
        value: name for name, value in document["env"].items()
    }
    assert [] == [
        name for name, text in texts.items() if re.search(r"huntline .*(key|token|password)", text, re.IGNORECASE)
    ]


def _lines() -> list[str]:
    lines = (FILES / "crontab").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#") and not re.match(r"[A-Z]+=", line)]


def _jobs() -> list[str]:
    return [line.split(maxsplit=5)[5] for line in _lines()]


def _crons() -> list[str]:
    return [" ".join(line.split(maxsplit=5)[:5]) for line in _lines()]


def _sh(shell: str, text: str, home: Path) -> subprocess.CompletedProcess[str]:
    env = clean_env() | {"PATH": f"{home.parent / 'bin'}:{os.environ['PATH']}", "GITHUB_STEP_SUMMARY": "summary.md"}
    return subprocess.run(
        [shell, "-c", text.replace(HOME, str(home))], cwd=home, env=env, capture_output=True, text=True, check=False
    )


def _unit(name: str) -> RawConfigParser:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[method-assign, assignment]  # the documented way to keep case
    parser.read(FILES / name, encoding="utf-8")
    return parser


def _workflow() -> Any:
    return yaml.safe_load((FILES / "huntline.yml").read_text("utf-8"))
