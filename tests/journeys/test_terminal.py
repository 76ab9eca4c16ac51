"""On a terminal a hunt shows bars and no control characters of the logs."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

from journeys.cli import UNTIL, beacon, clean_env, command, lookup, write_lines


def test_a_terminal_sees_progress_and_the_hits_of_each_file(tmp_path: Path) -> None:
    """Everything but the bars is a plain line that stays."""
    write_lines(tmp_path / "logs" / "a[bold].ndjson", [lookup(0), beacon(1)])
    master, slave = pty.openpty()
    words = command("hunt", "--logs", tmp_path / "logs", "--until", UNTIL)
    running = subprocess.Popen(words, cwd=tmp_path, env=clean_env(), stdout=slave, stderr=slave, close_fds=True)
    os.close(slave)
    shown = b""
    try:
        while chunk := os.read(master, 4096):
            shown += chunk
    except OSError:
        pass  # how Linux says that the other end is closed
    finally:
        os.close(master)

    assert (3, True, True) == (
        running.wait(),
        b"a[bold].ndjson: 2 rows, 1 hits" in shown,
        b"1 event known, 1 new" in shown,
    )
