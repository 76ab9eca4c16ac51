"""A scheduled rule's properties as they are judged when it is saved: what is there, of which kind, within which limits.

Lists and limits are those of Microsoft's specification 2025-09-01 and of the pages that go with it [M1][M2][M13].
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from lab.sentinel.errors import Failed, arm_failed
from lab.sentinel.rules.parts import parts
from lab.sentinel.timespan import duration

REQUIRED: Final[Mapping[str, type]] = {
    "displayName": str,
    "enabled": bool,
    "severity": str,
    "query": str,
    "queryFrequency": str,
    "queryPeriod": str,
    "triggerOperator": str,
    "triggerThreshold": int,
    "suppressionEnabled": bool,
    "suppressionDuration": str,
}
TEXTS: Final = ("description", "alertRuleTemplateName", "templateVersion")
ENUMS: Final = {
    "severity": ("High", "Medium", "Low", "Informational"),
    "triggerOperator": ("GreaterThan", "LessThan", "Equal", "NotEqual"),
}
TACTICS: Final = (
    "Reconnaissance", "ResourceDevelopment", "InitialAccess", "Execution", "Persistence", "PrivilegeEscalation",
    "DefenseEvasion", "CredentialAccess", "Discovery", "LateralMovement", "Collection", "Exfiltration",
    "CommandAndControl", "Impact", "PreAttack", "ImpairProcessControl", "InhibitResponseFunction",
)  # fmt: skip
SHORTEST: Final = timedelta(minutes=5)
LONGEST: Final[Mapping[str, timedelta]] = {
    "queryFrequency": timedelta(days=14),
    "queryPeriod": timedelta(days=14),
    "suppressionDuration": timedelta(hours=24),
}


def check(sent: Any) -> Mapping[str, Any]:
    """Return the properties of a rule, or raise Failed (400) for the first thing wrong with them.

    Everything is judged to the letter, case included (lab: the service may be kinder).
    """
    if not isinstance(sent, dict):
        raise refused("Required property 'properties' not found in JSON")
    for wrong in _complaints(sent):
        raise refused(wrong)
    return sent


def refused(words: str) -> Failed:
    """Refuse a rule's form: the frame of the words is the service's (seen), most of the words are the lab's."""
    return arm_failed(400, "InvalidPayload", f"Invalid data model. [: Invalid Properties for alert rule: {words}.]")


def _complaints(sent: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong; each step may lean on those before it, since only the first complaint is told."""
    yield from (f"Required property '{name}' not found in JSON" for name in REQUIRED if sent.get(name) is None)
    yield from (f"'{name}' is no {kind.__name__}" for name, kind in REQUIRED.items() if type(sent[name]) is not kind)
    yield from (f"'{name}' is no str" for name in TEXTS if not isinstance(sent.get(name), str | None))
    yield from _values(sent)
    yield from _times(sent)
    yield from _attack(sent)
    yield from parts(sent)


def _values(sent: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"'{name}' is none of {', '.join(known)}" for name, known in ENUMS.items() if sent[name] not in known)
    if not sent["displayName"].strip():
        yield "'displayName' is empty"
    if sent["triggerThreshold"] < 0:
        yield "'triggerThreshold' is below 0"
    if sent.get("templateVersion") and not sent.get("alertRuleTemplateName"):
        yield "'templateVersion' can only be used if 'alertRuleTemplateName' is not empty"  # (seen)


def _times(sent: Mapping[str, Any]) -> Iterator[str]:
    spans = {name: duration(sent[name]) for name in LONGEST}
    for name, span in spans.items():
        if span is None or not SHORTEST <= span <= LONGEST[name]:
            yield f"'{name}' is no duration of 5 minutes to {LONGEST[name].total_seconds() / 3_600:g} hours"
    frequency, period = spans["queryFrequency"], spans["queryPeriod"]
    if frequency and period and frequency > period:
        yield "'queryFrequency' is longer than 'queryPeriod'"


def _attack(sent: Mapping[str, Any]) -> Iterator[str]:
    """Yield unknown tactics and techniques; the words for a sub-technique are the service's (seen)."""
    for name in ("tactics", "techniques", "subTechniques"):
        if not isinstance(sent.get(name), list | None):
            yield f"'{name}' is no list"
    yield from (f"The tactic '{one}' is not known" for one in sent.get("tactics") or () if one not in TACTICS)
    for one in sent.get("techniques") or ():
        if not re.fullmatch(r"T\d+", str(one)):
            yield f"The technique '{one}' is invalid. The expected format is 'T####'"
