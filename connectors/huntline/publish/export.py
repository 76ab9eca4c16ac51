"""Choose indicators of a pack, and write them as CSV or as plain text for other tools."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Sequence

from huntline.detections.indicators import Indicator
from huntline.detections.manifest import Manifest
from huntline.errors import PackError, UserError

COLUMNS = ("value", "kind", "platform", "stage", "confidence", "advice", "sources", "note")
USABLE = ("block", "alert", "hunt-only", "")
"""Grades that are written unasked: `context` is not among them, as a genuine site must not get into a block list."""
# A formula starts a cell; where a spreadsheet splits at semicolons, it can start behind one as well.
_FORMULA = re.compile(r"(^|;)(\s*)([=+\-@＝＋－＠])")


def chosen_indicators(
    manifest: Manifest, *, named: str | None, advice: Collection[str] = USABLE
) -> tuple[Indicator, ...]:
    """Return the indicators of these grades in the list `named` (None: of all files), each value of a kind once.

    Raises PackError when any indicator file is broken, since what is missing would not be missed; UserError when there
    is no such list or nothing of these grades.
    """
    broken = next((one for one in manifest.findings if one.severity == "error"), None)
    if broken:
        raise PackError(broken.problem, file=broken.file, line=broken.line, key=broken.key, advice=broken.advice)
    if named is not None and named not in manifest.selections:
        told = ", ".join(sorted(manifest.selections)) or "none"
        raise UserError(f"the pack {manifest.id} has no list {named!r}", advice=f"its lists are: {told}")
    whole = manifest.indicators if named is None else manifest.selections[named]
    chosen = {(one.kind, one.value.lower()): one for one in reversed(whole) if one.advice in advice}
    if not chosen:
        graded = ", ".join(sorted({one.advice or "none" for one in whole})) or "none at all"
        raise UserError("no indicator has these grades", advice=f"grades here: {graded}")
    return tuple(reversed(chosen.values()))


def text_of(indicators: Sequence[Indicator]) -> str:
    """Return one value a line."""
    return "".join(f"{one.value}\n" for one in indicators)


def csv_of(indicators: Sequence[Indicator]) -> str:
    """Return a table with a header, harmless in a spreadsheet: what could be a formula gets an apostrophe in front."""
    file = io.StringIO()
    lines = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
    lines.writerow(COLUMNS)
    for one in indicators:
        cells = (one.value, one.kind, one.platform, one.stage, one.confidence, one.advice)
        lines.writerow([_FORMULA.sub(r"\1'\2\3", cell) for cell in (*cells, " ".join(one.sources), one.note)])
    return file.getvalue()
