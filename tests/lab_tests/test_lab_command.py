"""Laws of `python -m lab`: what it prints is enough to ask, and Ctrl-C leaves the journal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

from lab.__main__ import PAYER, SENTINEL, elastic, sentinel
from lab.elastic.settings import HUNTER
from lab.estate import estate
from lab.sentinel.app import SentinelLab
from lab.sentinel.store import Store
from lab.serve.faults import read_faults
from lab_tests.sentinel.served import Asked
from lab_tests.serve.echo import ask

FEW = """
import itertools, runpy, signal, sys
import lab.estate
signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite that runs in the background hands down "ignore"
whole = lab.estate.estate
lab.estate.estate = lambda: tuple(itertools.islice(whole(), 50))
sys.argv = ["lab", "--elastic", *sys.argv[1:]]
runpy.run_module("lab", run_name="__main__")
"""


def test_the_estate_is_served_with_a_script_of_faults(tmp_path: Path) -> None:
    """A rehearsal: the first question meets the fault, the second the data."""
    faults = read_faults([{"what": "refusal", "status": 429, "wait": 1}])
    with elastic(islice(estate(), 50), tmp_path, faults) as running:
        busy, _, _ = ask(running, "/*/_count", Authorization=f"ApiKey {HUNTER.encoded}")
        _, _, body = ask(running, "/*/_count", Authorization=f"ApiKey {HUNTER.encoded}")

    assert 429 == busy
    assert body["count"] > 20


def test_the_estate_is_served_as_a_workspace_too(tmp_path: Path) -> None:
    """With an app that may also run search jobs."""
    with sentinel(islice(estate(), 50), tmp_path, ()) as running:
        asked = Asked(SentinelLab(Store(SENTINEL), SENTINEL), running)
        status, _, tables = asked.arm(
            "GET", "/tables", token=asked.token("https://management.azure.com/.default", PAYER)
        )

    assert 200 == status
    assert {"DeviceProcessEvents", "Event"} <= {one["name"] for one in tables["value"]}


def test_what_it_prints_is_enough_to_ask_and_interrupting_leaves_the_journal(tmp_path: Path) -> None:
    """Run as a person runs it, over fifty events of the estate."""
    tests = str(Path(__file__).parents[1])
    command = [sys.executable, "-c", FEW, str(tmp_path)]
    lab = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": tests}, stdout=subprocess.PIPE, text=True)
    assert lab.stdout is not None
    url, ca, key = (line.split()[-1] for line in islice(lab.stdout, 1, 4))
    status, _, _ = ask(SimpleNamespace(url=url, ca=ca), "/*/_count", Authorization=f"ApiKey {key}")  # type: ignore[arg-type]
    lab.send_signal(signal.SIGINT)
    rest = lab.stdout.read()
    code = lab.wait(20)
    lab.stdout.close()

    assert (200, 0) == (status, code)
    assert str(tmp_path / "journal.ndjson") in rest
    assert key not in (tmp_path / "journal.ndjson").read_text()
