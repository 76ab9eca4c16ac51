"""The demo: build the estate's logs, hunt them since December 2022, leave the report and tell its path."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":  # run as a script, the package's own folder is in its place
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from lab.estate import estate
from lab.tree import write_tree
from lab.truth import Sighting

SINCE, UNTIL = "2022-12-01", "2023-06-01T00:00:00Z"
EXPECTED = (3, 5)  # new hits; hits, and something could not be searched whole


def build(out: Path) -> tuple[Sighting, ...]:
    """Write the estate's logs to `out/logs`, afresh; return where the marked events lie."""
    logs = out / "logs"
    shutil.rmtree(logs, ignore_errors=True)
    return write_tree(estate(), logs)


def main(out: Path) -> int:
    """Build, hunt and report under `out`; return 0, or the exit code of the command that failed."""
    shutil.rmtree(out / "report", ignore_errors=True)
    for old in out.glob("ledger.sqlite*"):
        old.unlink()
    build(out)
    ledger = ("--ledger", str(out / "ledger.sqlite"))
    hunt = _huntline("hunt", "--logs", str(out / "logs"), "--since", SINCE, "--until", UNTIL, *ledger)
    if hunt not in EXPECTED:
        return hunt or 1
    told = _huntline("report", *ledger, "--out", str(out / "report"))
    if told == 0:
        print(out / "report" / "report.html")
    return told


def _huntline(*words: str) -> int:
    return subprocess.run((sys.executable, "-m", "huntline", *words), check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
