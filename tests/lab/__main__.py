"""Serve the victim estate from a stand-in until Ctrl-C: `python -m lab --elastic|--splunk [--faults FILE] FOLDER`."""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import lab.elastic.settings
import lab.elastic.store
import lab.elastic.victim
import lab.splunk.settings
import lab.splunk.store
import lab.splunk.victim
from lab.elastic.app import ElasticLab
from lab.elastic.contract import vendor_contract
from lab.estate import estate
from lab.events import Scene
from lab.serve.faults import Fault, Script, read_faults
from lab.serve.server import Running, serve
from lab.splunk.app import SplunkLab

LATEST = datetime(2023, 5, 31, tzinfo=UTC)  # the estate's last day: its oldest months are frozen, the next cold


def main() -> None:
    """Serve and print where, until Ctrl-C; then leave the journal in the folder."""
    asked = _arguments()
    faults = read_faults(json.loads(asked.faults.read_text())) if asked.faults else ()
    print("Seeding the estate ...", flush=True)
    platform, credential = PLATFORMS[asked.platform]
    with platform(estate(), asked.folder, faults) as running:
        print(f"URL     {running.url}\nCA      {running.ca}\n{credential}\nCtrl-C ends it.", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            running.journal.write(asked.folder / "journal.ndjson")
    print(f"Journal {asked.folder / 'journal.ndjson'}")


@contextmanager
def elastic(scenes: Iterable[Scene], folder: Path, faults: Iterable[Fault]) -> Iterator[Running]:
    """Serve an estate's events as Elasticsearch."""
    store = lab.elastic.store.Store()
    lab.elastic.victim.fill(store, scenes, tier=lab.elastic.victim.ageing(LATEST, cold=2, frozen=4))
    with serve(ElasticLab(store), folder, faults=Script(*faults), contract=vendor_contract()) as running:
        yield running


@contextmanager
def splunk(scenes: Iterable[Scene], folder: Path, faults: Iterable[Fault]) -> Iterator[Running]:
    """Serve an estate's events as Splunk."""
    store = lab.splunk.store.Store()
    lab.splunk.victim.fill(store, scenes)
    with serve(SplunkLab(store), folder, faults=Script(*faults)) as running:
        yield running


PLATFORMS = {
    "elastic": (elastic, f"API key {lab.elastic.settings.HUNTER.encoded}"),
    "splunk": (splunk, f"Token   {lab.splunk.settings.TOKEN.encoded}"),
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="lab", description="Serve the victim estate from a platform's stand-in.")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--elastic", dest="platform", action="store_const", const="elastic", help="as Elasticsearch 8.19"
    )
    which.add_argument(
        "--splunk", dest="platform", action="store_const", const="splunk", help="as Splunk Enterprise 9.2"
    )
    parser.add_argument("--faults", type=Path, help="a script of faults, as JSON")
    parser.add_argument("folder", type=Path, help="takes the CA, the certificate and the journal")
    return parser.parse_args()


if __name__ == "__main__":
    main()
