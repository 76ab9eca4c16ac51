"""How several sources spell the same thing: times, file names, hash lists."""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import TypeAlias

from lab.events import Host, Program

Record: TypeAlias = dict[str, object]


def zulu(time: datetime) -> str:
    """Spell a time as 2023-03-06T08:15:00.000Z."""
    return time.isoformat(timespec="milliseconds")[:-6] + "Z"


def spaced(time: datetime) -> str:
    """Spell a time as 2023-03-06 08:15:00.000, without its zone."""
    return time.isoformat(" ", "milliseconds")[:-6]


def file_name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def hash_list(program: Program) -> str:
    """Spell the digests as Sysmon does, leaving out those nobody published."""
    hashes = program.hashes
    known = (("SHA1", hashes.sha1), ("MD5", hashes.md5), ("SHA256", hashes.sha256))
    return ",".join(f"{name}={value.upper()}" for name, value in known if value)


def tag(host: Host) -> int:
    """Return a number that is always the same for a host."""
    return zlib.crc32(host.name.encode())
