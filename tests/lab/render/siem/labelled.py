"""A labelled Sigma event as every renderer reads it: its kind, its system, what it says, its digests, its time."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

Event: TypeAlias = Mapping[str, object]
Row: TypeAlias = dict[str, object]
Renderer: TypeAlias = Callable[[Event, str], Row | None]

UNDATED: Final = datetime(2023, 3, 22, 12, 0, tzinfo=UTC)  # for an event that says no time
UNNAMED: Final = "host-000.example.org"  # for an event that says no host
ENDPOINT: Final = frozenset(
    {"process", "connection", "image", "file", "delete", "registry", "dns_query", "stream", "pipe"}
)
SYSTEMS: Final = frozenset(
    {("windows", kind) for kind in ENDPOINT}
    | {("macos", kind) for kind in ENDPOINT - {"stream", "pipe"}}
    | {("linux", "file"), ("linux", "delete")}
)
KINDS: Final = {
    "process_creation": "process",
    "network_connection": "connection",
    "image_load": "image",
    "file_event": "file",
    "file_delete": "delete",
    "registry_add": "registry",
    "registry_delete": "registry",
    "registry_event": "registry",
    "registry_rename": "registry",
    "registry_set": "registry",
    "dns_query": "dns_query",
    "create_stream_hash": "stream",
    "pipe_created": "pipe",
    "dns": "dns",
    "proxy": "proxy",
    "firewall": "firewall",
    "webserver": "server",
    "antivirus": "antivirus",
}
SERVICES: Final = {
    "zeek/dns": "dns",
    "zeek/conn": "conn",
    "zeek/http": "http",
    "windows/security": "security",
    "windows/windefend": "windefend",
}
DIGESTS: Final = ("md5", "sha1", "sha256", "imphash")


@dataclass(frozen=True, slots=True)
class Labelled:
    """What an event says; `digests` has lower-case names and digests as they were written."""

    kind: str
    category: str
    system: str
    says: Event
    digests: Mapping[str, str]
    time: datetime
    host: str
    number: int


def read(event: Event, logsource: str) -> Labelled:
    """Read an event of a Sigma log source written as product/category/service, `*` for what it leaves open.

    Raises LookupError for a log source the lab cannot render for any platform.
    """
    product, category, service = logsource.split("/")
    kind = KINDS.get(category) or SERVICES.get(f"{product}/{service}")
    if kind is None or (kind in ENDPOINT and (product, kind) not in SYSTEMS):
        raise LookupError(f"the lab renders no events of {logsource}")
    says = {name: value for name, value in event.items() if name != "note" and value is not None}
    return Labelled(
        kind=kind,
        category=category,
        system=product.replace("*", ""),
        says=says,
        digests=_digests(says),
        time=_time(says),
        host=str(says.get("Hostname") or says.get("Computer") or UNNAMED),
        number=zlib.crc32(json.dumps(says, sort_keys=True, default=str).encode()),
    )


def text(seen: Labelled, name: str) -> str | None:
    """Return a field's value as Windows spells it, or None if the event does not say it."""
    return None if name not in seen.says else spelt(seen.says[name])


def number(seen: Labelled, name: str) -> int | None:
    """Return a field as a number, for a column that holds nothing else; raises ValueError for other text."""
    value = known(seen, name)
    return None if value is None else int(value, 0)


def known(seen: Labelled, name: str) -> str | None:
    """Return a value unless it is one of Windows' words for nothing."""
    value = text(seen, name)
    return None if value in {"", "-"} else value


def account(seen: Labelled, field: str) -> tuple[str | None, str | None]:
    """Return domain and name of the account in a field."""
    domain, _, name = (known(seen, field) or "").rpartition("\\")
    return domain or None, name or None


def filled(row: Mapping[str, object]) -> Row:
    """Leave out what is not known: an absent value has no key."""
    return {name: value for name, value in row.items() if value is not None}


def spelt(value: object) -> str:
    if isinstance(value, list):
        return ",".join(spelt(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def answers(seen: Labelled) -> list[str]:
    """Return the answers of a name server, as Zeek lists them."""
    found = seen.says.get("answers", seen.says.get("answer", []))
    return [spelt(one) for one in found] if isinstance(found, list) else [spelt(found)]


def _digests(says: Event) -> dict[str, str]:
    listed = (
        pair.partition("=") for pair in str(says.get("Hashes") or says.get("Hash") or "").split(",") if "=" in pair
    )
    found = {name.strip().lower(): digest.strip() for name, _, digest in listed}
    alone = {name.lower(): str(value) for name, value in says.items() if name.lower() in DIGESTS}
    return {name: digest for name, digest in (found | alone).items() if digest}


def _time(says: Event) -> datetime:
    if isinstance(stamp := says.get("ts"), float | int):
        return datetime.fromtimestamp(stamp, UTC)
    told = says.get("@timestamp") or says.get("UtcTime")
    if told is None:
        return UNDATED
    time = datetime.fromisoformat(str(told))
    return time if time.tzinfo else time.replace(tzinfo=UTC)
