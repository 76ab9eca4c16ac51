"""A rule set before given events on a Splunk of its owner: the search carries them, so that nothing is written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import count

from huntline.model.pack import Json
from huntline.model.proof import Proof
from huntline.model.query import Rule
from huntline.translate.translator import Bound
from huntline_splunk.literals import name, rows, text

Event = Mapping[str, Json]


def proof(rule: Rule, bound: Bound, events: Sequence[Event]) -> Proof:
    """Return a search over events in the rule's native fields that gives the `proof_id` of those it finds.

    `makeresults` reads JSON (Search Reference, "makeresults"); the page is silent on arrays and on fields such as `_raw`,
    so that these come under other names and as one text, and are put right before the rule sees them.
    """
    values = [{field: _values(value) for field, value in event.items()} for event in events]
    fields = dict.fromkeys(field for event in values for field, held in event.items() if len(held) > 1)
    internal = dict.fromkeys(["_raw", *(field for event in values for field in event if field.startswith("_"))])
    carried = {field: f"proof_{place}" for place, field in enumerate(internal | fields)}
    mark = _mark(values)
    given = [{carried.get(f, f): mark.join(held) for f, held in event.items() if held} for event in values]
    return Proof(
        (),
        "\n".join(
            [
                f"| makeresults format=json data={text(rows(given))}",
                *(f"| eval {carried[f]}=split({carried[f]}, {text(mark)})" for f in fields),
                *(f"| eval {field}={carried[field]}" for field in internal),
                *(f"| rename {carried[field]} AS {name(field)}" for field in fields if field not in internal),
                _searched(rule, bound),
                "| fields proof_id",
            ]
        ),
    )


def _values(value: Json) -> list[str]:
    """Return the texts Splunk would hold; nothing for what is absent."""
    if isinstance(value, list):
        return [text for one in value for text in _values(one)]
    if value is None:
        return []
    return [value if isinstance(value, str) else json.dumps(value)]


def _mark(events: Sequence[Mapping[str, Sequence[str]]]) -> str:
    """Find what stands in no value, to put between those of one field."""
    held = "\n".join(value for event in events for values in event.values() for value in values)
    return next(mark for mark in (f"<{number}>" for number in count()) if mark not in held)


def _searched(rule: Rule, bound: Bound) -> str:
    """Put the macro's terms in its place: as a filter where it searches, nothing where it reads a data model."""
    _, _, rest = rule.text.partition(f"`{bound.native('macro')}`")
    base = bound.native("search")
    return f"| search {base}{rest}" if base else rest.lstrip("\n")
