"""The demo: two customers in exported files and a SIEM, hunted since December 2022 into one report; the truth is checked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

if __name__ == "__main__":  # run as a script, the package's own folder is in its place
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from lab.alder import EXPECTED as ALDERS_HOSTS
from lab.alder import write_alder
from lab.elastic.app import ElasticLab
from lab.elastic.settings import HUNTER
from lab.elastic.store import Store
from lab.elastic.victim import fill, sightings
from lab.estate import estate
from lab.events import Scene
from lab.hosts import HOSTS
from lab.serve.server import Running, serve
from lab.split import in_files, in_siem
from lab.tree import write_tree
from lab.truth import Sighting, differences, hits

SINCE, UNTIL = "2022-12-01", "2023-06-01T00:00:00Z"
EXPECTED = 3  # new hits
KEY = "HUNTLINE_DEMO_ELASTIC_KEY"


def main(out: Path, scenes: Sequence[Scene]) -> int:
    """Build the customers, hunt and report under `out`, which is emptied.

    Return 0, the exit code of the command that failed, or 1 where the report is not what was planted.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    print(
        "Building two customers: Larkspur, in files and in Elasticsearch, and Alder, in files ...",
        flush=True,
    )
    write_alder(out / "alder")
    truth = write_tree(scenes, out / "larkspur", holds=in_files)
    kept = tuple(in_siem(scenes))
    with _siem(kept, out / "lab") as running:
        _write_tenants(out, running)
        hunt = _huntline(out, "hunt", "--since", SINCE, "--until", UNTIL)
    if hunt != EXPECTED:
        return hunt or 1
    told = _huntline(out, "report", "--out", "report")
    return told or _checked(out, (*truth, *sightings(kept)))


@contextmanager
def _siem(scenes: Sequence[Scene], folder: Path) -> Iterator[Running]:
    """Serve Larkspur's SIEM from this process; the hunt is another one's."""
    store = Store()
    fill(store, scenes)
    with serve(ElasticLab(store), folder) as running:
        yield running


def _write_tenants(out: Path, siem: Running) -> None:
    """Write the tenants file as its users do, in YAML's JSON."""
    elastic = {"url": siem.url, "ca": str(siem.ca.resolve()), "api_key": f"env:{KEY}"}
    machines = [host.name.lower() for host in HOSTS]
    larkspur = [
        {
            "name": "larkspur-files",
            "platform": "archive",
            "settings": {"logs": ["larkspur/"]},
            "expected_hosts": machines,
        },
        {"name": "larkspur-elastic", "platform": "elastic", "settings": elastic},
    ]
    alder = {"name": "alder-files", "platform": "archive", "settings": {"logs": ["alder/"]}}
    customers = [
        {"name": "Alder", "tenants": [alder | {"expected_hosts": list(ALDERS_HOSTS)}]},
        {"name": "Larkspur", "tenants": larkspur},
    ]
    (out / "tenants.yml").write_text(json.dumps({"customers": customers}, indent=2), encoding="utf-8")


def _huntline(out: Path, *words: str) -> int:
    env = {name: value for name, value in os.environ.items() if not name.startswith("HUNTLINE_")}
    print(f"{out}$ huntline {' '.join(words)}", flush=True)
    command = (sys.executable, "-m", "huntline", *words)
    return subprocess.run(command, cwd=out, env=env | {KEY: HUNTER.encoded}, check=False).returncode


def _checked(out: Path, truth: tuple[Sighting, ...]) -> int:
    """Hold the report to what was planted, and say so."""
    report = json.loads((out / "report" / "report.json").read_text(encoding="utf-8"))
    if wrong := differences(report, truth):
        print(f"WRONG: the report is not what was planted: {'; '.join(wrong[:5])}")
        return 1
    found, needed = sum(len(case["hits"]) for case in report["cases"]), len(hits(truth))
    print(
        f"Checked: all {needed} planted events were found, each once; {found - needed} more are of the same intrusion."
    )
    print(f"Open:    {out / 'report' / 'report.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), estate()))
