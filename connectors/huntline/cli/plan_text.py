"""A plan, and what differs in it, as a terminal shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from huntline.deploy.compare import STATE
from huntline.deploy.left_out import left_out
from huntline.model.jsonable import dumps
from huntline.model.pack import Json
from huntline.model.plan import Action, Change, Difference, Expected, TenantPlan
from huntline.report.plain import clipped, counted_words, visible

SIGNS: dict[Action, str] = {
    "create": "+",
    "update": "~",
    "adopt": "<",
    "disable": "o",
    "retire": "-",
    "unchanged": "=",
    "held": "!",
    "blocked": "x",
    "not_applicable": ".",
}
OWNERS = {
    "ours": "",
    "theirs": "changed there",
    "both": "changed there and by us",
    "given": "left to them",
    "unknown": "nobody knows by whom",
}
QUIET = frozenset({"unchanged", "not_applicable"})
COUNTED = frozenset({"create", "update", "adopt"})
LONGEST, LONGEST_WORDS = 100, 500
"""Signs of a value or a name, and of a reason: both may be somebody else's, and as long as he likes."""


def plan_lines(plan: TenantPlan, *, whole: bool) -> Iterator[str]:
    """Yield the lines of a tenant's plan, safe for a terminal. `whole`: with what is unchanged or not applicable."""
    ring = f", ring {plan.ring}" if plan.ring else ""
    yield visible(f"{plan.tenant} on {plan.platform} ({plan.place}), of {plan.customer}{ring}")
    for warning in plan.warnings:
        yield visible(f"  warning: {warning}")
    for change in plan.changes:
        if whole or change.action not in QUIET:
            yield from _change_lines(change, whole=whole)
    for words in left_out(plan):
        yield visible(f"  not written: {shortened(words, LONGEST_WORDS)}")
    yield f"  {summary(plan)}"
    counted = [change.expected for change in plan.changes if change.action in COUNTED and change.expected]
    if counted:
        yield f"  {sum(map(_quiet, counted))} of {counted_words(len(counted), 'rule')} would have matched nothing in 30 days"


def summary(plan: TenantPlan) -> str:
    """Count the changes by action."""
    counts = Counter(change.action for change in plan.changes)
    return ", ".join(f"{counts[action]} {action.replace('_', ' ')}" for action in SIGNS if counts[action]) or "nothing"


def difference_words(one: Difference) -> str:
    """Say one difference on a line."""
    owner, now, wanted = OWNERS[one.owner], value_words(one.now), value_words(one.wanted)
    if one.kept:
        return f"{one.path}: {owner}, stays: {now} (wanted: {wanted})"
    return f"{one.path}: {f'{owner}: ' if owner else ''}{now} -> {wanted}"


def value_words(value: Json) -> str:
    return shortened(value if isinstance(value, str) else dumps(value), LONGEST)


def shortened(text: str, limit: int) -> str:
    """Leave off what is beyond the limit, and say so."""
    shown, length = clipped(text, limit)
    return f"{shown}... ({length:,} characters)" if length else shown


def _change_lines(change: Change, *, whole: bool) -> Iterator[str]:
    reason = f": {shortened(change.reason, LONGEST_WORDS)}" if change.reason else ""
    switched = ", switched on" if change.writes and change.on and change.artifact else ""
    yield visible(
        f"  {SIGNS[change.action]} {change.action.replace('_', ' '):<9} {value_words(change.name)}{switched}{reason}"
    )
    if change.expected and change.action in COUNTED and (whole or not _quiet(change.expected)):
        yield visible(f"      {expected_words(change)}")
    for one in change.differences:
        if not (switched and one.path == STATE):  # the first line has it
            yield visible(f"      {difference_words(one)}")


def _quiet(expected: Expected) -> bool:
    """Tell whether nothing matched and all was counted."""
    return not expected.last_30_days and not expected.words


def expected_words(change: Change) -> str:
    """Say how often it would have matched a day, lately."""
    if change.expected is None:
        return ""
    week, month = change.expected.last_7_days / 7, change.expected.last_30_days / 30
    lacking = f" (not all was counted: {change.expected.words})" if change.expected.words else ""
    return f"matches a day: {week:.1f} over 7 days, {month:.1f} over 30{lacking}"


def totals(plans: Sequence[TenantPlan]) -> tuple[int, int]:
    """Return how many objects are written, and how many tenants have any."""
    writing = [sum(change.writes for change in plan.changes) for plan in plans]
    return sum(writing), sum(bool(count) for count in writing)
