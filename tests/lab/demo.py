"""The demo: two customers in files and a SIEM, its rules deployed, edited and watched, all hunted into one report; checked."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":  # run as a script, the package's own folder is in its place
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from lab.alder import EXPECTED as ALDERS_HOSTS
from lab.alder import write_alder
from lab.deployed import deploy
from lab.elastic.app import ElasticLab
from lab.elastic.settings import HUNTER, ElasticSettings
from lab.elastic.store import Store
from lab.elastic.victim import fill, sightings
from lab.estate import estate
from lab.events import Scene
from lab.hosts import HOSTS
from lab.kibana.app import KibanaLab
from lab.kibana.settings import DEPLOYER, KEYS
from lab.office import trusted
from lab.serve.server import Running, serve
from lab.shell import Shell, Unexpected
from lab.split import in_files, in_siem
from lab.tree import write_tree
from lab.truth import Sighting, differences, hits

SINCE, UNTIL = "2022-12-01", "2023-06-01T00:00:00Z"
NEW_HITS = 3
KEY, DEPLOY_KEY = "HUNTLINE_DEMO_ELASTIC_KEY", "HUNTLINE_DEMO_DEPLOY_KEY"


def main(out: Path, scenes: Sequence[Scene]) -> int:
    """Build the customers, deploy to the one that has a SIEM, hunt and report under `out`, which is emptied.

    Return 0, the exit code of the command that failed, or 1 where rules or report are not what they should be.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    print("Building two customers: Larkspur, in files and in Elasticsearch, and Alder, in files ...", flush=True)
    write_alder(out / "alder")
    truth = write_tree(scenes, out / "larkspur", holds=in_files)
    kept = tuple(in_siem(scenes))
    shell = Shell(out, {KEY: HUNTER.encoded, DEPLOY_KEY: DEPLOYER.encoded})
    try:
        with _siem(kept, out / "lab") as siem:
            wrong = deploy(shell, siem.kibana, _write_tenants(out, siem))
            shell.show("hunt", "--since", SINCE, "--until", UNTIL, code=NEW_HITS)
        shell.show("report", "--out", "report", code=0)
    except Unexpected as ended:
        return ended.code or 1
    return _checked(out, wrong, (*truth, *sightings(kept)))


@dataclass(frozen=True, slots=True)
class _Siem:
    """Larkspur's Elasticsearch and the Kibana before it, as they run; `ca` has the CAs of both."""

    data: Running
    rules: Running
    kibana: KibanaLab
    ca: Path


@contextmanager
def _siem(scenes: Sequence[Scene], folder: Path) -> Iterator[_Siem]:
    """Serve Larkspur's SIEM from this process; the commands are others'."""
    store = Store()
    fill(store, scenes)
    lab = ElasticLab(store, ElasticSettings(keys=(HUNTER, *KEYS)))
    kibana = KibanaLab(lab)
    with serve(lab, folder) as data, serve(kibana, folder / "kibana") as rules:
        yield _Siem(data, rules, kibana, trusted(folder / "both.pem", data, rules))


def _write_tenants(out: Path, siem: _Siem) -> Path:
    """Write the tenants file as its users do, in YAML's JSON."""
    elastic = {
        "url": siem.data.url,
        "kibana": siem.rules.url,
        "ca": str(siem.ca.resolve()),
        "api_key": f"env:{KEY}",
        "deploy_key": f"env:{DEPLOY_KEY}",
    }
    machines = [host.name.lower() for host in HOSTS]
    larkspur = [
        {
            "name": "larkspur-files",
            "platform": "archive",
            "settings": {"logs": ["larkspur/"]},
            "expected_hosts": machines,
        },
        {"name": "larkspur-elastic", "platform": "elastic", "settings": elastic, "deploy": {"enabled": True}},
    ]
    alder = {"name": "alder-files", "platform": "archive", "settings": {"logs": ["alder/"]}}
    customers = [
        {"name": "Alder", "tenants": [alder | {"expected_hosts": list(ALDERS_HOSTS)}]},
        {"name": "Larkspur", "tenants": larkspur},
    ]
    file = out / "tenants.yml"
    file.write_text(json.dumps({"customers": customers}, indent=2), encoding="utf-8")
    return file


def _checked(out: Path, wrong: Sequence[str], truth: Sequence[Sighting]) -> int:
    """Hold the rules to what was edited and the report to what was planted, and say so."""
    report = json.loads((out / "report" / "report.json").read_text(encoding="utf-8"))
    if wrong:
        print(f"WRONG: the rules are not what was edited: {'; '.join(wrong[:5])}")
    if missed := differences(report, tuple(truth)):
        print(f"WRONG: the report is not what was planted: {'; '.join(missed[:5])}")
    if wrong or missed:
        return 1
    found, needed = sum(len(case["hits"]) for case in report["cases"]), len(hits(tuple(truth)))
    print("Checked: every edit was told with its field and owner, and stayed; so did the exception and the action.")
    print(
        f"Checked: all {needed} planted events were found, each once; {found - needed} more are of the same intrusion."
    )
    print(f"Open:    {out / 'report' / 'report.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), estate()))
