"""The parts of a benchmark, measured for each platform that is asked for; where all are, they become its section of the page."""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from bench.rows import PAGE, Row, load, replaced

_Subject = TypeVar("_Subject")
_Parts = Mapping[str, Callable[[_Subject, Path, argparse.Namespace], list[Row]]]


def measure(
    doc: str | None, subjects: Mapping[str, _Subject], titles: Mapping[str, str], parts: _Parts[_Subject], *, kills: int
) -> None:
    """Read the command line, measure and print; `subjects` and `titles` by platform, `kills` by default."""
    asked = argparse.ArgumentParser(description=doc)
    asked.add_argument("--only", nargs="*", choices=sorted(parts), default=sorted(parts))
    asked.add_argument("--platform", nargs="*", choices=sorted(subjects), default=sorted(subjects))
    asked.add_argument("--tenants", type=int, default=50)
    asked.add_argument("--kills", type=int, default=kills)
    options = asked.parse_args()
    for name in options.platform:
        rows = _measured(subjects[name], parts, options)
        if len(options.only) == len(parts):
            page = PAGE.read_text(encoding="utf-8")
            PAGE.write_text(replaced(page, f"### {titles[name]}", _section(titles[name], rows)), encoding="utf-8")


def _measured(subject: _Subject, parts: _Parts[_Subject], options: argparse.Namespace) -> list[Row]:
    rows: list[Row] = []
    for name in options.only:
        with tempfile.TemporaryDirectory() as folder:
            found = parts[name](subject, Path(folder), options)
        rows += found
        print(*found, sep="\n", flush=True)
    return [*rows, load()]


def _section(title: str, rows: Sequence[Row]) -> str:
    figures = "\n".join(map(str, rows))
    return f"""### {title}

{os.cpu_count()} cores, Python {platform.python_version()}.

| what | seen | bar | held |
|---|---|---|---|
{figures}
"""
