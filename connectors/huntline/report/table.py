"""Hits as CSV, one line per hit and detection, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from typing import TextIO

from huntline.model.case import Case, Hit, Witness
from huntline.model.jsonable import moment_text
from huntline.report.plain import clipped, visible
from huntline.report.subject import Subject, subject_of

COLUMNS = (
    "customer", "tenant", "platform", "scope", "event", "happened", "time", "host", "storyline", "stage", "detection",
    "title", "level", "new", "evidence", "user", "process", "file", "hash", "address", "url", "parts",
)  # fmt: skip
_ENTITIES = ("user", "process", "file", "hash", "address", "url")
_LONGEST = 30_000  # characters; a spreadsheet cell takes 32,767
# A formula starts a cell; where a spreadsheet splits at semicolons, it can start behind one as well.
_FORMULA = re.compile(r"(^|;)([\s\u2400-\u2421]*)([=+\-@＝＋－＠])")


def write_table(cases: Sequence[Case], file: TextIO) -> None:
    """Write the header and every hit, by customer and in the order of the case."""
    lines = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
    lines.writerow(COLUMNS)
    for case in sorted(cases, key=lambda case: case.customer):
        subject = subject_of(case)
        for hit in case.hits:
            lines.writerows(tuple(map(harmless, line)) for line in _lines(subject, hit))


def harmless(text: str) -> str:
    r"""Return text that a spreadsheet shows and never runs, on one line, at most `_LONGEST` characters and a remark.

    >>> harmless("=cmd|' /C calc'!A0"), harmless(" @SUM(1)"), harmless("a\nb")
    ("'=cmd|' /C calc'!A0", "' @SUM(1)", 'a␊b')
    """
    shown, whole = clipped(text, _LONGEST)
    safe = _FORMULA.sub(r"\1'\2\3", visible(shown))
    return f"{safe} … [first {_LONGEST:,} of {whole:,} characters]" if whole else safe


def _lines(subject: Subject, hit: Hit) -> Iterator[tuple[str, ...]]:
    for witness in hit.witnesses:
        told = subject.told[witness.detection]
        yield (
            subject.case.customer,
            hit.tenant,
            subject.case.platforms.get(hit.tenant, ""),
            hit.scope,
            hit.event,
            moment_text(hit.happened) if hit.happened else "",
            moment_text(hit.time) if hit.time else "",
            hit.host,
            subject.host(hit),
            subject.stages[witness.detection].title,
            witness.detection,
            told.title,
            told.level,
            "yes" if witness.new else "no",
            _evidence(witness),
            *(hit.entities.get(name, "") for name in _ENTITIES),
            " | ".join(hit.parts),
        )


def _evidence(witness: Witness) -> str:
    return " | ".join(f"{evidence.field}={evidence.value}" for evidence in witness.evidence)
