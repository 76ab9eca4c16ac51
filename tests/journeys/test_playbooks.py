"""Journeys along the playbooks: every command they show does what they say, in the order of the page."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

from journeys.cli import beacon, huntline, write_lines

ROOT = Path(__file__).parents[2]
PLAYBOOKS = tuple(sorted((ROOT / "docs" / "how-to").glob("respond-to-3cx*.md")))
FOUND = {"hunt": {3, 4}}
"""A hunt over logs with a beacon ends with hits, new at first and known after; all other commands end with 0."""


def test_the_commands_of_the_playbooks_run(tmp_path: Path) -> None:
    """A command that fails at three in the morning is worse than none."""
    write_lines(tmp_path / "exports" / "sysmon.ndjson", [beacon(number) for number in range(3)])
    (tmp_path / "leases.csv").write_text("address,host,from,until\n10.0.0.9,ws-7,2023-03-01,2023-03-08\n")
    shutil.copytree(ROOT / "detections" / "3cx-2023", tmp_path / "my-3cx")
    hunts, others = _commands("hunt"), _commands("report", "packs", "compile")
    ended = {command: huntline(*shlex.split(command)[1:], cwd=tmp_path) for command in [*hunts, *others]}

    assert {} == {
        command: done.err for command, done in ended.items() if done.code not in FOUND.get(command.split()[1], {0})
    }
    assert {"hunt", "report", "packs", "compile"} == {command.split()[1] for command in ended}


def _commands(*verbs: str) -> list[str]:
    """Return every command of the pages, in blocks and within sentences, once; a bare verb is no command."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in PLAYBOOKS)
    shown = re.findall(r"^ *(huntline .*)$|`(huntline [^`]+)`", text, re.MULTILINE)
    commands = dict.fromkeys(" ".join((block or inline).split()) for block, inline in shown)
    return [command for command in commands if command.split()[1] in verbs and len(command.split()) > 2]
