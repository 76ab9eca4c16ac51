"""What a platform can do with a pack: detections by sources, for rules and hunts apart."""

from __future__ import annotations

from collections.abc import Sequence

from huntline.compile.outcomes import Outcome, Tally, tallies, word
from huntline.model.pack import Pack
from huntline.model.query import Query, Refused, Rule

LEGEND = """\
*exact*: finds what the Sigma rule means, no more and no less. *superset*: finds all of it and perhaps more; the matcher
decides on what comes back. *in part*: finds what it can without fields the source never has; what rests on them is
*blind* there, and said so. *refused*: cannot be said there without a change of meaning; the reason stands below. A
detection that is not listed for a source asks for a log source the source does not hold.

The engines of this project's tests ran these texts over labelled events in the shape of most sources; which sources and
kinds of event are left out stands in `docs/reference/compile.md`. **None was executed on a real platform yet.**
"""


def support(pack: Pack, platform: str, found: Sequence[Outcome]) -> str:
    """Return the page as Markdown; its order is the pack's."""
    served = [one for one in found if one.served]
    lines = [f"# {_cell(pack.title)} on {platform}", "", LEGEND, "| source | rules | hunts |", "|---|---|---|"]
    lines += [
        f"| {scope.name}: {_cell(scope.title)} | {_counts(rules)} | {_counts(hunts)} |"
        for scope, rules, hunts in tallies(found)
    ]
    lines += ["", "| detection | source | rule | hunt |", "|---|---|---|---|"]
    for one in served:
        title = f"{_cell(one.detection.title)}"
        lines.append(f"| {title} | {one.scope.name} | {_said(one.rule)} | {_said(one.hunt)} |")
    missing = [one for one in pack.detections if not any(it.detection.id == one.id for it in served)]
    if missing:
        lines += ["", "No source of this platform holds what these ask for:", ""]
        lines += [f"- {_cell(one.title)} ({one.logsource})" for one in missing]
    return "\n".join(lines) + "\n"


def _counts(words: Tally) -> str:
    return ", ".join(f"{count} {name}" for name, count in words.items()) or "-"


def _said(one: Rule | Query | Refused | None) -> str:
    if isinstance(one, Refused):
        return f"{word(one)}: `{one.code}` {_cell(one.construct)}"
    lacks = _cell(", ".join(one.lacks)) if isinstance(one, Query) else ""
    return f"{word(one)}: without {lacks}" if lacks else word(one)


def _cell(text: str) -> str:
    """Write text of others so that it stays inside its cell."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return "".join(f"\\{char}" if char in "\\|`*_[]<>" else char for char in shown)
