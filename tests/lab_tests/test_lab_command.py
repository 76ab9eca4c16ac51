"""Laws of `python -m lab`: what it prints is enough to ask, and Ctrl-C leaves the journal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice, takewhile
from pathlib import Path
from types import SimpleNamespace

from lab.__main__ import PAYER, SENTINEL, elastic, sentinel, splunk
from lab.elastic.settings import HUNTER
from lab.estate import estate
from lab.kibana.app import API, RULES
from lab.sentinel.app import SentinelLab
from lab.sentinel.store import Store
from lab.serve.faults import read_faults
from lab.splunk.settings import TOKEN
from lab_tests.sentinel.served import Asked
from lab_tests.serve.echo import ask

INDEXES = "/services/data/indexes?output_mode=json"
FEW = """
import itertools, runpy, signal, sys
import lab.estate
signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite that runs in the background hands down "ignore"
whole = lab.estate.estate
lab.estate.estate = lambda: tuple(itertools.islice(whole(), 50))
sys.argv = ["lab", *sys.argv[1:]]
runpy.run_module("lab", run_name="__main__")
"""


def test_the_estate_is_served_with_a_script_of_faults(tmp_path: Path) -> None:
    """A rehearsal: the first question meets the fault, the second the data."""
    faults = read_faults([{"what": "refusal", "status": 429, "wait": 1}])
    with elastic(islice(estate(), 50), tmp_path, faults) as (running, _):
        busy, _, _ = ask(running, "/*/_count", Authorization=f"ApiKey {HUNTER.encoded}")
        _, _, body = ask(running, "/*/_count", Authorization=f"ApiKey {HUNTER.encoded}")

    assert 429 == busy
    assert body["count"] > 20


def test_the_estate_is_served_as_splunk_too(tmp_path: Path) -> None:
    """The same events, in indexes."""
    with splunk(islice(estate(), 50), tmp_path, ()) as running:
        status, _, body = ask(running, INDEXES, Authorization=f"Bearer {TOKEN.encoded}")

    assert 200 == status
    assert {"proxy", "sysmon", "zeek"} <= {one["name"] for one in body["entry"]}


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
    with _lab(tmp_path, "splunk", 4) as ((url, ca, token, tenants), rest):
        status, _, _ = ask(SimpleNamespace(url=url, ca=ca), INDEXES, Authorization=f"Bearer {token}")  # type: ignore[arg-type]
    said = Path(tenants).read_text("utf-8")

    assert 200 == status
    assert (True, False) == (f"url: {url}\n" in said, token in said)
    assert {0o600} == {
        (tmp_path / name).stat().st_mode & 0o777 for name in ("hunt.token", "deploy.token", "admin.password")
    }
    assert str(tmp_path / "journal.ndjson") in rest[0]
    assert token not in (tmp_path / "journal.ndjson").read_text()


def test_elasticsearch_comes_with_the_kibana_before_it(tmp_path: Path) -> None:
    """Each with its own CA, keys and journal."""
    with _lab(tmp_path, "elastic", 6) as ((url, ca, key, kibana, other, deployer), rest):
        status, _, _ = ask(SimpleNamespace(url=url, ca=ca), "/*/_count", Authorization=f"ApiKey {key}")  # type: ignore[arg-type]
        said = {"Authorization": f"ApiKey {deployer}", "Elastic-Api-Version": API}
        found, _, rules = ask(SimpleNamespace(url=kibana, ca=other), f"{RULES}/_find", **said)  # type: ignore[arg-type]

    assert (200, 200, 0) == (status, found, rules["total"])
    assert str(tmp_path / "journal.ndjson") in rest[0]
    assert key not in (tmp_path / "journal.ndjson").read_text()
    assert deployer not in (tmp_path / "kibana" / "journal.ndjson").read_text()


@contextmanager
def _lab(folder: Path, platform: str, told: int) -> Iterator[tuple[Sequence[str], list[str]]]:
    """Start the command; yield the last word of so many lines it prints, and a list for all it prints when interrupted."""
    tests = str(Path(__file__).parents[1])
    command = [sys.executable, "-c", FEW, f"--{platform}", str(folder)]
    lab = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": tests}, stdout=subprocess.PIPE, text=True)
    assert lab.stdout is not None
    rest: list[str] = []
    try:
        lines = list(takewhile(lambda line: line != "Ctrl-C ends it.\n", lab.stdout))
        yield [line.split()[-1] for line in lines[1 : 1 + told]], rest
    finally:
        lab.send_signal(signal.SIGINT)
        rest.append(lab.stdout.read())
        code = lab.wait(20)
        lab.stdout.close()
    assert 0 == code
