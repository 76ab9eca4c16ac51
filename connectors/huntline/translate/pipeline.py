"""Take a predicate through a pySigma processing pipeline, on a copy, and see that every test comes out again.

The loss law: every test of the rule has a descendant in what the pipeline makes of it, value by value; else the
detection is refused (`dropped_test`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any
from uuid import UUID

from sigma.conditions import ConditionAND, ConditionIdentifier, ConditionNOT, ConditionOR
from sigma.exceptions import SigmaError
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import (
    SigmaDetection,
    SigmaDetectionItem,
    SigmaDetections,
    SigmaLevel,
    SigmaLogSource,
    SigmaRule,
    SigmaRuleTag,
    SigmaStatus,
)
from sigma.types import SigmaType

from huntline.model.pack import Detection
from huntline.model.predicate import Predicate, Test, tests
from huntline.translate.items import predicate_of, values_of
from huntline.translate.lost import Lost
from huntline.translate.rewrite import every, negated, rewrite, some

WHOLE = "rule"
"""The name of the one selection a rule has on its way through; a pipeline may add others to its condition."""

PARTS = frozenset({"contains", "startswith", "endswith", "wildcard"})
DIGEST = re.compile(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{128}")
"""What may be a whole value where a rule asks for a part: pipelines take digests out of Sysmon's list of hashes."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A predicate in a source's own names; `reads`: each of its fields, and the rule's own names for it."""

    predicate: Predicate
    reads: Mapping[str, tuple[str, ...]]


def pipeline_of(*parts: Mapping[str, Any]) -> ProcessingPipeline:
    """Build one pipeline of several, applied in this order. Raises SigmaError; what is given stays as it is."""
    built = [ProcessingPipeline.from_dict(deepcopy(dict(part))) for part in parts]
    return reduce(lambda one, other: one + other, built, ProcessingPipeline())


def mapped(
    detection: Detection, predicate: Predicate, pipeline: ProcessingPipeline, given: Mapping[str, str]
) -> Mapped:
    """Apply the pipeline to a predicate of the detection; `given` fields have their native name already. Raises Lost."""
    before = tuple(test for test in dict.fromkeys(tests(predicate)) if test.field not in given)
    made = [values_of(test) for test in before]
    rule = _rule(detection, before, made)
    try:
        pipeline.apply(rule)
        whole, added = _condition(rule)
    except SigmaError as error:
        raise Lost("pipeline", str(error.args[0] if error.args else error)) from error
    after: dict[Test, Predicate] = {test: _renamed(test, given) for test in tests(predicate)}
    reads: dict[str, dict[str, None]] = {}
    # Each test stands in a group of its own, so its place tells what became of it, whatever the pipeline did.
    for test, values, group in zip(before, made, rule.detection.detections[WHOLE].detection_items, strict=True):
        after[test] = _outcome(test, values, group)
    for test, outcome in after.items():
        for field in _fields(outcome):
            reads.setdefault(field, {}).update(dict.fromkeys(_fields(test)))
    for field in _fields(added):
        reads.setdefault(field, {})
    found = whole(rewrite(predicate, after.__getitem__))
    return Mapped(found, {field: tuple(sigma) for field, sigma in sorted(reads.items())})


def _renamed(test: Test, given: Mapping[str, str]) -> Test:
    return replace(test, field=given.get(test.field, test.field))


def _rule(detection: Detection, before: Sequence[Test], made: Sequence[list[SigmaType]]) -> SigmaRule:
    """Build a rule of its own for the pipeline to change. The lists are copied: a pipeline swaps what is in them."""
    items = [
        SigmaDetectionItem(test.field or None, [], list(values), auto_modifiers=False)
        for test, values in zip(before, made, strict=True)
    ]
    logsource, status, level = detection.logsource, detection.status.upper(), detection.level.upper()
    return SigmaRule(
        title=detection.title,
        id=_uuid(detection.id),
        status=SigmaStatus[status] if status in SigmaStatus.__members__ else None,
        level=SigmaLevel[level] if level in SigmaLevel.__members__ else None,
        tags=[SigmaRuleTag.from_str(tag) for tag in detection.tags if "." in tag],
        logsource=SigmaLogSource(logsource.category or None, logsource.product or None, logsource.service or None),
        detection=SigmaDetections({WHOLE: _groups(items)}, [WHOLE]),
    )


def _groups(items: Sequence[SigmaDetectionItem]) -> SigmaDetection:
    """Group each item by itself; pySigma builds nothing that is empty, though a rule may be, when all of it is implied."""
    whole = SigmaDetection([SigmaDetectionItem(None, [], [], auto_modifiers=False)])
    whole.detection_items = [SigmaDetection([item]) for item in items]
    return whole


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _condition(rule: SigmaRule) -> tuple[Callable[[Predicate], Predicate], Predicate]:
    """Return how the pipeline's condition embeds the rule, and what it adds to it."""
    condition = rule.detection.parsed_condition[0]
    if condition.condition == WHOLE:
        return lambda predicate: predicate, every()
    added = {name: _predicate(one) for name, one in rule.detection.detections.items() if name != WHOLE}
    tree = condition.parse(postprocess=False)
    return lambda predicate: _embedded(tree, {**added, WHOLE: predicate}), every(*added.values())


def _embedded(tree: object, names: Mapping[str, Predicate]) -> Predicate:
    match tree:
        case ConditionIdentifier():
            return names[tree.identifier]
        case ConditionNOT():
            return negated(_embedded(tree.args[0], names))
        case ConditionAND():
            return every(*(_embedded(one, names) for one in tree.args))
        case ConditionOR():
            return some(*(_embedded(one, names) for one in tree.args))
    raise Lost("pipeline", f"a condition the pipeline adds is not understood: {tree!r}")


def _outcome(test: Test, values: Sequence[SigmaType], group: SigmaDetection | SigmaDetectionItem) -> Predicate:
    """Return what became of one test; a value that got lost on the way is lost meaning."""
    items = list(_items(group))
    left = [value for item in items for value in item.value]
    if len(left) < len(values):
        raise Lost("dropped_test", f"{test.field or 'keyword'} {test.op}: {', '.join(test.values[:3])}")
    (first, *more) = items
    if not more and not first.negated and len(left) == len(values) and all(map(_is, left, values)):
        return Test(first.field or "", test.op, test.values, test.cased, test.flags)
    outcome = _predicate(group)
    for one in tests(outcome):
        if test.op in PARTS and one.op == "is" and not all(map(DIGEST.fullmatch, one.values)):
            raise Lost("pipeline", f"a part of {test.field} became a whole value of {one.field}: {one.values[0]}")
    return outcome


def _is(one: object, other: object) -> bool:
    return one is other


def _items(group: SigmaDetection | SigmaDetectionItem) -> Iterator[SigmaDetectionItem]:
    if isinstance(group, SigmaDetectionItem):
        yield group
    else:
        for one in group.detection_items:
            yield from _items(one)


def _predicate(group: SigmaDetection | SigmaDetectionItem) -> Predicate:
    if isinstance(group, SigmaDetection):
        parts = [_predicate(one) for one in group.detection_items]
        return every(*parts) if group.item_linking is ConditionAND else some(*parts)
    parts = [predicate_of(group.field, [value]) for value in group.value]
    joined = every(*parts) if group.value_linking is ConditionAND else _alternatives(group)
    return negated(joined) if group.negated else joined


def _alternatives(item: SigmaDetectionItem) -> Predicate:
    """Join values of one kind into one test, as rules write them."""
    kinds: dict[Test, list[str]] = {}
    others: list[Predicate] = []
    for value in item.value:
        found = predicate_of(item.field, [value])
        if isinstance(found, Test) and found.op not in ("null", "exists"):
            kinds.setdefault(Test(found.field, found.op, (), found.cased, found.flags), []).extend(found.values)
        else:
            others.append(found)
    joined = [Test(k.field, k.op, tuple(dict.fromkeys(values)), k.cased, k.flags) for k, values in kinds.items()]
    return some(*joined, *others)


def _fields(predicate: Predicate) -> tuple[str, ...]:
    """Return the fields in the order of their tests, those of fieldrefs included; keywords name none."""
    named = [name for t in tests(predicate) for name in ((t.field, *t.values) if t.op == "fieldref" else (t.field,))]
    return tuple(dict.fromkeys(name for name in named if name))
