"""Serve the victim estate from a stand-in until Ctrl-C: `python -m lab --elastic|--sentinel [--faults FILE] FOLDER`."""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from lab.elastic.app import ElasticLab
from lab.elastic.contract import vendor_contract
from lab.elastic.settings import HUNTER
from lab.elastic.store import Store
from lab.elastic.victim import ageing, fill
from lab.estate import estate
from lab.events import Scene
from lab.sentinel.app import SentinelLab
from lab.sentinel.contract import vendor_contract as microsofts_contract
from lab.sentinel.roles import CONTRIBUTOR
from lab.sentinel.settings import HUNTER as READER
from lab.sentinel.settings import SentinelSettings
from lab.sentinel.store import Store as WorkspaceStore
from lab.sentinel.victim import ageing as keeping
from lab.sentinel.victim import fill as fill_tables
from lab.serve.faults import Fault, Script, read_faults
from lab.serve.server import Running, serve

PAYER = replace(READER, role=CONTRIBUTOR)  # who may also run search jobs
SENTINEL = SentinelSettings(applications=(PAYER,))
LATEST = datetime(2023, 5, 31, tzinfo=UTC)  # the estate's last day: its oldest months are frozen, the next cold


def main() -> None:
    """Serve and print where, until Ctrl-C; then leave the journal in the folder."""
    asked = _arguments()
    faults = read_faults(json.loads(asked.faults.read_text())) if asked.faults else ()
    platform = PLATFORMS[asked.platform]
    print("Seeding the estate ...", flush=True)
    with platform.serve(estate(), asked.folder, faults) as running:
        print(f"URL     {running.url}\nCA      {running.ca}\n{platform.access}\nCtrl-C ends it.", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            running.journal.write(asked.folder / "journal.ndjson")
    print(f"Journal {asked.folder / 'journal.ndjson'}")


@contextmanager
def elastic(scenes: Iterable[Scene], folder: Path, faults: Iterable[Fault]) -> Iterator[Running]:
    """Serve an estate's events as Elasticsearch."""
    store = Store()
    fill(store, scenes, tier=ageing(LATEST, cold=2, frozen=4))
    with serve(ElasticLab(store), folder, faults=Script(*faults), contract=vendor_contract()) as running:
        yield running


@contextmanager
def sentinel(scenes: Iterable[Scene], folder: Path, faults: Iterable[Fault]) -> Iterator[Running]:
    """Serve an estate's events as Microsoft Sentinel: with them the authority, Log Analytics and Resource Manager."""
    store = WorkspaceStore(SENTINEL)
    fill_tables(store, scenes, keep=keeping(datetime.now(UTC)))
    with serve(SentinelLab(store, SENTINEL), folder, faults=Script(*faults), contract=microsofts_contract()) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Platform:
    """What serves an estate, and what a client says to be let in."""

    serve: Callable[[Iterable[Scene], Path, Iterable[Fault]], AbstractContextManager[Running]]
    access: str


PLATFORMS: Mapping[str, Platform] = {
    "elastic": Platform(elastic, f"API key {HUNTER.encoded}"),
    "sentinel": Platform(
        sentinel,
        f"Tenant  {SENTINEL.tenant}\nClient  {PAYER.id}\nSecret  {PAYER.secret}\n"
        f"Place   {SENTINEL.id}\nWorkspace {SENTINEL.workspace}",
    ),
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="lab", description="Serve the victim estate from a platform's stand-in.")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--elastic", dest="platform", action="store_const", const="elastic", help="as Elasticsearch 8.19"
    )
    which.add_argument(
        "--sentinel", dest="platform", action="store_const", const="sentinel", help="as Microsoft Sentinel"
    )
    parser.add_argument("--faults", type=Path, help="a script of faults, as JSON")
    parser.add_argument("folder", type=Path, help="takes the CA, the certificate and the journal")
    return parser.parse_args()


if __name__ == "__main__":
    main()
