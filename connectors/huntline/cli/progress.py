"""Show a hunt's progress: bars on a terminal, plain lines elsewhere; on standard error, so that pipes stay clean."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click

from huntline.hunt.progress import Planned, Read, Reading, Tell, Told
from huntline.report.plain import visible


@contextmanager
def showing() -> Iterator[Tell]:
    """Yield what a hunt should tell its progress to."""
    turn = threading.Lock()
    if not sys.stderr.isatty():

        def line(told: Told) -> None:
            with turn:
                _line(told)

        yield line
        return
    # rich is slow to import, and only a terminal needs it.
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    # The words come last: of changing length, they would make the bar jump.
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("looking at what there is", total=None)
        known = 0

        def tell(told: Told) -> None:
            nonlocal known
            match told:
                case Planned():
                    known += told.searches
                    bars.console.print(escape(_planned(told)), highlight=False)
                    bars.update(bar, total=known)
                case Reading():
                    bars.update(bar, description=escape(visible(f"{told.tenant}: {_place(told)}")))
                case Read():
                    bars.advance(bar, 1)
                    if told.hits or told.words:
                        bars.console.print(escape(_done(told)), highlight=False)

        yield tell


def _line(told: Told) -> None:
    match told:
        case Planned():
            click.echo(_planned(told), err=True)
        case Read():
            click.echo(_done(told), err=True)


def _planned(told: Planned) -> str:
    again = "goes on" if told.resumed else "starts"
    size = f" ({told.size / 1e6:,.0f} MB)" if told.size else ""
    searches = "" if told.searches == told.left else f" in {told.searches} searches"
    what = f"{told.left} of {told.parts} parts{size}{searches} with {told.queries} queries"
    return visible(
        f"{told.tenant}: hunt {told.hunt} {again}: {told.wanted.start:%Y-%m-%d} to {told.wanted.end:%Y-%m-%d}, {what}"
    )


def _done(told: Read) -> str:
    problem = f" - {told.words}" if told.words else ""
    return visible(f"{told.tenant}: {_place(told)}: {told.rows:,} rows, {told.hits:,} hits{problem}")


def _place(told: Reading | Read) -> str:
    when = f" {told.window.start:%Y-%m-%d} to {told.window.end:%Y-%m-%d}" if told.window else ""
    return f"{told.part.title}{when}"
