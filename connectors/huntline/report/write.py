"""Write the four files of a report; each is there whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from huntline.model.case import Case
from huntline.model.pack import Json
from huntline.report.document import write_document
from huntline.report.html import page
from huntline.report.summary import Line
from huntline.report.table import write_table


@dataclass(frozen=True, slots=True)
class Written:
    """Where the page is, and what it says of each customer in short, the gravest first."""

    page: Path
    lines: tuple[Line, ...]


def write_report(cases: Sequence[Case], out: Path, *, run_log: Json) -> Written:
    """Write report.html, report.json, hits.csv and run-log.json into `out`, made where missing.

    The first three depend on the cases only: equal cases give equal bytes. Raises OSError where `out` cannot be written;
    a file of an earlier report is then still whole.
    """
    out.mkdir(parents=True, exist_ok=True)
    with _replacing(out / "hits.csv") as file:
        write_table(cases, file)
    with _replacing(out / "report.json") as file:
        lines = write_document(cases, file)
    with _replacing(out / "run-log.json") as file:
        json.dump(run_log, file, indent=2, sort_keys=True)
        file.write("\n")
    # Last, so that who sees the page finds what it points to.
    with _replacing(out / "report.html") as file:
        file.write(page(cases))
    return Written(out / "report.html", lines)


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    """Open a file beside `path` that takes its place once it is whole and on disk."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files for the owner alone, which suits what a report says of a company.
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
