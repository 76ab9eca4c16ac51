"""The way to a real platform, walked to the stand-in: what an owner runs with --live plants, hunts and cleans up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from lab.elastic.app import ElasticLab
from lab.elastic.settings import ElasticSettings, Grant, Key
from lab.elastic.store import Store
from lab.serve.server import serve

ROOT = Path(__file__).parents[3]
LAWS = "tests/conformance/hunting/test_hunting_laws.py"
OWN = "logs-huntline.laws-*"
GRANTED = frozenset({"read", "view_index_metadata", "create_doc", "delete_index"})
WRITER = Key("owner", "owner-secret", (Grant((OWN,), GRANTED),))


def test_the_laws_run_over_a_wire_with_nothing_but_a_key_and_leave_nothing(tmp_path: Path) -> None:
    """An owner lends a key for one name; no law may need more, and no stream may stay."""
    lab = ElasticLab(Store(), ElasticSettings(keys=(WRITER,)))
    with serve(lab, tmp_path / "server") as running:
        live = f"elastic={running.url}"
        known = os.environ | {"HUNTLINE_LIVE_KEY": WRITER.encoded, "HUNTLINE_LIVE_CA": str(running.ca)}
        asked = f"-q -rN -p no:cacheprovider -p no:xdist {LAWS} --live {live}".split()
        told = subprocess.run(
            [sys.executable, "-m", "pytest", *asked, "-k", "[live]"],
            cwd=ROOT,
            env=known,
            capture_output=True,
            text=True,
            check=False,
        )

    assert told.returncode == 0, told.stdout[-3000:]
    assert " passed" in told.stdout
    assert () == lab.store.indices()
