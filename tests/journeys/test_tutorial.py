"""The tutorials are followed to the letter: every command is typed, and what the page shows is what it prints."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from journeys.cli import clean_env
from journeys.pages import Printed, Step, follow, steps, unsaid
from lab.__main__ import elastic
from lab.estate import estate
from lab.office import furnish

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorials" / "deploy-and-hunt.md"
FIRST = "make lab"


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[Step, Printed]]:
    """The page's commands in a checkout of their own, over all that is marked and a tenth of the noise."""
    checkout = tmp_path_factory.mktemp("checkout")
    typed = [one for one in steps(PAGE) if one.command != FIRST]
    scenes = tuple(scene for step, scene in enumerate(estate()) if scene.mark is not None or step % 10 == 0)
    with elastic(scenes, checkout / "build" / "lab", ()) as (running, kibana):
        furnish(checkout / "build" / "lab", running, kibana)
        yield dict(zip(typed, follow(typed, checkout, _env(checkout)), strict=True))
        assert () == running.journal.violations()
        assert () == kibana.journal.violations()


def test_every_line_the_page_shows_is_printed(followed: Mapping[Step, Printed]) -> None:
    """In its order; ports, times and hashes are others each time."""
    wrong = {f"{PAGE.name}:{step.line}": unsaid(step, printed) for step, printed in followed.items()}

    assert {} == {place: lines for place, lines in wrong.items() if lines}


def test_no_command_of_the_page_is_called_wrongly(followed: Mapping[Step, Printed]) -> None:
    """Codes that mean something are shown by the page itself; 2 is a wrong call, 1 only what verify finds."""
    failed = {
        step.command: printed.lines[-3:] for step, printed in followed.items() if printed.code in (1, 2, 126, 127)
    }

    assert {} == {command: lines for command, lines in failed.items() if command != "huntline verify"}


def test_the_page_shows_most_of_what_it_types(followed: Mapping[Step, Printed]) -> None:
    """A page whose every line is left out would always hold."""
    shown = [step for step in followed if any(line != "..." for line in step.shown)]

    assert len(shown) > len(followed) / 2
    assert any(unsaid(Step(0, "", ("no such line",)), printed) for printed in followed.values())


def test_the_first_command_is_a_target_that_says_what_the_page_shows() -> None:
    (first,) = (one for one in steps(PAGE) if one.command == FIRST)
    told = (ROOT / "tests" / "lab" / "__main__.py").read_text("utf-8")

    assert re.search(
        r"^lab:.*\n\tPYTHONPATH=tests \$\(BIN\)/python -m lab --elastic build/lab$",
        (ROOT / "Makefile").read_text("utf-8"),
        re.MULTILINE,
    )
    assert [True, True] == [line.split()[0] in told for line in first.shown if line != "..."]


def _env(checkout: Path) -> Mapping[str, str]:
    """Return an environment in which the page's own activation finds the command, as `make lab` leaves it."""
    bin_ = checkout / ".venv" / "bin"
    bin_.mkdir(parents=True)
    (bin_ / "activate").write_text(f"PATH={shlex.quote(str(bin_))}:$PATH\n", encoding="utf-8")
    command = bin_ / "huntline"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m huntline "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return {**clean_env(), "PATH": os.environ["PATH"]}
