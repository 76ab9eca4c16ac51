"""Serve the victim estate from a stand-in until Ctrl-C: `python -m lab --elastic [--faults FILE] FOLDER`."""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from lab.elastic.app import ElasticLab
from lab.elastic.contract import vendor_contract
from lab.elastic.settings import HUNTER
from lab.elastic.store import Store
from lab.elastic.victim import ageing, fill
from lab.estate import estate
from lab.events import Scene
from lab.serve.faults import Fault, Script, read_faults
from lab.serve.server import Running, serve

LATEST = datetime(2023, 5, 31, tzinfo=UTC)  # the estate's last day: its oldest months are frozen, the next cold


def main() -> None:
    """Serve and print where, until Ctrl-C; then leave the journal in the folder."""
    asked = _arguments()
    faults = read_faults(json.loads(asked.faults.read_text())) if asked.faults else ()
    print("Seeding the estate ...", flush=True)
    with elastic(estate(), asked.folder, faults) as running:
        print(f"URL     {running.url}\nCA      {running.ca}\nAPI key {HUNTER.encoded}\nCtrl-C ends it.", flush=True)
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


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="lab", description="Serve the victim estate from a platform's stand-in.")
    parser.add_argument("--elastic", action="store_true", required=True, help="as Elasticsearch 8.19")
    parser.add_argument("--faults", type=Path, help="a script of faults, as JSON")
    parser.add_argument("folder", type=Path, help="takes the CA, the certificate and the journal")
    return parser.parse_args()


if __name__ == "__main__":
    main()
