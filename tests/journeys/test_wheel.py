"""An installed wheel, without a checkout, carries the pack and hunts with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from journeys.cli import beacon, lookup, write_lines

ROOT = Path(__file__).parents[2]


def test_the_wheel_hunts_with_the_pack_it_carries(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    site = tmp_path / "site"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--target",
        str(site),
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True)
    write_lines(tmp_path / "logs" / "a.ndjson", [lookup(0), beacon(1)])
    env = {**os.environ, "PYTHONPATH": str(site)}
    words = ["-m", "huntline", "hunt", "--logs", str(tmp_path / "logs"), "--until", "2023-06-01"]
    where = "import huntline.detections.locate as l; print(l.__file__); print(l.find_pack(None))"
    found = subprocess.run(
        [sys.executable, "-c", where], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    done = subprocess.run([sys.executable, *words], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    assert [True, True] == [line.startswith(str(site)) for line in found.stdout.splitlines()]
    assert (3, "") == (done.returncode, done.stderr if "Traceback" in done.stderr else "")
