"""The tutorial is followed to the letter on each SIEM: every command is typed, and what the page shows is what it prints."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from journeys.cli import Warm, clean_env
from journeys.pages import Printed, Step, follow, steps, unsaid
from lab.__main__ import KEEPER, PAYER, SENTINEL, elastic, sentinel, splunk
from lab.estate import estate
from lab.events import Scene
from lab.office import furnish, furnish_sentinel, furnish_splunk
from lab.serve.server import Running

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorials" / "deploy-and-hunt.md"
START = re.compile(r"make lab(?: SIEM=(\w+))?")
SETTLED = "cd build/lab"


@pytest.fixture(scope="module", params=["elastic", "splunk", "sentinel"])
def followed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, warm: Warm
) -> Iterator[_Followed]:
    """The page's commands of one SIEM in a checkout of their own, over all that is marked and a little of the noise."""
    checkout = tmp_path_factory.mktemp("checkout")
    typed, before = _parts()[request.param], () if request.param == "elastic" else _settling()
    scenes = tuple(scene for step, scene in enumerate(estate()) if scene.mark is not None or step % 20 == 0)
    with _lab(request.param, scenes, checkout / "build" / "lab") as running:
        printed = follow((*before, *typed), checkout, _env(checkout, warm))
        yield dict(zip(typed, printed[len(before) :], strict=True))
        assert [] == [one for server in running for one in server.journal.violations()]


def test_every_line_the_page_shows_is_printed(followed: _Followed) -> None:
    """In its order; ports, times and hashes are others each time."""
    wrong = {f"{PAGE.name}:{step.line}": unsaid(step, printed) for step, printed in followed.items()}

    assert {} == {place: lines for place, lines in wrong.items() if lines}


def test_no_command_of_the_page_is_called_wrongly(followed: _Followed) -> None:
    """Codes that mean something are shown by the page itself; 2 is a wrong call, 1 only what verify finds."""
    failed = {
        step.command: printed.lines[-3:] for step, printed in followed.items() if printed.code in (1, 2, 126, 127)
    }

    assert {} == {command: lines for command, lines in failed.items() if command != "huntline verify"}


def test_the_page_shows_most_of_what_it_types(followed: _Followed) -> None:
    """A page whose every line is left out would always hold; what only sets a variable or edits says nothing."""
    asked = [step for step in followed if step.command.startswith("huntline")]
    shown = [step for step in asked if any(line != "..." for line in step.shown)]

    assert len(shown) > len(asked) / 2
    assert any(unsaid(Step(0, "", ("no such line",)), printed) for printed in followed.values())


def test_the_first_command_is_a_target_that_says_what_the_page_shows() -> None:
    """For each SIEM: the target starts the very command that the laws above have a server of."""
    told = (ROOT / "tests" / "lab" / "__main__.py").read_text("utf-8")
    starts = [one for one in steps(PAGE) if START.fullmatch(one.command)]

    assert re.search(
        r"^SIEM \?= elastic\nlab:.*\n\tPYTHONPATH=tests \$\(BIN\)/python -m lab --\$\(SIEM\) build/lab$",
        (ROOT / "Makefile").read_text("utf-8"),
        re.MULTILINE,
    )
    assert ["elastic", "splunk", "sentinel"] == list(_parts())
    assert [[True, True]] * 3 == [[line.split()[0] in told for line in one.shown if line != "..."] for one in starts]


_Followed = Mapping[Step, Printed]


def _parts() -> Mapping[str, Sequence[Step]]:
    """Return the page's commands by the SIEM they are typed for: each part begins where a lab is started."""
    parts: dict[str, list[Step]] = {}
    for one in steps(PAGE):
        if start := START.fullmatch(one.command):
            parts[start[1] or "elastic"] = []
        else:
            parts[next(reversed(parts))].append(one)
    return parts


def _settling() -> Sequence[Step]:
    """Return the commands by which the page has come to where its later parts go on."""
    first = _parts()["elastic"]
    return first[: 1 + next(n for n, one in enumerate(first) if one.command == SETTLED)]


@contextmanager
def _lab(siem: str, scenes: Sequence[Scene], folder: Path) -> Iterator[Sequence[Running]]:
    """Serve a SIEM and leave its tenants file and keys in the folder, as `make lab` does."""
    if siem == "elastic":
        with elastic(scenes, folder, ()) as (running, kibana):
            furnish(folder, running, kibana)
            yield running, kibana
    elif siem == "splunk":
        with splunk(scenes, folder, ()) as running:
            furnish_splunk(folder, running)
            yield (running,)
    else:
        with sentinel(scenes, folder, ()) as running:
            furnish_sentinel(folder, running, SENTINEL, hunter=PAYER, deployer=KEEPER)
            yield (running,)


def _env(checkout: Path, warm: Warm) -> Mapping[str, str]:
    """Return an environment in which the page's own activation finds the command, as `make lab` leaves it."""
    bin_ = checkout / ".venv" / "bin"
    bin_.mkdir(parents=True)
    (bin_ / "activate").write_text(f"PATH={shlex.quote(str(bin_))}:$PATH\n", encoding="utf-8")
    warm.script(bin_ / "huntline")
    return {**clean_env(), "PATH": os.environ["PATH"]}
