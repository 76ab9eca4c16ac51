"""What AppInspect and ksconf say of rendered apps, where they are installed: a program of its own, and a parser."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

from huntline.ports import Checked

APPINSPECT = "AppInspect: pip install splunk-appinspect"
KSCONF = "ksconf: pip install kintyre-splunk-conf"
Ask: TypeAlias = Callable[[Path], Iterator[str]]
UNCHECKED = "SPL: no checker can be installed; checked by this project's own tests only"


def check(folder: Path) -> Checked:
    """Hold every app of a folder against the checkers; a folder without an app is a finding."""
    apps = sorted(conf.parent.parent for conf in folder.rglob("default/app.conf"))
    findings = [] if apps else [f"{folder}: there is no app"]
    ran: list[str] = []
    missing = [UNCHECKED]
    for advice, ask in ((APPINSPECT, _appinspect()), (KSCONF, _ksconf())):
        if ask is None:
            missing.append(advice)
            continue
        ran.append(advice.partition(":")[0])
        findings += [finding for app in apps for finding in ask(app)]
    return Checked(tuple(ran), tuple(findings), tuple(missing))


def _appinspect() -> Ask | None:
    """Look for the program beside the running Python first: a virtual environment need not be active."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    program = shutil.which("splunk-appinspect", path=places)
    return partial(_inspected, program) if program else None


def _ksconf() -> Ask | None:
    """Load the parser that `ksconf check` asks: the program itself does not start beside splunk-sdk 3."""
    try:
        return partial(_parsed, importlib.import_module("ksconf.conf.parser"))
    except ImportError:
        return None


def _inspected(program: str, app: Path) -> Iterator[str]:
    """Give what AppInspect calls a failure or an error; its warnings are advice for apps with code and a face."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        asked = ["inspect", str(app.resolve()), "--data-format", "json", "--output-file", str(report)]
        done = subprocess.run([program, *asked], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
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


def _parsed(parser: ModuleType, app: Path) -> Iterator[str]:
    for path in sorted(path for path in app.rglob("*") if path.suffix in (".conf", ".meta")):
        try:
            parser.parse_conf(str(path), profile=parser.PARSECONF_STRICT_NC)
        except parser.ConfParserException as error:
            yield f"{app.name}: {path.relative_to(app).as_posix()}: {error}"
