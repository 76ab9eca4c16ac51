"""A plan as Markdown, for a change ticket."""

from __future__ import annotations

from collections.abc import Iterator

from huntline.cli.plan_text import LONGEST_WORDS, OWNERS, expected_words, shortened, summary, value_words
from huntline.deploy.file import plan_hash
from huntline.deploy.left_out import left_out
from huntline.model.plan import Change, Plan, TenantPlan
from huntline.publish.markdown import code, plain
from huntline.report.plain import moment_words


def plan_markdown(plan: Plan) -> str:
    """Return the whole document."""
    lines = [
        "# Change of detection rules",
        "",
        f"Plan `{plan_hash(plan)[:16]}`, made {moment_words(plan.made)}. It is applied as it stands here, over the revisions",
        "it saw, or not at all where something was changed since.",
        "",
    ]
    return "\n".join([*lines, *(line for one in plan.tenants for line in _tenant(one))]).rstrip() + "\n"


def _tenant(plan: TenantPlan) -> Iterator[str]:
    ring = f", ring {plain(plan.ring)}" if plan.ring else ""
    yield f"## {plain(plan.tenant)}"
    yield ""
    yield f"{plain(plan.customer)}, {plain(plan.platform)} at {code(plan.place)}{ring}. Pack {code(plan.pack)}. {summary(plan)}."
    yield ""
    for warning in plan.warnings:
        yield f"- Warning: {plain(warning)}"
    for words in left_out(plan):
        yield f"- Not written: {plain(shortened(words, LONGEST_WORDS))}"
    if plan.warnings or [*left_out(plan)]:
        yield ""
    told = [change for change in plan.changes if change.action not in ("unchanged", "not_applicable")]
    if not told:
        yield "Nothing to do."
        yield ""
        return
    yield "| action | object | on afterwards | why | needs | matches a day |"
    yield "|---|---|---|---|---|---|"
    for change in told:
        yield _row(change)
    yield ""
    for change in told:
        yield from _differences(change)


def _row(change: Change) -> str:
    on = "-" if not change.artifact else "yes" if change.on else "no"
    needs = " ".join(f"`--allow {one}`" for one in change.allowances)
    reason = plain(shortened(change.reason, LONGEST_WORDS))
    cells = (change.action.replace("_", " "), plain(value_words(change.name)), on, reason, needs)
    return f"| {' | '.join(cells)} | {plain(expected_words(change).removeprefix('matches a day: '))} |"


def _differences(change: Change) -> Iterator[str]:
    if not change.differences:
        return
    yield f"### {plain(value_words(change.name))}"
    yield ""
    yield "| field | now | afterwards | whose |"
    yield "|---|---|---|---|"
    for one in change.differences:
        after = "stays" if one.kept else _cell(value_words(one.wanted))
        yield f"| {_cell(one.path)} | {_cell(value_words(one.now))} | {after} | {OWNERS[one.owner] or 'our change'} |"
    yield ""


def _cell(text: str) -> str:
    """Return code, or plain text where a sign in it would end the cell: code has no escapes."""
    return plain(text) if "|" in text else code(text)
