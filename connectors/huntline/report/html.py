"""One self-contained page: no request leaves it, nothing in it is a link, hostile text stays text."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from huntline.model.case import Case, Evidence, Hit
from huntline.report.budget import Shown, fitting
from huntline.report.defang import defanged, unlinked
from huntline.report.dues import Ground, ground_of
from huntline.report.evidence import line_doubts, line_supports
from huntline.report.findings import Answer, answer
from huntline.report.gaps import place_words
from huntline.report.grid import Track, months, tracks
from huntline.report.groups import Group, groups
from huntline.report.legend import SIGNS
from huntline.report.plain import clipped, counted_words, moment_words, visible
from huntline.report.readings import populations, seen_hosts, troubled_first
from huntline.report.storylines import Storyline, storylines
from huntline.report.subject import Subject, gravity, moment_of, subject_of
from huntline.report.summary import Line, line_of, urgency
from huntline.report.tellers import teller_words
from huntline.report.timeline import picture

# Bytes a page gives each kind of block over all customers; together well under 10 MB. What does not fit is counted.
_HITS, _STORYLINES, _COVERAGE, _READ, _METHOD = 4_000_000, 1_400_000, 1_400_000, 900_000, 700_000
_SUMMARY, _ANSWERS = 500_000, 700_000
_PAGE = 9_400_000  # summary, answers and chapters together
_VALUE = 300  # characters of a logged value


@dataclass(frozen=True, slots=True)
class _Chapter:
    """All that is shown of one customer."""

    number: int
    subject: Subject
    answer: Answer
    line: Line
    grid: Mapping[str, Track]
    lines: Sequence[Storyline]
    ground: Ground


def page(cases: Sequence[Case]) -> str:
    """Return the whole page as text; the same cases give the same text."""
    env = _environment()
    chapters = _numbered(cases)
    script = _packaged("script.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    share = max(1, len(chapters))
    answers = fitting(chapters, _ANSWERS, lambda one: _draw_answer(env, one, whole=True))
    shown = chapters[: len(answers.blocks)]
    summary = fitting(
        chapters if share > 1 else (), _SUMMARY, lambda one: _draw_line(env, one, linked=one.number <= len(shown))
    )
    left = _PAGE - answers.size - summary.size
    told = fitting(shown, left, lambda one: _draw_chapter(env, one, share))
    brief = tuple(_draw_answer(env, one, whole=False) for one in shown[len(told.blocks) :])
    return env.get_template(
        "page.html.j2"
    ).render(
        style=Markup(_packaged("style.css")),  # noqa: S704 -- our own file
        script=Markup(script),  # noqa: S704 -- our own file
        script_hash=digest,
        packs=sorted({case.pack for case in cases}),
        summary=summary,
        customers=len(chapters),
        answers=replace(answers, blocks=answers.blocks[: len(told.blocks)] + brief),
        chapters=told,
        signs=SIGNS,
    )


def _numbered(cases: Sequence[Case]) -> Sequence[_Chapter]:
    """Return the chapters, the gravest first: where the page is full, the least grave are left out."""
    ordered = sorted(map(_chapter, cases), key=lambda one: urgency(one.line))
    return tuple(replace(one, number=number) for number, one in enumerate(ordered, start=1))


def _chapter(case: Case) -> _Chapter:
    subject, grid = subject_of(case), tracks(case)
    lines = storylines(subject)
    said = answer(subject, grid, lines)
    return _Chapter(0, subject, said, line_of(subject, said, lines), grid, lines, ground_of(subject, grid))


def _draw_line(env: Environment, one: _Chapter, *, linked: bool) -> Markup:
    return _draw(env, "summary.html.j2", line=one.line, number=one.number, linked=linked)


def _draw_answer(env: Environment, one: _Chapter, *, whole: bool) -> Markup:
    """Draw an answer; `whole` says that its chapter follows, to which it leads."""
    return _draw(env, "answer.html.j2", one=one, whole=whole)


def _draw_chapter(env: Environment, one: _Chapter, share: int) -> Markup:
    case = one.subject.case
    found = groups(one.subject)
    detections = sorted(one.subject.told.values(), key=lambda t: (-one.subject.stages[t.id].rank, t.title, t.id))
    hunted = [told for told in detections if told.id in one.grid]
    drawn = {told.id: months(one.grid[told.id]) for told in hunted}
    columns = [month.first for month in next(iter(drawn.values()), ())]

    def track_row(told: object) -> Markup:
        return _draw(env, "track.html.j2", one=one, told=told, months=drawn, columns=columns)

    return _draw(
        env,
        "chapter.html.j2",
        one=one,
        lines=fitting(
            one.lines, _STORYLINES // share, lambda line: _draw(env, "storyline.html.j2", one=one, line=line)
        ),
        groups=_hit_groups(env, one, found, _HITS // share),
        groups_hits=[group.hits for group in found],
        columns=columns,
        tracks=fitting(hunted, _COVERAGE // share, track_row),
        populations=populations(case),
        seen_hosts=seen_hosts(case),
        stores=fitting(
            troubled_first(case), _READ // share, lambda store: _draw(env, "store.html.j2", one=one, store=store)
        ),
        unserved=fitting(
            case.unserved, _METHOD // share // 2, lambda gap: _draw(env, "unserved.html.j2", one=one, gap=gap)
        ),
        detections=fitting(
            detections, _METHOD // share // 2, lambda told: _draw(env, "detection.html.j2", one=one, told=told)
        ),
    )


def _hit_groups(env: Environment, one: _Chapter, found: Sequence[Group], budget: int) -> Shown:
    """Show the whole event only while half of the budget lasts: more groups tell more than longer ones."""
    whole = fitting(found, budget // 2, lambda group: _draw(env, "group.html.j2", one=one, group=group, event=True))
    brief = fitting(
        found[len(whole.blocks) :],
        budget - whole.size,
        lambda group: _draw(env, "group.html.j2", one=one, group=group, event=False),
    )
    return Shown(whole.blocks + brief.blocks, brief.left, whole.size + brief.size)


def _draw(env: Environment, template: str, **values: object) -> Markup:
    return Markup(env.get_template(template).render(**values))  # noqa: S704 -- rendered with autoescape


def _environment() -> Environment:
    """Every value a template writes passes `_finalized` and then autoescape, whoever wrote the template."""
    env = Environment(
        loader=PackageLoader("huntline.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        logged=_logged,
        fang=defanged,
        when=moment_words,
        count=counted_words,
        number=lambda number: f"{number:,}",
        month=lambda day: day.strftime("%Y-%m"),
        brief=_cut,
        short=lambda text, most: text if len(text) <= most else f"{text[: most - 1]}…",
    )
    env.globals.update(
        picture=picture,
        line_supports=line_supports,
        line_doubts=line_doubts,
        place_words=place_words,
        teller_words=teller_words,
        moment_of=moment_of,
        matched_in=_matched_in,
        evidence_of=_evidence_of,
        gravity=gravity,
        SIGNS=SIGNS,
        VALUE=_VALUE,
    )
    return env


def _finalized(value: object) -> object:
    if isinstance(value, Markup):
        return value
    if isinstance(value, datetime):
        return moment_words(value)
    if isinstance(value, date):
        return value.isoformat()
    return "–" if value is None else visible(unlinked(str(value)))


def _logged(text: str, limit: int = _VALUE) -> str:
    """Prepare a value from a log: cut first, so that a megabyte costs nothing; then without teeth."""
    return _cut(text, limit, defang=True)


def _cut(text: str, limit: int, *, defang: bool = False) -> str:
    shown, whole = clipped(text, limit)
    shown = defanged(shown) if defang else shown
    return f"{shown} … [first {limit:,} of {whole:,} characters]" if whole else shown


def _matched_in(hit: Hit) -> Mapping[str, frozenset[str]]:
    """Map each field that made a detection match to its matching values."""
    found: dict[str, set[str]] = {}
    for witness in hit.witnesses:
        for evidence in witness.evidence:
            found.setdefault(evidence.field, set()).add(evidence.value)
    return {field: frozenset(values) for field, values in found.items()}


def _evidence_of(hit: Hit) -> Sequence[Evidence]:
    """Return what made the event match, each field and value once."""
    seen = {(e.field, e.value): e for witness in hit.witnesses for e in witness.evidence}
    return [seen[key] for key in sorted(seen)]


def _packaged(name: str) -> str:
    return files("huntline.report").joinpath("templates", name).read_text(encoding="utf-8")
