"""The dummy as a whole platform, so that a fleet can hunt it; told which detections its tenants want."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from engine.dummy import SCOPE, DummyCompiler, DummyHunter, Store, means
from huntline.fleet import hunt as fleet
from huntline.fleet.hunt import Failed, Shelf, hunt_all, means_of
from huntline.hunt.means import Means
from huntline.hunt.run import Result
from huntline.ledger.store import open_ledger
from huntline.model.pack import Pack
from huntline.model.tenant import Tenant
from huntline.model.window import Window
from huntline.ports import Platform, Secrets


def dummy_platform(store: Store) -> Platform:
    def hunter(_settings: object, _secrets: Secrets) -> DummyHunter:
        return DummyHunter(store)

    return Platform("dummy", store.cap, lambda _: (SCOPE,), lambda _: DummyCompiler(), hunter, slots=1)


def pack_of(store: Store, *words: str) -> Pack:
    return means(store, *words).pack


def means_for(tenant: Tenant, *words: str) -> Means:
    return means_of(tenant, dummy_platform(Store()), pack_of(Store(), *words), str, Shelf())


def hunted(
    tenants: Sequence[Tenant], store: Store, wanted: Window, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Result | Failed]:
    """Hunt for the word `evil` as the command does."""
    monkeypatch.setattr(fleet, "load_platform", lambda _: dummy_platform(store))
    ledger = open_ledger(str(folder / "ledger.sqlite"), create=True)
    yield from hunt_all(tenants, pack_of(store, "evil"), wanted=wanted, ledger=ledger, tell=lambda _: None, threads=6)
