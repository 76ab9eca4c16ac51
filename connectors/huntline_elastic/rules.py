"""The rules of one space of Kibana: listed, read, written, one request for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huntline.errors import QueryRejected, Stale
from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed, Written
from huntline.model.pack import Json
from huntline.ports import expect_same
from huntline_elastic.client import Answer, Kibana
from huntline_elastic.faults import Missing
from huntline_elastic.rule_shape import deployed, retired, wanted, written

RULES = "/api/detection_engine/rules"
PAGE = 10_000  # as far as pages of saved objects go
CUSTOM = "alert.attributes.params.immutable: false"
"""Rules that people made: those that Elastic ships are never ours, and there are over a thousand."""

TYPES = "Kibana never changes a rule's type: delete the rule there, with its exceptions kept, and apply again"


def held(kibana: Kibana) -> list[Deployed]:
    """List every custom rule of the space."""
    found: dict[str, Deployed] = {}
    seen, page = 0, 1
    while True:
        params = {"page": page, "per_page": PAGE, "filter": CUSTOM, "sort_field": "created_at", "sort_order": "asc"}
        told = kibana.ask("GET", f"{RULES}/_find", params=params).body
        found |= {one["rule_id"]: deployed(one) for one in told["data"]}
        seen += len(told["data"])
        if seen >= told["total"] or not told["data"]:
            return list(found.values())
        page += 1


def read(kibana: Kibana, rule_id: str) -> Deployed | None:
    try:
        return deployed(kibana.ask("GET", RULES, params={"rule_id": rule_id}).body)
    except Missing:
        return None


def put(kibana: Kibana, artifact: Artifact, over: Deployed | None, *, on: bool, instead: Mapping[str, Json]) -> Written:
    """Create a rule, which Kibana refuses where its id is taken, or replace what is ours of the one that was seen."""
    if over is None:
        return _written(kibana.ask("POST", RULES, body=wanted(artifact, None, on=on, instead=instead)))
    now = _same(kibana, over)
    if now.whole["type"] != artifact.body["type"]:
        raise QueryRejected(f"there it is of type {now.whole['type']}, and not {artifact.body['type']}", advice=TYPES)
    return _written(_replace(kibana, wanted(artifact, now, on=on, instead=instead)))


def retire(kibana: Kibana, over: Deployed) -> Written:
    return _written(_replace(kibana, retired(_same(kibana, over))))


def restore(kibana: Kibana, before: Deployed, over: Deployed) -> Written:
    _same(kibana, over)
    return _written(_replace(kibana, written(before.whole)))


def remove(kibana: Kibana, over: Deployed) -> str:
    """Delete a rule; one that is not there any more is deleted."""
    now = read(kibana, over.remote_id)
    if now is None:
        return ""
    expect_same(now, over)
    try:
        return kibana.ask("DELETE", RULES, params={"rule_id": over.remote_id}).request
    except Missing:
        return ""


def _same(kibana: Kibana, over: Deployed) -> Deployed:
    """Read a rule again before it is written: Kibana takes no revision along, so what comes between is overwritten."""
    return expect_same(read(kibana, over.remote_id), over)


def _replace(kibana: Kibana, body: Mapping[str, Any]) -> Answer:
    try:
        return kibana.ask("PUT", RULES, body=body)
    except Missing as error:
        raise Stale(error.problem) from None


def _written(answer: Answer) -> Written:
    return Written(deployed(answer.body), answer.request)
