"""Sigma filters: what they take away, from which rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from huntline.detections.lower import lower_detection
from huntline.detections.match import match
from huntline.detections.modifiers import Lists
from huntline.detections.read import logsource_in, texts_in
from huntline.detections.refusal import NotLowered
from huntline.documents import Document
from huntline.model.branches import branches
from huntline.model.pack import Detection, LogSource
from huntline.model.predicate import Every, Predicate

ANY = ("any",)


@dataclass(frozen=True, slots=True)
class SigmaFilter:
    """`predicate` must hold beside the rule's own. `file` is told as it is."""

    file: str
    line: int
    rules: tuple[str, ...]  # ids and names, or ANY
    logsource: LogSource
    predicate: Predicate


def filter_of(file: str, document: Document, lists: Lists) -> SigmaFilter:
    """Lower a Sigma filter. Raises NotLowered, also for one that keeps what it selects instead of taking it away."""
    data = document.data
    names = named_by(data)
    if not names:
        raise NotLowered(
            "filter", "a filter names its rules: `any`, or a list of ids or names", place=("filter", "rules")
        )
    selections = {key: value for key, value in data["filter"].items() if key != "rules"}
    predicate = lower_detection(selections, lists, place=("filter",))
    if match(predicate, {}) is None:
        # What holds for no fields at all takes away; anything else would hide every event that lacks its fields.
        problem = "the condition keeps only what it selects; a filter takes away"
        raise NotLowered("filter", problem, place=("filter", "condition"))
    logsource = source_of(data)
    if logsource == LogSource():
        raise NotLowered("filter", "a filter has the log source of its rules", place=("logsource",))
    return SigmaFilter(file, document.line("filter", "rules"), names, logsource, predicate)


def named_by(data: Any) -> tuple[str, ...]:
    """Return the rules a filter document names, () where it names none that can be understood."""
    body = data.get("filter") if isinstance(data, dict) else None
    rules = body.get("rules") if isinstance(body, dict) else None
    whole = rules if isinstance(rules, list) else [rules]
    return texts_in(rules) if all(isinstance(rule, str) and rule for rule in whole) else ()


def source_of(data: Any) -> LogSource:
    """Return the log source of a filter document, an empty one where it gives none."""
    given = data.get("logsource") if isinstance(data, dict) else None
    return logsource_in(given) if isinstance(given, dict) else LogSource()


def filtered(detection: Detection, filters: Iterable[SigmaFilter]) -> Detection:
    """Return the detection without what the filters that concern it take away."""
    conditions = [one.predicate for one in filters if concerns(one, detection)]
    if not conditions:
        return detection
    predicate = Every((detection.predicate, *conditions))
    return replace(detection, predicate=predicate, branches=branches(predicate))


def concerns(one: SigmaFilter, detection: Detection) -> bool:
    return is_named(one.rules, detection) and is_of(one.logsource, detection)


def is_named(rules: tuple[str, ...], detection: Detection) -> bool:
    return rules == ANY or bool(names_of(detection) & set(rules))


def is_of(wanted: LogSource, detection: Detection) -> bool:
    given = detection.logsource
    pairs = ((wanted.product, given.product), (wanted.category, given.category), (wanted.service, given.service))
    return all(mine in ("", theirs) for mine, theirs in pairs)


def names_of(detection: Detection) -> set[str]:
    """Return what a filter may call a rule by: its id, and its name where it has one."""
    return {str(detection.rule.get("name") or ""), detection.id} - {""}
