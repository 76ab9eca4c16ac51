"""Serve the victim estate from a stand-in until Ctrl-C: `python -m lab --elastic [--faults FILE] FOLDER`.

Elasticsearch comes with the Kibana before it, which keeps its certificate and journal in FOLDER/kibana. The folder also takes
a tenants file that leads to both, and its keys.
"""

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
from lab.elastic.settings import HUNTER, ElasticSettings
from lab.elastic.store import Store
from lab.elastic.victim import ageing, fill
from lab.estate import estate
from lab.events import Scene
from lab.kibana.app import KibanaLab
from lab.kibana.settings import DEPLOYER, KEYS
from lab.office import furnish
from lab.serve.faults import Fault, Script, read_faults
from lab.serve.server import Running, serve

LATEST = datetime(2023, 5, 31, tzinfo=UTC)  # the estate's last day: its oldest months are frozen, the next cold


def main() -> None:
    """Serve and print where, until Ctrl-C; then leave the journal in the folder."""
    asked = _arguments()
    print("Seeding the estate ...", flush=True)
    with elastic(estate(), asked.folder, _faults(asked.faults), _faults(asked.kibana_faults)) as (running, kibana):
        tenants = furnish(asked.folder, running, kibana)
        print(f"URL     {running.url}\nCA      {running.ca}\nAPI key {HUNTER.encoded}", flush=True)
        print(f"Kibana  {kibana.url}\nIts CA  {kibana.ca}\nDeployer's API key, for both {DEPLOYER.encoded}", flush=True)
        print(f"Tenants {tenants}\nCtrl-C ends it.", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            running.journal.write(asked.folder / "journal.ndjson")
            kibana.journal.write(asked.folder / "kibana" / "journal.ndjson")
    print(f"Journal {asked.folder / 'journal.ndjson'}\n        {asked.folder / 'kibana' / 'journal.ndjson'}")


@contextmanager
def elastic(
    scenes: Iterable[Scene], folder: Path, faults: Iterable[Fault], kibana_faults: Iterable[Fault] = ()
) -> Iterator[tuple[Running, Running]]:
    """Serve an estate's events as Elasticsearch, and a Kibana without rules before it."""
    store = Store()
    fill(store, scenes, tier=ageing(LATEST, cold=2, frozen=4))
    lab = ElasticLab(store, ElasticSettings(keys=(HUNTER, *KEYS)))
    with (
        serve(lab, folder, faults=Script(*faults), contract=vendor_contract()) as running,
        serve(KibanaLab(lab), folder / "kibana", faults=Script(*kibana_faults)) as kibana,
    ):
        yield running, kibana


def _faults(path: Path | None) -> tuple[Fault, ...]:
    return read_faults(json.loads(path.read_text())) if path else ()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="lab", description="Serve the victim estate from a platform's stand-in.")
    parser.add_argument("--elastic", action="store_true", required=True, help="as Elasticsearch 8.19 and Kibana")
    parser.add_argument("--faults", type=Path, help="a script of faults, as JSON")
    parser.add_argument("--kibana-faults", type=Path, help="another one, for Kibana")
    parser.add_argument("folder", type=Path, help="takes the CA, the certificate and the journal")
    return parser.parse_args()


if __name__ == "__main__":
    main()
