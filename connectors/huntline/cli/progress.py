"""Show a hunt's progress: bars on a terminal, plain lines elsewhere; on standard error, so that pipes stay clean."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from huntline.hunt.progress import PartDone, Planned, Reading, Tell, Told
from huntline.report.plain import visible


@contextmanager
def showing() -> Iterator[Tell]:
    """Yield what a hunt should tell its progress to."""
    if not sys.stderr.isatty():
        yield _line
        return
    # rich is slow to import, and only a terminal needs it.
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("looking at the files", total=None)

        def tell(told: Told) -> None:
            match told:
                case Planned():
                    bars.console.print(escape(_planned(told)), highlight=False)
                    bars.update(bar, total=told.size, completed=0, description=escape(visible(told.tenant)))
                case Reading():
                    bars.update(bar, description=escape(visible(f"{told.tenant}: {told.part.title}")))
                case PartDone():
                    bars.advance(bar, told.part.size)
                    if told.hits or told.words:
                        bars.console.print(escape(_done(told)), highlight=False)

        yield tell


def _line(told: Told) -> None:
    match told:
        case Planned():
            click.echo(_planned(told), err=True)
        case PartDone():
            click.echo(_done(told), err=True)


def _planned(told: Planned) -> str:
    again = "goes on" if told.resumed else "starts"
    what = f"{told.left} of {told.parts} parts ({told.size / 1e6:,.0f} MB) with {told.queries} queries"
    return visible(
        f"{told.tenant}: hunt {told.hunt} {again}: {told.wanted.start:%Y-%m-%d} to {told.wanted.end:%Y-%m-%d}, {what}"
    )


def _done(told: PartDone) -> str:
    problem = f" - {told.words}" if told.words else ""
    return visible(f"{told.tenant}: {told.part.title}: {told.rows:,} rows, {told.hits:,} hits{problem}")
