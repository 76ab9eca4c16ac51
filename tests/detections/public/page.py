"""The page that compares our pack with every public detection, made from the data and the pack."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from detections.public.compare import Standing, overlap, pack, rules, standing
from detections.public.load import Example, Public, Row, load_public, load_rows
from huntline.model.pack import Detection

HEAD = """# Coverage of the public detections

What others published for the 3CX compromise, and which of our rules see the same. Made from `tests/detections/public/`
and the pack, and proved by its tests: each public detection's logic is written there as the descriptions tell it, in our
words (no original text was used), with events that satisfy it. An event carries only what the logics read; exactly the
rules named here fire on it. Where a description leaves a list or a number open, the data says what was taken instead.

A scan of files or memory reads no log. Its logic is what a log shows of the same thing: the hashes of the samples it
was written from, and the names it looks for; it is covered in part at best.

"The facts" are what the reports of the incident establish. "Wider than the facts" is a near miss that satisfies theirs,
that no report ties to the attack, and on which none of ours fires. Rules called generic were not written for 3CX, so that
being wider is their purpose.
"""
ALONE = """## What ours has that none of them has

Proved for each rule by an event of the pack that it matches and that satisfies no public logic; no event of theirs fires
it. In brackets: those that see some of its other events, mostly for a reason of their own, such as the host.
"""
ONLY_SCANS = """### As a rule over logs

Others see these too, but only by scanning files and memory or with a list of names; no public rule over logs sees all of
it. In brackets: those that see some of its events.
"""
CLAIMS = """### What the facts say nobody reads

The numbers are those of the table of proposed detections that the pack was built from, where no public rule was found.
Two ways of proof: no public detection sees an event of the rule; or public rules over logs do see each of its events, or
some, but see it alike when what ours reads is changed, and ours then stays silent.

| no. | what | ours | proof |
|---|---|---|---|"""
THEIRS = """## What theirs has that ours has not

Events of the attack, or possibly so, that satisfy theirs and fire none of ours.
"""
COLUMNS = (
    "theirs",
    "kind",
    "sees",
    "ours, or why not",
    "wider than the facts",
    "misses, ours sees",
    "better, or limited",
)


def page() -> str:
    """Return the page as Markdown, with a newline at its end."""
    parts = [HEAD, *_counts(), "", "## Theirs, one by one", *_tables(), *_alone(), *_claims(), "", *_gaps()]
    return "\n".join(parts) + "\n"


def _counts() -> Iterator[str]:
    how = Counter(_outcome(one) for one in load_public())
    counted = Counter(kind for one in load_public() for kind in _kinds(one))
    stood = Counter(standing(rule) for rule in rules().values())
    yield "| | |\n|---|---|"
    yield f"| public detections | {len(load_public())} |"
    yield f"| covered | {how['covered']} |"
    yield f"| covered in part, the rest with its reason | {how['part']} |"
    yield f"| not covered, with its reason | {how['not']} |"
    yield f"| events that satisfy theirs and fire ours | {counted['events']} |"
    yield f"| near misses that satisfy theirs and that no fact calls an attack; none fires ours | {counted['wider']} |"
    yield f"| events of the attack that theirs misses and ours sees | {counted['narrower']} |"
    yield f"| events of the attack, or possibly so, that theirs sees and ours misses | {counted['gaps']} |"
    yield f"| rules of ours | {len(rules())} |"
    yield f"| of which a public rule over logs sees the same | {stood['log']} |"
    yield f"| only scans and lists see the same | {stood['scan']} |"
    yield f"| no public detection sees the same | {stood['none']} |"


def _outcome(one: Public) -> str:
    if not one.covered:
        return "not"
    return "part" if one.reason else "covered"


def _kinds(one: Public) -> Iterator[str]:
    for part in one.parts:
        yield from ["events"] * len(part.events)
        yield from ["wider"] * len(part.wider)
        yield from ["narrower"] * len(part.narrower)
        yield from ["gaps"] * len(part.gaps)


def _tables() -> Iterator[str]:
    for publisher in dict.fromkeys(one.publisher for one in load_public()):
        yield f"\n### {publisher}\n\n| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}"
        yield from (_row(one) for one in load_public() if one.publisher == publisher)
    yield ""


def _row(one: Public) -> str:
    name = f"[{_plain(one.name)}]({one.link})" if one.link else _plain(one.name)
    examples = [(part.events, part.wider, part.narrower) for part in one.parts]
    events, wider, narrower = ([e for kinds in examples for e in kinds[at]] for at in range(3))
    cells = [
        f"{one.id} {name}",
        one.kind,
        one.sees,
        _joined([_titles({rule for event in events for rule in event.ours}), _not(one)]),
        _joined(event.note for event in wider),
        _joined(event.note for event in narrower),
        _joined([one.better and f"better: {one.better}", one.limits]),
    ]
    return f"| {' | '.join(cells)} |"


def _not(one: Public) -> str:
    return f"{'not the rest' if one.covered else 'not'}: {one.reason}" if one.reason else ""


def _alone() -> Iterator[str]:
    yield ALONE
    yield from _by_stage("none")
    yield f"\n{ONLY_SCANS}"
    yield from _by_stage("scan")


def _by_stage(wanted: Standing) -> Iterator[str]:
    for stage in pack().stages:
        held = [rule for rule in rules().values() if rule.stage == stage.id and standing(rule) == wanted]
        if held:
            yield f"- {stage.title}: {'; '.join(map(_alone_or_nearly, held))}"


def _alone_or_nearly(rule: Detection) -> str:
    others = overlap(rule)
    return f"{rule.title} ({', '.join(others)})" if others else rule.title


def _claims() -> Iterator[str]:
    yield f"\n{CLAIMS}"
    yield from (f"| {row.number} | {row.what} | {_titles(row.ours)} | {_proof(row)} |" for row in load_rows())


def _proof(row: Row) -> str:
    if not row.without:
        return "no public detection sees it"
    return f"public rules that see it are blind to `{', '.join(row.without)}`"


def _gaps() -> Iterator[str]:
    yield THEIRS
    for one in load_public():
        gaps: list[Example] = [event for part in one.parts for event in part.gaps]
        yield from (f"- {one.id}, {_plain(one.set)}: {event.note} (log source {_source(event)})" for event in gaps)


def _source(event: Example) -> str:
    return " ".join(part for part in str(event.logsource).split("/") if part != "*")


def _titles(ids: Iterable[str]) -> str:
    return _listed([rule for rule in rules().values() if rule.id in set(ids)])


def _listed(held: Sequence[Detection]) -> str:
    return "; ".join(rule.title for rule in held)


def _joined(texts: Iterable[str]) -> str:
    return "<br>".join(text for text in texts if text)


def _plain(text: str) -> str:
    """Escape what Markdown would take for emphasis or the end of a cell."""
    return re.sub(r"([_*|])", r"\\\1", text)
