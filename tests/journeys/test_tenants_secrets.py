"""Secrets on their way through every command: they arrive where they are wanted and are found nowhere else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from journeys.acme import IN_ENV, IN_FILE, WRITTEN, given
from journeys.cli import Ended, huntline, warm
from journeys.standin import GOT, PROCESSES, digest

EVERY = (
    ("tenants", "lint"),
    ("tenants", "lint", "--resolve"),
    ("tenants", "lint", "--resolve", "--json"),
    ("hunt", "--pack", "rules", "--until", "2023-06-01"),
    ("report", "--out", "report"),
    ("doctor", "--tenant", "acme-env"),
    ("doctor", "--tenant", "acme-file", "--json"),
)


def leaks(folder: Path, *ends: Ended, but: str = "token") -> list[str]:
    """Return where a planted secret stands: files (bytes, whatever they are), terminals, the list of processes."""
    texts = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    texts |= {f"terminal {n}": (end.out + end.err).encode() for n, end in enumerate(ends)}
    planted = [secret.encode() for secret in (IN_ENV, IN_FILE, WRITTEN)]
    return [name for name, text in texts.items() if name != but and any(secret in text for secret in planted)]


def arrived(folder: Path) -> set[str]:
    got = (folder / GOT).read_text(encoding="utf-8")
    return {secret for secret in (IN_ENV, IN_FILE) if digest(secret) in got}


@pytest.mark.parametrize("mood", ["kind", "denies", "breaks"])
def test_a_planted_secret_is_found_nowhere_after_any_command(mood: str, tmp_path: Path) -> None:
    """With a platform that answers, one that refuses, and a defect that ends in a traceback."""
    env = given(tmp_path, mood=mood)
    ends = [huntline(*words, cwd=tmp_path, env=env) for words in EVERY]

    assert {IN_ENV, IN_FILE} == arrived(tmp_path)
    assert "huntline" in (tmp_path / PROCESSES).read_text(encoding="utf-8")
    assert {"kind": 3, "denies": 1, "breaks": 1}[mood] == ends[3].code
    assert (mood == "breaks") == ("Traceback" in ends[3].err)
    assert [] == leaks(tmp_path, *ends)


def test_the_search_for_leaks_finds_one(tmp_path: Path) -> None:
    """A search that finds nothing because it cannot proves nothing."""
    given(tmp_path)
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "report.html").write_text(f"<p>{IN_ENV}</p>", encoding="utf-8")

    assert ["report/report.html", "terminal 0"] == leaks(tmp_path, Ended(0, IN_FILE, ""))


def test_a_secret_written_into_the_file_is_refused_by_every_command_and_repeated_by_none(tmp_path: Path) -> None:
    env = given(tmp_path, env=WRITTEN)
    ends = [warm().run(*words, cwd=tmp_path, env=env) for words in EVERY]

    assert ["tenants.yml"] == leaks(tmp_path, *ends)
    assert (1, 1, 1, 2) == (ends[0].code, ends[1].code, ends[2].code, ends[5].code)
    assert "tenants.yml:" in ends[0].out
    assert "acme-env: settings.token: is no reference to a secret" in ends[0].out
    assert "acme-env: failed: tenants.yml:" in ends[3].err
    assert (True, "write env:NAME, file:PATH or keyring:SERVICE/USER" in ends[5].err) == (
        IN_FILE in arrived(tmp_path),
        True,
    )


def test_lint_resolves_no_secret_unless_asked_and_then_says_only_whether(tmp_path: Path) -> None:
    env = given(tmp_path)
    del env["ACME_TOKEN"]
    plain, resolving = (
        huntline("tenants", "lint", *more, "--json", cwd=tmp_path, env=env) for more in ((), ("--resolve",))
    )
    found: list[dict[str, Any]] = json.loads(resolving.out)

    assert (0, []) == (plain.code, json.loads(plain.out))
    assert (1, [("error", "acme-env"), ("ok", "acme-file")]) == (
        resolving.code,
        [(one["severity"], one["key"].split(":")[0]) for one in found],
    )
    assert not (tmp_path / GOT).exists()  # nothing was connected to


def test_a_secret_every_user_can_read_is_a_warning(tmp_path: Path) -> None:
    env = given(tmp_path, mode=0o644)
    linted = huntline("tenants", "lint", cwd=tmp_path, env=env)
    proved = huntline("doctor", "--tenant", "acme-file", cwd=tmp_path, env=env)

    assert (0, True) == (linted.code, "warning: acme-file: settings.token: every user" in linted.out)
    assert (0, True) == (proved.code, "every user of this machine can read token" in proved.out)
