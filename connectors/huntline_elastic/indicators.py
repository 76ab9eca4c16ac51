"""A rule that asks for nothing but hashes as a list of indicators: what Kibana's indicator match rules compare events with.

Fields: ECS, `threat.indicator.*`. How such a rule compares: Kibana's source, `indicator_match` (terms or match queries, so
whole values and by case, each mapping by itself; list documents are not limited in time unless `threat_query` does it).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from huntline.model.artifact import Artifact, key_of
from huntline.model.pack import Json
from huntline.model.predicate import Predicate, Some, Test
from huntline.translate.translator import Bound
from huntline_elastic.kuery import kuery, text
from huntline_elastic.ours import id_of

KIND = "indicators"
INDEX = "huntline-indicators-"
LABEL, OBJECT, MARK, STATE = (f"labels.huntline_{name}" for name in ("list", "object", "mark", "state"))
INDICATOR = "threat.indicator.file.hash."
LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
HASH = re.compile(rf"[a-z]+\.hash\.({'|'.join(LENGTHS)})")
LONGEST_LOOK_BACK = timedelta(hours=24)
"""An indicator match rule supports no additional look-back over this (Elastic Security, Indicator match rules)."""

KEYWORDS = (
    *(f"event.{name}" for name in ("kind", "category", "type")),
    *(f"threat.indicator.{name}" for name in ("type", "provider", "name")),
    *(INDICATOR + name for name in LENGTHS),
    *(LABEL, OBJECT, MARK, STATE),
)
MAPPINGS: Mapping[str, Json] = {
    "dynamic": "false",
    "properties": {
        "@timestamp": {"type": "date"},
        **{name: {"type": "keyword"} for name in KEYWORDS},
    },
}
"""Of the index: what is compared is a keyword, as in events."""


@dataclass(frozen=True, slots=True)
class Listing:
    """`fields`: of events, each with the indicator's field it is compared with; `values` by the indicator's field, sorted."""

    population: str  # in KQL
    fields: Mapping[str, str]
    values: Mapping[str, tuple[str, ...]]


def listing(predicate: Predicate, population: Predicate, bound: Bound) -> Listing | None:
    """Return the list that means the same as a predicate over a population; None where there is none, so that it stays EQL.

    Any of several hashes in fields of hashes, which the source only ever stores in lower case; where two fields are
    compared with the same indicators both must be asked for the same values.
    """
    tests = predicate.of if isinstance(predicate, Some) else (predicate,)
    if bound.store.scope.latency > LONGEST_LOOK_BACK:
        return None
    fields: dict[str, str] = {}
    values: dict[str, tuple[str, ...]] = {}
    for test in tests:
        found = _hashes(test, bound)
        if found is None or found.field in fields or values.setdefault(found.indicator, found.values) != found.values:
            return None
        fields[found.field] = found.indicator
    said = kuery(population, bound.type_of)
    return Listing(said, fields, values) if said and fields else None


def list_of(listing: Listing, pack: str, detection: str, scope: str, space: str) -> Artifact:
    """Return the list as an object of its own."""
    key = key_of(pack, "lists", detection, scope)
    body: dict[str, Json] = {
        "index": index_of(pack, space),
        "values": {field: [*values] for field, values in sorted(listing.values.items())},
    }
    return Artifact(key, KIND, id_of(key), name_of(key), body)


def index_of(pack: str, space: str) -> str:
    """Return the index of a pack's lists in a space: lower case, and nothing that a name may not hold.

    Spaces share an Elasticsearch, and one may retire what another still reads. No space has a dot in its name.
    """
    return f"{INDEX}{space}.{re.sub(r'[^a-z0-9_-]', '-', pack.lower())[:100]}"


def name_of(key: str) -> str:
    return f"Indicators {key}"


def selecting(key: str) -> str:
    """Return the query for the documents of one list, whatever their age."""
    return f"{LABEL} : {text(key)}"


def documents(artifact: Artifact, body: Mapping[str, Json], *, on: bool) -> dict[str, dict[str, Json]]:
    """Return id -> document, one for each value of a body, which is the artifact's own or says other values instead.

    A list has no switch; `on` is kept with it, so that it is known what it was deployed as.
    """
    labels: dict[str, Json] = {
        LABEL: artifact.key,
        OBJECT: artifact.remote_id,
        MARK: str(artifact.mark),
        STATE: "on" if on else "off",
    }
    pairs = [(field, value) for field, values in _values(body) for value in values]
    return {f"{artifact.remote_id}-{value}": _document(field, value, labels) for field, value in pairs}


def _document(field: str, value: str, labels: Mapping[str, Json]) -> dict[str, Json]:
    """The time says nothing, but Kibana's page sorts by it; fields are dotted, as Elasticsearch reads them, too."""
    return {
        "@timestamp": "1970-01-01T00:00:00.000Z",
        "event.kind": "enrichment",
        "event.category": "threat",
        "event.type": "indicator",
        "threat.indicator.type": "file",
        "threat.indicator.provider": "Huntline",
        "threat.indicator.name": value,
        field: value,
        **labels,
    }


@dataclass(frozen=True, slots=True)
class _Hashes:
    field: str  # of events
    indicator: str  # the indicator's field
    values: tuple[str, ...]


def _hashes(test: Predicate, bound: Bound) -> _Hashes | None:
    """Read a test for hashes; None for any other."""
    if not isinstance(test, Test) or test.op != "is" or test.cased:
        return None
    kind = HASH.fullmatch(test.field)
    if not kind or bound.type_of(test.field) != "keyword" or not bound.lowered(test.field):
        return None
    if test.field not in bound.store.scope.entities.get("hash", ()):
        return None
    values = tuple(sorted({value.lower() for value in test.values}))
    whole = all(re.fullmatch(rf"[0-9a-f]{{{LENGTHS[kind[1]]}}}", value) for value in values)
    return _Hashes(test.field, INDICATOR + kind[1], values) if whole and values else None


def _values(body: Mapping[str, Json]) -> Iterator[tuple[str, list[str]]]:
    for field, listed in sorted(cast(Mapping[str, list[str]], body["values"]).items()):
        yield field, sorted(set(listed))
