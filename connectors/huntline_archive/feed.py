"""Hand a stream of lines to DuckDB as if it were a file: a FIFO, or a temporary file where there are none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

_GATHER = 1 << 18


@contextmanager
def fed(lines: Callable[[], Iterator[bytes]]) -> Iterator[str]:
    """Give the path to read; what goes wrong while lines are made is raised at the end. Raises OSError."""
    with TemporaryDirectory(prefix="huntline-") as folder:
        path = Path(folder) / "lines"
        if not hasattr(os, "mkfifo"):
            with path.open("wb") as file:
                file.writelines(lines())
            yield str(path)
            return
        os.mkfifo(path)
        writer = _Writer(path, lines)
        writer.start()
        try:
            yield str(path)
        finally:
            writer.release()
        if writer.fault is not None:
            raise writer.fault


class _Writer(Thread):
    def __init__(self, path: Path, lines: Callable[[], Iterator[bytes]]) -> None:
        super().__init__(daemon=True)
        self._path, self._lines = path, lines
        self.fault: Exception | None = None

    def run(self) -> None:
        try:
            with self._path.open("wb", buffering=0) as pipe:
                held: list[bytes] = []
                size = 0
                for line in self._lines():
                    held.append(line)
                    size += len(line)
                    if size >= _GATHER:
                        _write(pipe.fileno(), b"".join(held))
                        held, size = [], 0
                _write(pipe.fileno(), b"".join(held))
        except BrokenPipeError:
            pass  # the reader has had enough, and says why itself
        except Exception as fault:  # noqa: BLE001 (carried to the thread that asked)
            self.fault = fault

    def release(self) -> None:
        """Let go of a writer whose reader never came or left early."""
        reader = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
        os.close(reader)
        self.join()


def _write(pipe: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(pipe, view) :]
