"""What AppInspect and ksconf say of rendered apps; both are programs of their own, asked where they are installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from huntline.ports import Checked

APPINSPECT = ("splunk-appinspect", "AppInspect: pip install splunk-appinspect")
KSCONF = ("ksconf", "ksconf: pip install kintyre-splunk-conf")
UNCHECKED = "SPL: no checker can be installed; checked by this project's own tests only"


def check(folder: Path) -> Checked:
    """Hold every app of a folder against the checkers; a folder without an app is a finding."""
    apps = sorted(conf.parent.parent for conf in folder.rglob("default/app.conf"))
    ran: list[str] = []
    findings = [] if apps else [f"{folder}: there is no app"]
    missing = [UNCHECKED]
    for (name, advice), ask in ((APPINSPECT, _inspected), (KSCONF, _parsed)):
        if program := _program(name):
            ran.append(advice.partition(":")[0])
            findings += [finding for app in apps for finding in ask(program, app)]
        else:
            missing.append(advice)
    return Checked(tuple(ran), tuple(findings), tuple(missing))


def _program(name: str) -> str | None:
    """Look beside the running Python first: a virtual environment need not be active."""
    return shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))


def _inspected(program: str, app: Path) -> Iterator[str]:
    """Give what AppInspect calls a failure or an error; its warnings are advice for apps with code and a face."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        asked = ["inspect", str(app.resolve()), "--data-format", "json", "--output-file", str(report)]
        done = _run([program, *asked], folder)
        if not report.is_file():
            yield f"{app.name}: AppInspect gave no report: {done.stderr.strip()[-500:]}"
            return
        found = json.loads(report.read_text(encoding="utf-8"))
    for one in _checks(found):
        if one["result"] in ("failure", "error"):
            yield f"{app.name}: {one['name']}: {' '.join(message['message'] for message in one['messages'])}"


def _checks(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in report["reports"]:
        for group in one["groups"]:
            yield from group["checks"]


def _parsed(program: str, app: Path) -> Iterator[str]:
    files = [str(path) for path in sorted(app.rglob("*")) if path.suffix in (".conf", ".meta")]
    done = _run([program, "check", "--quiet", *files], None)
    if done.returncode:
        yield f"{app.name}: {(done.stdout + done.stderr).strip()}"


def _run(command: Sequence[str], folder: str | None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
