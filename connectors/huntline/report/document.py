"""The report as JSON, whole and raw: every hit, every verdict, nothing grouped, defanged or cut."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TextIO

from huntline.model.case import Case, Hit
from huntline.model.jsonable import moment_text
from huntline.model.window import Window
from huntline.report.dues import Ground, ground_of
from huntline.report.evidence import line_doubts, line_supports
from huntline.report.findings import Answer, answer
from huntline.report.grid import Track, months, tracks
from huntline.report.joins import Timing
from huntline.report.rungs import Rung
from huntline.report.storylines import Storyline, storylines
from huntline.report.subject import Subject, moment_of, subject_of
from huntline.report.summary import Line, line_of, urgency

SCHEMA = "urn:huntline:report:1"


def write_document(cases: Sequence[Case], file: TextIO) -> tuple[Line, ...]:
    """Write the document one item a line, in ASCII, never holding more of it than that line.

    Return the summary, which the document has too where it is about more than one customer.
    """
    file.write(f'{{"schema":{_text(SCHEMA)},"cases":[')
    found = []
    for number, case in enumerate(sorted(cases, key=lambda case: case.customer)):
        file.write("," if number else "")
        found.append(_write_case(case, file))
    summary = tuple(sorted(found, key=urgency))
    file.write("\n]")
    if len(summary) > 1:
        file.write(',"summary":[')
        file.writelines(f"{',' if number else ''}\n{_text(_line(line))}" for number, line in enumerate(summary))
        file.write("\n]")
    file.write("}\n")
    return summary


def _write_case(case: Case, file: TextIO) -> Line:
    subject, grid = subject_of(case), tracks(case)
    lines = storylines(subject)
    said = answer(subject, grid, lines)
    file.write("\n{")
    facts = _facts(subject, said)
    file.write(",".join(f"\n{_text(key)}:{_text(value)}" for key, value in facts))
    for key, items, told in _lists(subject, grid, lines):
        file.write(f",\n{_text(key)}:[")
        file.writelines(f"{',' if number else ''}\n{_text(told(item))}" for number, item in enumerate(items))
        file.write("]")
    file.write("\n}")
    return line_of(subject, said, lines)


def _line(line: Line) -> dict[str, Any]:
    texts = ("customer", "kind", "headline", "stage", "grade")
    numbers = ("hosts", "addresses", "hits", "new", "checks", "checks_searched", "warnings")
    expected = {"seen": line.expected_seen, "of": line.expected} if line.expected else None
    return {**_plain(line, *texts, *numbers), "expected": expected}


def _facts(subject: Subject, said: Answer) -> Iterable[tuple[str, Any]]:
    case = subject.case
    yield "customer", case.customer
    yield "answer", _answer(said)
    yield "warnings", list(case.warnings)
    yield "wanted", _window(case.wanted)
    yield "pack", {"title": case.pack, "hash": case.pack_hash}
    yield "tenants", [{"id": tenant, "platform": case.platforms.get(tenant, "")} for tenant in case.tenants]
    yield "scopes", dict(case.scopes)
    yield "hosts", {scope: [[_day(month), hosts] for month, hosts in seen] for scope, seen in case.hosts.items()}


def _lists(
    subject: Subject, grid: Mapping[str, Track], lines: Sequence[Storyline]
) -> Iterable[tuple[str, Iterable[Any], Callable[[Any], Any]]]:
    case, ground = subject.case, ground_of(subject, grid)
    yield (
        "stages",
        case.stages,
        lambda s: {**_plain(s, "id", "title", "rank", "answer"), "windows": [*map(_window, s.windows)]},
    )
    yield "milestones", case.milestones, lambda m: {"at": moment_text(m.at), "note": m.note}
    yield "detections", case.detections, _told
    yield "storylines", lines, lambda line: _storyline(subject, line, ground)
    yield "hits", case.hits, lambda hit: _hit(subject, hit)
    yield "counted", case.counted, lambda c: {**_plain(c, "tenant", "detection", "part", "count"), "day": _day(c.day)}
    yield "months", [grid[key] for key in sorted(grid)], _months
    yield (
        "verdicts",
        case.cells,
        lambda c: {
            **_plain(c, "tenant", "detection", "scope", "verdict", "why"),
            "first": _day(c.first),
            "last": _day(c.last),
        },
    )
    yield (
        "coverage",
        case.coverage,
        lambda c: {**_plain(c, "tenant", "scope", "events"), "logsource": str(c.logsource), "day": _day(c.day)},
    )
    yield (
        "stores",
        case.stores,
        lambda s: {
            **_plain(s, "tenant", "title", "state", "words", "rows", "unreadable", "unclaimed", "strange"),
            "first": _day(s.first),
            "last": _day(s.last),
        },
    )
    yield "expected", case.expected, lambda e: {"host": e.host, "seen": {s: [*map(_day, m)] for s, m in e.seen.items()}}
    yield "unserved", case.unserved, lambda u: _plain(u, "detection", "scope", "code", "construct")


def _answer(said: Answer) -> dict[str, Any]:
    return {
        **_plain(said, "kind", "headline", "stage", "grade", "because", "against", "hits", "new", "hosts"),
        "unknown": [{"what": gap.what, "why": list(gap.why)} for gap in said.unknown],
        "stages": [_rung(rung) for rung in said.stages],
    }


def _rung(rung: Rung) -> dict[str, Any]:
    return {
        "stage": rung.stage.id,
        **_plain(rung, "hits", "counted", "hosts"),
        "first": _moment(rung.first),
        "last": _moment(rung.last),
        "searched": rung.searched
        and _plain(
            rung.searched, "days", "days_searched", "checks", "checks_searched", "unasked", "undated_open", "whole"
        ),
        "expected": rung.attendance and {"hosts": len(rung.attendance.seen), "absent": list(rung.attendance.absent)},
    }


def _told(told: Any) -> dict[str, Any]:
    texts = ("id", "title", "description", "level", "stage", "tags", "references", "falsepositives")
    return {**_plain(told, *texts), "logsource": str(told.logsource)}


def _storyline(subject: Subject, line: Storyline, ground: Ground) -> dict[str, Any]:
    return {
        **_plain(line, "host", "spellings", "new", "undated", "repeats"),
        "hits": len(line.hits),
        "reached": line.reached.id,
        "first": _moment(line.first),
        "last": _moment(line.last),
        "stages": [
            {"stage": r.stage.id, "hits": r.hits, "first": _moment(r.first), "last": _moment(r.last)}
            for r in line.reaches
        ],
        "after": [{"at": moment_text(milestone.at), "hits": hits} for milestone, hits in line.after],
        "grade": line.grade.id if line.grade else "",
        "supports": list(line_supports(subject, line)),
        "doubts": list(line_doubts(subject, line, ground)),
        "timings": list(map(_timing, line.timings)),
        "splits": [{"at": moment_text(h.split.at), **_plain(h, "before", "after")} for h in line.splits],
        "joined": [_plain(one, "address", "by", "hits") for one in line.joined],
    }


def _timing(timing: Timing) -> dict[str, Any]:
    return {
        "join": timing.join.id,
        "kind": timing.kind,
        "start": timing.start and timing.start.event,
        "follow": timing.follow and timing.follow.event,
        "days": None if timing.gap is None else round(timing.gap.total_seconds() / 86_400, 6),
    }


def _hit(subject: Subject, hit: Hit) -> dict[str, Any]:
    return {
        **_plain(hit, "tenant", "scope", "event", "host", "raw", "parts"),
        "storyline": subject.host(hit),
        "stage": subject.stage(hit).id,
        "at": _moment(moment_of(hit)),
        "time": _moment(hit.time),
        "happened": _moment(hit.happened),
        "entities": dict(hit.entities),
        "fields": {name: list(values) for name, values in hit.fields.items()},
        "witnesses": [
            {
                "detection": witness.detection,
                "new": witness.new,
                "evidence": [_plain(evidence, "field", "sigma", "value") for evidence in witness.evidence],
            }
            for witness in hit.witnesses
        ],
    }


def _months(track: Track) -> dict[str, Any]:
    return {
        "detection": track.detection,
        "undated": track.undated and track.undated.verdict,
        "months": [
            {"month": m.first.strftime("%Y-%m"), "verdict": m.verdict, "searched": m.searched, "days": dict(m.days)}
            for m in months(track)
        ],
    }


def _plain(value: object, *names: str) -> dict[str, Any]:
    return {name: list(kept) if isinstance(kept := getattr(value, name), tuple) else kept for name in names}


def _window(window: Window) -> dict[str, str]:
    return {"start": moment_text(window.start), "end": moment_text(window.end)}


def _moment(moment: datetime | None) -> str | None:
    return moment_text(moment) if moment else None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _text(value: object) -> str:
    # ASCII, so that no control or direction mark reaches a terminal, and a lone surrogate stays what it was.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
