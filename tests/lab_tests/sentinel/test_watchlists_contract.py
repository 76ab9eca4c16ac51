"""Laws of the specifications of watchlists and saved searches: what breaks them is answered by 500 and kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.sentinel.app import SentinelLab
from lab.sentinel.contract import SPECIFICATION, vendor_contract
from lab.sentinel.settings import SentinelSettings
from lab.sentinel.store import Store
from lab.sentinel.watchlists.save import REQUIRED
from lab.sentinel.watchlists.work import STATES
from lab.serve.exchange import Answer, Request
from lab.serve.server import serve
from lab_tests.sentinel.listed import ALIAS, AT_ONCE, LISTS, hosts
from lab_tests.sentinel.ruled import Ruled
from lab_tests.sentinel.served import TABLE_VERSION, Asked, small

pytestmark = pytest.mark.skipif(
    not SPECIFICATION.is_dir(), reason="the vendor's specifications are not beside the project"
)
LEFT_OUT = ("itemsSearchKey", "itemsKeyValue", "category")
SEARCH = {"properties": {"category": "Hunting Queries", "displayName": "One", "query": "Event"}}


class Careless(SentinelLab):
    """A stand-in that answers without what the specifications require."""

    def answer(self, request: Request) -> Answer:
        whole = super().answer(request)
        return replace(whole, body=_cut(whole.body)) if request.path.startswith("/subscriptions/") else whole


@pytest.mark.parametrize(
    ("path", "version", "broken"),
    [
        (f"{LISTS}/{ALIAS}", "2025-09-01", "'itemsSearchKey' is a required property"),
        (LISTS, "2025-09-01", "'itemsSearchKey' is a required property"),
        (f"{LISTS}/{ALIAS}/watchlistItems", "2025-09-01", "'itemsKeyValue' is a required property"),
        ("/savedSearches/one", TABLE_VERSION, "'category' is a required property"),
        ("/savedSearches", TABLE_VERSION, "'category' is a required property"),
    ],
)
def test_an_answer_that_breaks_a_specification_is_kept(tmp_path: Path, path: str, version: str, broken: str) -> None:
    """The lab's slip, whatever it is about."""
    settings = SentinelSettings(**AT_ONCE)
    store = Store(settings)
    small(store)
    lab = Careless(store, settings)
    with serve(lab, tmp_path, contract=vendor_contract()) as running:
        there = Ruled(Asked(lab, running))
        there.arm("PUT", f"{LISTS}/{ALIAS}", hosts())
        there.arm("PUT", "/savedSearches/one", SEARCH, TABLE_VERSION)
        status = there.arm("GET", path, version=version).status
        violations = running.journal.violations()

    assert (500, True) == (status, broken in violations[-1])


def test_a_request_that_breaks_the_specification_is_kept(tmp_path: Path) -> None:
    """The deployer's slip: the service passes over what it does not know the form of."""
    settings = SentinelSettings(**AT_ONCE)
    lab = SentinelLab(Store(settings), settings)
    with serve(lab, tmp_path, contract=vendor_contract()) as running:
        status = Ruled(Asked(lab, running)).arm("PUT", f"{LISTS}/{ALIAS}", hosts(watchlistId=7)).status
        (violation,) = running.journal.violations()

    assert (500, True) == (status, "7 is not of type 'string'" in violation)


def test_the_labs_states_and_required_fields_are_the_specifications() -> None:
    """Held here against the file itself; the lab keeps them so that it can judge without it."""
    models = json.loads((SPECIFICATION / "securityinsights.models.json").read_text())["definitions"]
    known = set(models["WatchlistProvisioningState"]["enum"])

    assert set(REQUIRED) == set(models["WatchlistProperties"]["required"])
    assert {*STATES, "Succeeded", "Failed", "Deleting"} | {"Canceled"} == known


def _cut(body: Any) -> Any:
    if isinstance(body, Mapping):
        return {name: _cut(inner) for name, inner in body.items() if name not in LEFT_OUT}
    return [_cut(inner) for inner in body] if isinstance(body, list) else body
