"""A rule over labelled events in a scratch index answers as the rule says, and writes nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from huntline.model.proof import Proof
from huntline_elastic.plugin import PLATFORM
from huntline_elastic.prove import proof
from huntline_elastic.render import ElasticRenderer
from lab.eql.run import flat, run
from platforms.elastic.handmade import renderer
from platforms.handmade import detection, ruled

HOSTILE = [
    'quote " and \' and \\" and """',
    "back\\slash\\",
    'line\nfeed\r\n{"delete": {"_index": "logs", "_id": "1"}}\n',
    "| any where true // no",
    "]] }} {{ }; `ticks` ```",
    "naïve İß 😀 \u2028\u202e\u0000\u0007",
    "%s {0} $x <script>",
]


def _proof(folder: Path, selection: Mapping[str, Any], *events: Mapping[str, Any]) -> Proof:
    render = renderer()
    return proof(ruled(render, detection(folder, selection)), render.compiler.bounds["starts"], events)


def _answer(told: Proof) -> list[str]:
    """Send a proof to the lab's engine as its owner would to Elasticsearch."""
    create, bulk = told.setup
    shape = json.loads(create)
    lines = [json.loads(line) for line in bulk.split("\n")[:-1]]
    events = []
    for action, document in zip(lines[::2], lines[1::2], strict=True):
        assert {"create"} == set(action)
        assert shape["index"] == action["create"]["_index"]
        events.append({**flat(document), "id": action["create"]["_id"]})
    schema = {field: mapping["type"] for field, mapping in shape["mappings"]["properties"].items()}
    return sorted(run(told.query, events, schema))


def _started(number: object, **fields: Any) -> dict[str, Any]:
    return {"proof_id": str(number), "event": {"category": ["process"]}, **fields}


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_stays_a_value(tmp_path: Path, value: str) -> None:
    """Labelled events hold what attackers write: nothing in one may become a line of the request."""
    told = _proof(
        tmp_path,
        {"Image|endswith": "\\evil.exe"},
        _started(value, process={"executable": f"{value}\\evil.exe", "command_line": value}, **{value: value}),
        _started("other", process={"executable": value}),
    )

    assert [value] == _answer(told)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({"process.pid": 5}, ["full"]),
        ({"process.exit_code|lt": 0}, ["none"]),
        ({"process.entropy|gt": 0.25}, ["full"]),
        ({"process.signed": "true"}, ["full"]),
        ({"process.signed": "false"}, ["none"]),
        ({"process.pid": None}, ["empty", "none"]),
        ({"source.ip|cidr": "10.0.0.0/8"}, ["full"]),
        ({"CommandLine|contains": "x|Y"}, ["full"]),
        ({"extra.more": "pattern"}, ["full"]),
        ({"odd-name.x y": "here"}, ["full"]),
    ],
)
def test_every_type_of_field_holds_its_value_or_none(
    tmp_path: Path, selection: Mapping[str, Any], expected: list[str]
) -> None:
    """Nested or dotted, a list or one: as documents come."""
    process = {"pid": 5, "exit_code": 0, "entropy": 0.5, "signed": True, "command_line": "a X|y b"}
    told = _proof(
        tmp_path,
        selection,
        _started(
            "full", process=process, source={"ip": ["10.1.2.3"]}, **{"odd-name.x y": "here", "extra.more": "pattern"}
        ),
        _started("none", **{"process.exit_code": -1, "process.signed": False, "@timestamp": "2023-03-29T10:00:00Z"}),
        _started("empty"),
        {"proof_id": "not of the population", "event.category": "file", "process": process},
    )

    assert expected == _answer(told)


def test_the_index_is_named_for_what_is_in_it(tmp_path: Path) -> None:
    """The same proof finds the same index, another never another's documents."""
    one = _proof(tmp_path, {"Image": "x"}, _started(1))
    again = _proof(tmp_path, {"Image": "x"}, _started(1))
    other = _proof(tmp_path, {"Image": "x"}, _started(2))

    names = [json.loads(told.setup[0])["index"] for told in (one, again, other)]
    assert one == again
    assert names[0] == names[1] != names[2]
    assert all(name.startswith("huntline-proof-") and name == name.lower() for name in names)


def test_a_field_no_document_has_is_mapped(tmp_path: Path) -> None:
    """EQL refuses a query over a field the index does not know."""
    assert [] == _answer(_proof(tmp_path, {"extra.never": "x"}, _started(1)))


def test_no_field_of_a_source_lies_within_another() -> None:
    """A mapping cannot hold `a` as a word and `a.b` within it: creating the scratch index would fail."""
    assert PLATFORM.renderer is not None
    render = PLATFORM.renderer({})
    assert isinstance(render, ElasticRenderer)

    for bound in render.compiler.bounds.values():
        fields = sorted(field for field in bound.store.fields if "*" not in field)
        assert [] == [pair for pair in pairwise(fields) if pair[1].startswith(pair[0] + ".")]
