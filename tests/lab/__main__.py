"""Serve the victim estate from a stand-in until Ctrl-C: `python -m lab --elastic|--sentinel|--splunk [--faults FILE] FOLDER`.

Elasticsearch comes with the Kibana before it, which keeps its certificate and journal in FOLDER/kibana. The folder also takes
a tenants file that leads there, and the keys it names.
"""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import lab.elastic.store
import lab.elastic.victim
import lab.sentinel.contract
import lab.sentinel.settings
import lab.sentinel.store
import lab.sentinel.victim
import lab.splunk.store
import lab.splunk.victim
from lab.elastic.app import ElasticLab
from lab.elastic.contract import vendor_contract
from lab.elastic.settings import HUNTER, ElasticSettings
from lab.estate import estate
from lab.events import Scene
from lab.kibana.app import KibanaLab
from lab.kibana.settings import DEPLOYER, KEYS
from lab.office import furnish, furnish_sentinel, furnish_splunk
from lab.sentinel.app import SentinelLab
from lab.sentinel.roles import CONTRIBUTOR
from lab.sentinel.settings import SentinelSettings
from lab.serve.faults import Fault, Script, read_faults
from lab.serve.server import Running, serve
from lab.splunk.app import SplunkLab
from lab.splunk.settings import TOKEN

PAYER = replace(lab.sentinel.settings.HUNTER, role=CONTRIBUTOR)  # who may also run search jobs
KEEPER = lab.sentinel.settings.DEPLOYER  # who may write analytics rules
SENTINEL = SentinelSettings(applications=(PAYER, KEEPER))
LATEST = datetime(2023, 5, 31, tzinfo=UTC)  # the estate's last day: its oldest months are frozen, the next cold
PLATFORMS = {
    "elastic": "as Elasticsearch 8.19 and Kibana",
    "sentinel": "as Microsoft Sentinel",
    "splunk": "as Splunk Enterprise 9.2",
}


def main() -> None:
    """Serve and print where, until Ctrl-C; then leave the journals in the folder."""
    asked = _arguments()
    print("Seeding the estate ...", flush=True)
    with _served(asked) as journals:
        try:
            print("Ctrl-C ends it.", flush=True)
            threading.Event().wait()
        except KeyboardInterrupt:
            for path, running in journals.items():
                running.journal.write(path)
    for path in journals:
        print(f"Journal {path}")


@contextmanager
def elastic(
    scenes: Iterable[Scene], folder: Path, faults: Iterable[Fault], kibana_faults: Iterable[Fault] = ()
) -> Iterator[tuple[Running, Running]]:
    """Serve an estate's events as Elasticsearch, and a Kibana without rules before it."""
    store = lab.elastic.store.Store()
    lab.elastic.victim.fill(store, scenes, tier=lab.elastic.victim.ageing(LATEST, cold=2, frozen=4))
    data = ElasticLab(store, ElasticSettings(keys=(HUNTER, *KEYS)))
    with (
        serve(data, folder, faults=Script(*faults), contract=vendor_contract()) as running,
        serve(KibanaLab(data), folder / "kibana", faults=Script(*kibana_faults)) as kibana,
    ):
        yield running, kibana


@contextmanager
def sentinel(scenes: Iterable[Scene], folder: Path, faults: Iterable[Fault]) -> Iterator[Running]:
    """Serve an estate's events as Microsoft Sentinel: with them the authority, Log Analytics and Resource Manager."""
    store = lab.sentinel.store.Store(SENTINEL)
    lab.sentinel.victim.fill(store, scenes, keep=lab.sentinel.victim.ageing(datetime.now(UTC)))
    contract = lab.sentinel.contract.vendor_contract()
    with serve(SentinelLab(store, SENTINEL), folder, faults=Script(*faults), contract=contract) as running:
        yield running


@contextmanager
def splunk(scenes: Iterable[Scene], folder: Path, faults: Iterable[Fault]) -> Iterator[Running]:
    """Serve an estate's events as Splunk."""
    store = lab.splunk.store.Store()
    lab.splunk.victim.fill(store, scenes)
    with serve(SplunkLab(store), folder, faults=Script(*faults)) as running:
        yield running


@contextmanager
def _served(asked: argparse.Namespace) -> Iterator[Mapping[Path, Running]]:
    """Serve what was asked for and print who may ask it; yield where each server's journal goes."""
    faults, journal = _faults(asked.faults), asked.folder / "journal.ndjson"
    if asked.platform == "splunk":
        with splunk(estate(), asked.folder, faults) as running:
            _tell(running, f"Token   {TOKEN.encoded}")
            print(f"Tenants {furnish_splunk(asked.folder, running)}", flush=True)
            yield {journal: running}
    elif asked.platform == "sentinel":
        with sentinel(estate(), asked.folder, faults) as running:
            app = f"Tenant  {SENTINEL.tenant}\nClient  {PAYER.id}\nSecret  {PAYER.secret}"
            _tell(running, f"{app}\nPlace   {SENTINEL.id}\nWorkspace {SENTINEL.workspace}")
            print(f"Deployer's client {KEEPER.id}, its secret {KEEPER.secret}", flush=True)
            tenants = furnish_sentinel(asked.folder, running, SENTINEL, hunter=PAYER, deployer=KEEPER)
            print(f"Tenants {tenants}", flush=True)
            yield {journal: running}
    else:
        with elastic(estate(), asked.folder, faults, _faults(asked.kibana_faults)) as (running, kibana):
            _tell(running, f"API key {HUNTER.encoded}\nKibana  {kibana.url}\nIts CA  {kibana.ca}")
            print(f"Deployer's API key, for both {DEPLOYER.encoded}", flush=True)
            print(f"Tenants {furnish(asked.folder, running, kibana)}", flush=True)
            yield {journal: running, asked.folder / "kibana" / "journal.ndjson": kibana}


def _tell(running: Running, access: str) -> None:
    print(f"URL     {running.url}\nCA      {running.ca}\n{access}", flush=True)


def _faults(path: Path | None) -> tuple[Fault, ...]:
    return read_faults(json.loads(path.read_text())) if path else ()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="lab", description="Serve the victim estate from a platform's stand-in.")
    which = parser.add_mutually_exclusive_group(required=True)
    for name, told in PLATFORMS.items():
        which.add_argument(f"--{name}", dest="platform", action="store_const", const=name, help=told)
    parser.add_argument("--faults", type=Path, help="a script of faults, as JSON")
    parser.add_argument("--kibana-faults", type=Path, help="another one, for Kibana")
    parser.add_argument("folder", type=Path, help="takes the CA, the certificate and the journal")
    return parser.parse_args()


if __name__ == "__main__":
    main()
