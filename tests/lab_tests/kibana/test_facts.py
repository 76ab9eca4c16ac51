"""The table of a rule's fields is held against the vendor's facts, where they lie beside the checkout."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lab.kibana import exception_fields
from lab.kibana.fields import BY_TYPE, OPTIONAL, REQUIRED, TYPES, Field
from lab.kibana.kinds import Anything, Flag, Kind, Record, Several, Text, Whole, Word
from lab.kibana.run import ORDER

FACTS = Path(__file__).parents[3].parent / "shared" / "specs" / "elastic" / "kibana-detections.facts.json"
BESIDE = pytest.mark.skipif(not FACTS.is_file(), reason="the vendor's API facts are not beside the project")
ELSEWHERE = {"alias_purpose", "alias_target_id", "outcome"}  # answers of a moved object, which the lab has not
ROWS = [
    (name, field)
    for row in (REQUIRED, OPTIONAL, *(part for one in BY_TYPE.values() for part in (one.needs, one.may)))
    for name, field in row.items()
    if field.schema
]


@cache
def facts() -> Any:
    return json.loads(FACTS.read_text())


def followed(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = facts()["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema


def kind_of(schema: Mapping[str, Any]) -> Kind:
    """Read a schema of the facts as a kind of ours."""
    whole = followed(schema)
    if "enum" in whole:
        return Word(tuple(whole["enum"]))
    read = READ.get(whole.get("type", ""))
    return read(whole) if read else Anything()


def record_of(whole: Mapping[str, Any]) -> Record:
    named = whole.get("properties", {})
    needs = {name: kind_of(named[name]) for name in whole.get("required", ())}
    may = {name: kind_of(inner) for name, inner in named.items() if name not in needs}
    return Record(needs, may, open=whole.get("additionalProperties", False) is True)


READ: Mapping[str, Callable[[Mapping[str, Any]], Kind]] = {
    "string": lambda whole: Text(whole.get("minLength", 0), math=whole.get("format") == "date-math"),
    "integer": lambda whole: Whole(whole.get("minimum"), whole.get("maximum")),
    "boolean": lambda _: Flag(),
    "array": lambda whole: Several(kind_of(whole["items"]), whole.get("minItems", 0)),
    "object": record_of,
}


def parts(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a schema and all it is made of."""
    whole = followed(schema)
    yield whole
    for part in whole.get("allOf", ()):
        yield from parts(part)


@BESIDE
@pytest.mark.parametrize(("name", "field"), ROWS, ids=[f"{name}-{field.schema}" for name, field in ROWS])
def test_a_field_is_of_the_kind_the_vendor_publishes(name: str, field: Field) -> None:
    """Else the lab takes what Kibana refuses, or the other way round."""
    assert kind_of(facts()["schemas"][field.schema]) == field.kind, name


@BESIDE
@pytest.mark.parametrize("kind", BY_TYPE)
def test_a_type_of_rule_has_the_fields_the_vendor_publishes(kind: str) -> None:
    """Names and what is required."""
    own = BY_TYPE[kind]
    found = list(parts(facts()["schemas"][own.schema]))
    names = {name for part in found for name in part.get("properties", {})} - ELSEWHERE
    required = {name for part in found for name in part.get("required", ())}

    assert {*REQUIRED, *OPTIONAL, *own.needs, *own.may, "type", "rule_id"} == names
    assert {*REQUIRED, *own.needs, "type"} == required


@BESIDE
def test_the_types_of_rules_are_those_the_vendor_publishes() -> None:
    """Also of those that the lab knows by name alone."""
    assert set(TYPES) == set(facts()["schemas"]["RuleResponse"]["discriminator"]["mapping"])


@BESIDE
@pytest.mark.parametrize(("operation", "record"), exception_fields.HELD.items())
def test_an_exception_is_of_the_kind_the_vendor_publishes(operation: str, record: Record) -> None:
    """Lists and items, made and replaced: names and what is required."""
    row = next(one for one in facts()["operations"] if one["operationId"] == operation)
    body = row["request"]["application/json"]

    assert set(body["required"]) == set(record.needs)
    assert set(body["properties"]) == {*record.needs, *record.may}


@BESIDE
def test_an_execution_ends_in_a_word_the_vendor_publishes() -> None:
    """And no other."""
    assert set(facts()["schemas"]["RuleExecutionStatus"]["enum"]) == set(ORDER)
