"""Which fields each kind of event has: told in full, borne out by events, and the same for one sensor everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.languages.labelled import DETECTIONS, compilers, held, stores
from huntline.model.pack import Detection, LogSource
from huntline.model.predicate import Test
from huntline.translate.lost import Lost
from huntline.translate.serving import serving
from huntline.translate.translator import Bound, translated

COMPILERS = compilers()
TOLD: Mapping[str, Bound] = {
    name: bound for one in COMPILERS.values() for name, bound in one.bounds.items() if bound.store.held
}
SERVED = {
    name
    for name, bound in TOLD.items()
    if any(serving(detection.logsource, bound.store.scope) for detection in DETECTIONS.values())
}
RENDERED = [one for one in stores() if one[2] in SERVED and one[2] != "sysmon-event"]
"""Platform, renderer and scope; Sysmon in Sentinel's Event holds all its fields in one text."""

MODEL = TOLD["sysmon"]
"""Splunk keeps Sysmon's own names, so its lists are those of the event manifest."""

ELSEWHERE = frozenset(
    {"Hash", "Hashes", "MD5", "SHA1", "SHA256", "IMPHASH"}
)  # each platform takes hashes apart its way
SPELLINGS = frozenset({"SourceProcessGUID", "SourceProcessGuid", "TargetProcessGUID", "TargetProcessGuid"})
"""Sysmon spells these by event, Elastic's pipelines in one way."""

KINDS = [
    kind for kind in MODEL.store.held if kind.category != "sysmon_error"
]  # Elastic gives its two fields other names
SENSOR = sorted(frozenset().union(*MODEL.store.held.values()) - ELSEWHERE - SPELLINGS)
UNMAPPED = frozenset(
    {
        *("SourceIsIpv6", "DestinationIsIpv6", "SourcePortName", "DestinationPortName"),  # two fields made one
        *("QueryResults", "QueryStatus"),  # taken apart, put into words
        "Type",  # the message, in some events
    }
)
LESS: Mapping[str, frozenset[str]] = {
    "sysmon-event": frozenset(),
    "agent-sysmon": UNMAPPED,
    "agent-sysmon-forwarded": UNMAPPED,
    "winlogbeat-sysmon": UNMAPPED | {"Details"},  # removed, or numbers only, by version
}
"""Scope of the same sensor -> the fields it gives in no kind of event, as its file says."""


@pytest.mark.parametrize("name", TOLD)
def test_what_a_kind_is_said_to_have_is_a_field_of_the_store(name: str) -> None:
    """A misspelt name would take the field from the very kind that has it."""
    bound = TOLD[name]
    said = frozenset().union(*bound.store.held.values())

    assert set() == {field for field in said if bound.type_of(field) is None}


@pytest.mark.parametrize("name", TOLD)
def test_kinds_are_told_apart_all_or_none(name: str) -> None:
    """A kind that is left out has every field of its neighbours; only a whole channel does."""
    store = TOLD[name].store

    assert set() == {kind for kind in store.scope.logsources if kind.category} - set(store.held)


@pytest.mark.parametrize(("platform", "renderer", "name"), RENDERED)
def test_no_event_has_a_field_that_its_kind_is_not_said_to_have(platform: str, renderer: str, name: str) -> None:
    """It would be taken for absent, and a match that rests on it be missed."""
    bound = TOLD[name]
    filled = {one for detection in DETECTIONS.values() for one in _filled(platform, renderer, bound, detection)}

    assert filled
    assert set() == {
        (str(kind), field)
        for kind, field in filled
        if bound.type_of(field) is not None and not bound.reads(field, kind) and not bound.store.expression_of(field)
    }


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("name", LESS)
def test_one_sensor_has_the_same_fields_on_every_platform(name: str, kind: LogSource) -> None:
    """A rule that Sysmon cannot answer is refused on each, and never reads a field of another meaning instead."""
    told = {field for field in SENSOR if _answers(MODEL, kind, field)}

    assert told - LESS[name] == {field for field in SENSOR if _answers(TOLD[name], kind, field)}


def _filled(platform: str, renderer: str, bound: Bound, detection: Detection) -> Iterator[tuple[LogSource, str]]:
    kind = serving(detection.logsource, bound.store.scope)
    if kind is None:
        return
    for row in held(platform, renderer, bound.store.scope.name, Path(detection.file).stem).rows:
        yield from ((kind, field) for field, value in row.items() if value not in (None, "", []))


def _answers(bound: Bound, kind: LogSource, field: str) -> bool:
    """Tell whether a rule of this kind may ask for a field of the sensor."""
    asked = Test(field, "contains" if field == "User" else "is", ("true",))  # a whole DOMAIN\\user is cut in two
    rule = replace(next(iter(DETECTIONS.values())), logsource=kind, predicate=asked)
    try:
        return not translated(rule, bound).unmapped
    except Lost as lost:
        if lost.code != "unmapped_field":
            raise
        return False
