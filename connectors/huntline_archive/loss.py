"""What was lost of a file, and which days that may concern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from huntline.model.window import Window, day_window, merged
from huntline_archive.rescue import Salvage
from huntline_archive.rows import Tally
from huntline_archive.unpack import End


@dataclass(slots=True)
class Loss:
    """Filled while the file is read; empty where it was read without a hitch."""

    salvage: Salvage = field(default_factory=Salvage)
    end: End = field(default_factory=End)
    grown: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` "": nothing was lost. `tainted` empty: the loss may concern any day."""

    reason: str
    words: str
    tainted: tuple[Window, ...]


def judged(loss: Loss, found: Tally, marks: Sequence[date], wanted: Window, *, size: int) -> Verdict:
    """Name the gravest loss, tell all, and say where something may be missing.

    `marks`: days of lines spread over the file, in its order, the last readable one last.
    """
    reasons: list[str] = []
    words: list[str] = []
    tainted: list[tuple[Window, ...]] = []
    if loss.end.fault:
        reasons.append(loss.end.fault)
        words.append(f"{loss.end.words}, after {loss.end.read} of {size} bytes; {found.rows} rows could be read")
        tainted.append(_from_last(marks, wanted))
    if loss.grown:
        reasons.append("grew")
        words.append(
            f"the file has grown since it was found: its first {size} bytes were read, run the hunt again for the rest"
        )
        tainted.append(())
    unreadable = found.unreadable + loss.salvage.lost
    if unreadable:
        reasons.append("unreadable_lines")
        words.append(f"{unreadable} lines could not be read")
        if unreadable > (loss.salvage.cut and bool(loss.end.fault)):  # the line a cut broke is the cut's affair
            tainted.append(_span(found.days))
    if loss.salvage.mended:
        words.append(f"{loss.salvage.mended} lines were mended")
    windows = () if () in tainted else merged(window for some in tainted for window in some)
    return Verdict(next(iter(reasons), ""), "; ".join(words), windows)


def _from_last(marks: Sequence[date], wanted: Window) -> tuple[Window, ...]:
    """A file in the order of its days misses what follows its last line; one without order may miss anything."""
    if not marks or any(after < before - timedelta(days=1) for before, after in pairwise(marks)):
        return ()
    last = day_window(marks[-1])
    return (Window(last.start, max(last.end, wanted.end)),)


def _span(days: Sequence[date]) -> tuple[Window, ...]:
    if not days:
        return ()
    return (Window(datetime(days[0].year, days[0].month, days[0].day, tzinfo=UTC), day_window(days[-1]).end),)
