"""The demo: two customers in files and three SIEMs, rules deployed, edited and watched, all hunted into one report; checked."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a script, the package's own folder is in its place
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from lab.alder import EXPECTED as ALDERS_HOSTS
from lab.alder import write_alder
from lab.deployed import deploy
from lab.estate import estate
from lab.events import Scene
from lab.larkspur import FILES, SECRETS, export, place, siems, write_leases
from lab.shell import COMMAND, Shell, Unexpected
from lab.truth import Sighting, differences, hits

SINCE, UNTIL = "2022-12-01", "2023-06-01T00:00:00Z"
NEW_HITS = 3


def main(out: Path, scenes: Sequence[Scene], command: Sequence[str] = COMMAND) -> int:
    """Build the customers, deploy to an Elastic SIEM, hunt all and report under `out`, which is emptied.

    `command` is how `huntline` is started.

    Return 0, the exit code of the command that failed, or 1 where rules or report are not what they should be.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    print(
        "Building two customers: Larkspur, in files, Elasticsearch, Splunk and Sentinel, and Alder, in files ...",
        flush=True,
    )
    write_alder(out / "alder")
    truth = export(scenes, out / "larkspur")
    shell = Shell(out, SECRETS, command)
    try:
        with siems(scenes, out / "lab") as running:
            tenants = _write_tenants(out, [FILES, *running.tenants])
            wrong = deploy(shell, running.kibana, tenants)
            shell.show("hunt", "--since", SINCE, "--until", UNTIL, code=NEW_HITS)
        shell.show("report", "--out", "report", code=0)
    except Unexpected as ended:
        return ended.code or 1
    return _checked(out, wrong, truth)


def _write_tenants(out: Path, larkspur: Sequence[Mapping[str, Any]]) -> Path:
    """Write the tenants file as its users do, in YAML's JSON."""
    alder = {"name": "alder-files", "platform": "archive", "settings": {"logs": ["alder/"]}}
    customers = [
        {"name": "Alder", "tenants": [alder | {"expected_hosts": list(ALDERS_HOSTS)}]},
        {"name": "Larkspur", "assets": write_leases(out / "leases.csv"), "tenants": list(larkspur)},
    ]
    file = out / "tenants.yml"
    file.write_text(json.dumps({"customers": customers}, indent=2), encoding="utf-8")
    return file


def _checked(out: Path, wrong: Sequence[str], truth: Sequence[Sighting]) -> int:
    """Hold the rules to what was edited and the report to what was planted, and say so."""
    report = json.loads((out / "report" / "report.json").read_text(encoding="utf-8"))
    if wrong:
        print(f"WRONG: the rules are not what was edited: {'; '.join(wrong[:5])}")
    if missed := differences(report, truth, place):
        print(f"WRONG: the report is not what was planted: {'; '.join(missed[:5])}")
    if wrong or missed:
        return 1
    found, needed = sum(len(case["hits"]) for case in report["cases"]), len(hits(truth))
    print("Checked: every edit was told with its field and owner, and stayed; so did the exception and the action.")
    print(
        f"Checked: all {needed} planted events were found, each once; {found - needed} more are of the same intrusion."
    )
    print(f"Open:    {out / 'report' / 'report.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), estate()))
