"""Laws of writing content: a kill at any moment costs no more than running again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partialmethod
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from huntline.compile.content import MANIFEST
from huntline.compile.write import PART, write_content
from huntline.errors import UserError

STEPS = ("mkdir", "write_text", "replace", "unlink", "rmdir")
"""Every call of the writer that changes the disk."""


def made(*names: str) -> dict[str, str]:
    """Make content as compile does: texts, and a manifest of them that differs with each."""
    files = {name: f"text of {name}, one of {len(names)}\n" for name in names}
    return {**files, MANIFEST: json.dumps({"files": dict.fromkeys(names, "hash")})}


OLD = made("rules/a/gone.txt", "rules/b/kept.txt", "gone.txt")
NEW = made("rules/b/kept.txt", "hunts/c/new.txt", "more.txt", "rules/new.txt")
NEXT = made("rules/b/kept.txt", "hunts/d/next.txt")


class Killed(BaseException):
    """No handler answers it, as none answers a kill."""


@contextmanager
def killed_at(last: int) -> Iterator[list[str]]:
    """Let `last` steps be, and break off in the middle of the next; the list names those that were begun."""
    begun: list[str] = []

    def step(path: Path, *args: Any, name: str, real: Callable[..., Any], **more: Any) -> Any:
        begun.append(name)
        if len(begun) <= last:
            return real(path, *args, **more)
        if name == "write_text":
            real(path, args[0][: len(args[0]) // 2], **more)
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        for one in STEPS:
            patch.setattr(Path, one, partialmethod(step, name=one, real=getattr(Path, one)))
        yield begun


def held(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def broken_off(folder: Path, before: Mapping[str, str]) -> Iterator[Path]:
    """Yield a folder for each step at which a run over `before` can be killed."""
    for last in count():
        here = folder / str(last)
        if before:
            write_content(before, here)
        try:
            with killed_at(last):
                write_content(NEW, here)
        except Killed:
            yield here
        else:
            return


@pytest.mark.parametrize("before", [{}, OLD], ids=["first run", "later run"])
def test_a_run_that_was_killed_is_made_good_by_the_next(before: Mapping[str, str], tmp_path: Path) -> None:
    """A folder refused as foreign, or a stale query left in it, would be a person's work to sort out."""
    for folder in broken_off(tmp_path, before):
        write_content(NEXT, folder)

        assert NEXT == held(folder)
        assert [] == [path for path in folder.rglob("*") if path.is_dir() and not any(path.iterdir())]


def test_a_finished_manifest_stands_only_in_a_whole_folder(tmp_path: Path) -> None:
    """Who reads it takes the files for what it says."""
    left = [held(folder) for folder in broken_off(tmp_path, OLD)]
    finished = [found for found in left if found[MANIFEST] in (OLD[MANIFEST], NEW[MANIFEST])]

    assert 0 < len(finished) < len(left)
    assert [] == [found for found in finished if {**found, PART: ""} not in ({**OLD, PART: ""}, {**NEW, PART: ""})]


def test_every_kind_of_step_was_broken_off(tmp_path: Path) -> None:
    """A law that kills at no step would hold for any writer."""
    write_content(OLD, tmp_path)
    with killed_at(99) as begun:
        write_content(NEW, tmp_path)

    assert set(STEPS) == set(begun)


def test_a_folder_of_others_stays_as_it_is(tmp_path: Path) -> None:
    """Not one byte is written before it is known to be ours."""
    (tmp_path / "mine.txt").write_text("mine")
    with killed_at(0) as begun, pytest.raises(UserError):
        write_content(NEW, tmp_path)

    assert ([], {"mine.txt": "mine"}) == (begun, held(tmp_path))
