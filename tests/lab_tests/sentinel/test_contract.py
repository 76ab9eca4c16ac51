"""Laws of the contract: what breaks the vendor's specifications is answered by 500 and kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.sentinel.app import SentinelLab
from lab.sentinel.contract import SPECIFICATION, vendor_contract
from lab.sentinel.settings import SentinelSettings
from lab.sentinel.store import Store
from lab.serve.exchange import Answer, Request
from lab.serve.server import serve
from lab_tests.sentinel.served import MANAGEMENT, Asked, small

pytestmark = pytest.mark.skipif(
    not SPECIFICATION.is_dir(), reason="the vendor's specifications are not beside the project"
)


class Careless(SentinelLab):
    """A stand-in that forgets what the specifications require."""

    def answer(self, request: Request) -> Answer:
        whole = super().answer(request)
        body: Any = whole.body
        if "tables" in body:
            body = {"tables": [{"name": "PrimaryResult", "rows": []}]}
        if "properties" in body:
            body = body | {"properties": body["properties"] | {"retentionInDays": "90"}}
        return replace(whole, body=body)


@pytest.mark.parametrize("what", ["query", "table"])
def test_an_answer_that_breaks_the_specification_is_kept(tmp_path: Path, what: str) -> None:
    """Else the lab's own slips would teach the hunter."""
    store = Store(said := SentinelSettings())
    small(store)
    lab = Careless(store, said)
    with serve(lab, tmp_path, contract=vendor_contract()) as running:
        asked = Asked(lab, running)
        if what == "query":
            path = f"/v1/workspaces/{said.workspace}/query"
            status = asked.http("POST", path, {"query": "Event"}, token=asked.token()).status
        else:
            status = asked.arm("GET", "/tables/Event", token=asked.token(MANAGEMENT)).status
        violations = running.journal.violations()

    assert (500, 1) == (status, len(violations))
    assert {"query": "'columns' is a required property", "table": "'90' is not of type 'integer'"}[what] in violations[
        0
    ]


def test_a_request_that_breaks_the_specification_is_kept(tmp_path: Path) -> None:
    """A hunter's slip that this server happens to take must not pass."""
    store = Store(said := SentinelSettings())
    small(store)
    lab = SentinelLab(store, said)
    with serve(lab, tmp_path, contract=vendor_contract()) as running:
        asked = Asked(lab, running)
        path = f"/v1/workspaces/{said.workspace}/query"
        status = asked.http("POST", path, {"query": "Event", "workspaces": "all"}, token=asked.token()).status
        violations = running.journal.violations()

    assert (500, 1) == (status, len(violations))
