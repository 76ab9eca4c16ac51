"""What pages say to type is what the command line knows, and what they point to is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from huntline.cli.main import COMMANDS, huntline

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
SHELL = re.compile(r"```(?:console|cron|sh)\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCED = re.compile(r"```.*?```", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_of_a_page_is_one_of_the_command_line(page: Path) -> None:
    """Nobody reads a page whose first command is unknown to its end."""
    wrong = [problem for words in _commands(page.read_text("utf-8")) for problem in _unknown(words)]

    assert [] == wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    """To a file of the checkout, and to a heading of it where one is named."""
    links = [link for link in LINK.findall(FENCED.sub("", page.read_text("utf-8"))) if ":" not in link]

    assert [] == [link for link in links if not _is_there(page, link)]


def test_a_wrong_command_is_noticed() -> None:
    told = [*_unknown(["hnt"]), *_unknown(["hunt", "--tennant", "x"]), *_unknown(["packs", "lnt"])]

    assert ["huntline hnt", "huntline hunt --tennant", "huntline packs lnt"] == told


def test_a_broken_link_is_noticed() -> None:
    here = ROOT / "README.md"

    assert [False, False, True] == [
        _is_there(here, link)
        for link in ("docs/none.md", "docs/reference/cli.md#none", "docs/reference/cli.md#exit-codes")
    ]


def test_every_command_is_on_the_page_of_the_command_line() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text("utf-8")

    assert [] == [name for name in COMMANDS if f"huntline {name}" not in page]


def _commands(text: str) -> Iterator[list[str]]:
    """Yield the words after `huntline` in the shell blocks of a page, up to where another command begins."""
    for block in SHELL.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            for found in re.finditer(r"(?:^|[;{&|/]\s*|[$:] )huntline ([a-z][^;|&>}]*)", re.sub(r"\s+#.*", "", line)):
                if not re.match(r"\s*(\d{4}-|[\w-]+: )", line):  # what a command printed
                    yield shlex.split(re.sub(r"\s\d?$", "", found[1]))


def _unknown(words: list[str]) -> Iterator[str]:
    """Yield what the command line does not know of the words after `huntline`."""
    command: click.Command = huntline
    context, said = click.Context(huntline), ["huntline"]
    while isinstance(command, click.Group) and words:
        found = command.get_command(context, words[0])
        said.append(words[0])
        if found is None:
            yield " ".join(said)
            return
        command, words = found, words[1:]
    known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"--help"}
    options = [word.partition("=")[0] for word in words if word.startswith("--")]
    yield from (f"{' '.join(said)} {option}" for option in options if option not in known)


def _is_there(page: Path, link: str) -> bool:
    name, _, heading = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not heading or not target.exists():
        return target.exists()
    lines = FENCED.sub("", target.read_text("utf-8")).splitlines()
    return heading in {_anchor(line.lstrip("#").strip()) for line in lines if line.startswith("#")}


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
