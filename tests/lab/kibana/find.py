"""Many rules at once: _find with its filter, order and pages, and the tags there are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from lab.elastic.errors import Unbuilt
from lab.kibana.call import Call, list_refused
from lab.kibana.errors import platform, siem
from lab.kibana.kuery import Every, Is, Node, Not, Than, Unread, fields, pattern, read
from lab.kibana.store import Kept
from lab.serve.exchange import Answer

PREFIX = "alert.attributes."
# What a filter may ask, and how it is held: keywords compare whole, texts by their words (mem), flags as true and false.
KEYWORDS: Final[Mapping[str, str]] = {
    "tags": "tags",
    "params.ruleId": "rule_id",
    "params.type": "type",
    "params.severity": "severity",
    "params.immutable": "immutable",
    "enabled": "enabled",
    "name.keyword": "name",
    "createdBy": "created_by",
    "updatedBy": "updated_by",
}
SORTED: Final = frozenset(
    {"created_at", "createdAt", "enabled", "name", "risk_score", "riskScore", "severity", "updated_at", "updatedAt"}
    | {"execution_summary.last_execution.date", "execution_summary.last_execution.status"}
)
SEVERITIES: Final = ("low", "medium", "high", "critical")


def find(call: Call) -> Answer:
    """GET /api/detection_engine/rules/_find: 20 a page, writes of the last moment missing where the lab lags."""
    if call.request.query.keys() - {"filter", "sort_field", "sort_order", "page", "per_page"}:
        raise Unbuilt(f"parameters of _find: {sorted(call.request.query)}")
    page, per_page = call.number("page", 1, 1), call.number("per_page", 20, 0)
    if page * per_page > call.kibana.settings.window:
        raise siem(
            400,
            f"Result window is too large, from + size must be less than or equal to: [{call.kibana.settings.window}]",
        )
    wanted = filtered(call.query("filter"))
    rules = in_order(call, [one for one in shown(call) if held(one.rule, wanted)])
    start = (page - 1) * per_page
    data = [one.rule for one in rules[start : start + per_page]]
    return Answer(200, {"page": page, "perPage": per_page, "total": len(rules), "data": data})


def tags(call: Call) -> Answer:
    """GET /api/detection_engine/tags: every tag of every rule."""
    return Answer(200, sorted({tag for one in shown(call) for tag in one.rule["tags"]}))


def shown(call: Call) -> list[Kept]:
    """Return the rules as a search sees them: later than reads by id."""
    settings, bent = call.kibana.settings, call.bent("lag")
    late = timedelta(seconds=bent.amount if bent else settings.lag)
    if not late and not settings.lag_requests:
        return call.space.rules()
    return call.space.seen(until=call.now - late, number=call.request.number - 1 - settings.lag_requests)


def filtered(text: str) -> Node | None:
    """Read a filter; raises Refused (400) for what does not read and for a field that is none."""
    try:
        found = read(text)
    except Unread as wrong:
        raise siem(400, f"KQLSyntaxError: {wrong}") from None
    for name in fields(found):
        if not name.startswith(PREFIX):
            raise siem(400, f"This key '{name}' does NOT exist in alert saved object index patterns: Bad Request")
        if name.removeprefix(PREFIX) not in {"name", *KEYWORDS}:
            raise Unbuilt(f"a filter over {name}")
    return found


def held(rule: Mapping[str, Any], node: Node | None) -> bool:
    """Tell whether a rule is one that a filter asks for."""
    if node is None:
        return True
    if isinstance(node, Is):
        return _is(rule, node)
    if isinstance(node, Than):
        raise Unbuilt("a filter that compares")
    if isinstance(node, Not):
        return not held(rule, node.of)
    return (all if isinstance(node, Every) else any)([held(rule, one) for one in node.of])


def in_order(call: Call, rules: list[Kept]) -> list[Kept]:
    """Sort as asked; without, the last written comes last, so that pages shift under writes (mem)."""
    name, order = call.query("sort_field"), call.query("sort_order")
    if bool(name) != bool(order):
        raise list_refused('when "sort_order" and "sort_field" must exist together')
    if not name:
        return rules
    if name not in SORTED or order not in {"asc", "desc"}:
        raise platform(400, f"[request query]: sort_field: Invalid enum value, received '{name}'")
    return sorted(rules, key=lambda one: _key(one.rule, name), reverse=order == "desc")


def _is(rule: Mapping[str, Any], node: Is) -> bool:
    name = node.field.removeprefix(PREFIX)
    if name == "name":
        return _says(str(rule["name"]), node)
    value = rule[KEYWORDS[name]]
    texts = value if isinstance(value, list) else [str(value).lower() if isinstance(value, bool) else str(value)]
    if node.quoted:
        return node.value in texts
    return any(pattern(node.value).fullmatch(text) for text in texts)


def _says(text: str, node: Is) -> bool:
    """Match a text field: quoted words in a row, or a word's pattern, whatever the case (mem)."""
    words = [one.lower() for one in re.findall(r"\w+", text)]
    if not node.quoted:
        return any(pattern(node.value.lower()).fullmatch(word) for word in words)
    asked = [one.lower() for one in re.findall(r"\w+", node.value)]
    return any(words[place : place + len(asked)] == asked for place in range(len(words) - len(asked) + 1))


def _key(rule: Mapping[str, Any], name: str) -> Any:
    snake = re.sub(r"([A-Z])", lambda found: f"_{found[1].lower()}", name)
    value: Any = rule
    for step in snake.split("."):
        value = value.get(step, "") if isinstance(value, Mapping) else ""
    if snake == "severity":
        return SEVERITIES.index(value)
    return value.lower() if isinstance(value, str) else value
