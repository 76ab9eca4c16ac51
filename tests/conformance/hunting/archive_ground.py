"""Exported logs as a ground: a file for each planting, read whole."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conformance.hunting.ground import START, UNTIL, Asked, Planted, Trouble
from huntline.model.query import Query
from huntline.model.search import Order
from huntline.model.window import Window
from huntline.ports import Hunter, Platform, Search
from huntline_archive.hunt import FileHunter
from huntline_archive.plugin import PLATFORM

WHOLE = "a file is read whole, once"
LOCAL = "files are read, nobody is asked"


@dataclass(slots=True)
class ArchiveGround:
    folder: Path
    readings: list[Asked] = field(default_factory=list)
    platform: Platform = PLATFORM
    rows: int = PLATFORM.rows
    lacks: Mapping[str, str] = field(
        default_factory=lambda: {"split": WHOLE, "faults": LOCAL, "jobs": LOCAL, "arrival": WHOLE, "window": WHOLE}
    )

    @property
    def settings(self) -> dict[str, object]:
        return {"logs": [str(self.folder)]}

    def connect(self) -> Hunter:
        assert PLATFORM.hunter is not None
        hunter = PLATFORM.hunter(self.settings, str)
        assert isinstance(hunter, FileHunter)
        return _Counted(hunter.logs, hunter.sources, self.readings)

    def plant(self, events: Sequence[Planted]) -> None:
        lines = "".join(f"{json.dumps(_line(one))}\n" for one in events)
        (self.folder / f"{len(list(self.folder.iterdir()))}.ndjson").write_text(lines)

    def trouble(self, kind: Trouble) -> None:
        raise NotImplementedError(kind)

    def asked(self) -> Sequence[Asked]:
        return tuple(self.readings)

    def requests(self) -> int:
        return 0

    def left(self) -> int:
        return 0


class _Counted(FileHunter):
    """Notes every reading."""

    def __init__(self, logs: tuple[str, ...], sources: tuple[object, ...], readings: list[Asked]) -> None:
        super().__init__(logs, sources)  # type: ignore[arg-type]
        object.__setattr__(self, "readings", readings)

    def start(self, order: Order, queries: Sequence[Query]) -> Search:  # type: ignore[override]
        self.readings.append(Asked(Window(START, UNTIL), time.monotonic()))  # type: ignore[attr-defined]
        return super().start(order, queries)


def _line(one: Planted) -> dict[str, object]:
    """Write Sysmon's process start as NXLog exports it."""
    local = one.time.replace(tzinfo=None)
    return {
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "EventID": 1,
        "RecordNumber": one.id,
        "@timestamp": f"{local.isoformat(timespec='milliseconds')}Z",
        "Hostname": one.host,
        "Image": "C:\\Windows\\a.exe",
        **({"CommandLine": one.word} if one.word else {}),
    }
