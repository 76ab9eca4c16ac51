"""Larkspur, the victim: its Elasticsearch, Splunk and Sentinel as they run, its tenants, and where the marked events lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

import lab.elastic.settings
import lab.elastic.store
import lab.elastic.victim
import lab.sentinel.settings
import lab.sentinel.store
import lab.sentinel.victim
import lab.splunk.settings
import lab.splunk.store
import lab.splunk.victim
from lab.elastic.app import ElasticLab
from lab.events import Scene
from lab.hosts import COMPANY, HOSTS
from lab.kibana.app import KibanaLab
from lab.kibana.settings import DEPLOYER, KEYS
from lab.office import trusted, workspace
from lab.sentinel.app import SentinelLab
from lab.sentinel.settings import SentinelSettings
from lab.sentinel.store import Keep
from lab.serve.server import serve
from lab.split import ARCHIVED_SINCE, KEPT_SINCE, in_files, in_siem
from lab.splunk.app import SplunkLab
from lab.tree import write_tree
from lab.truth import Place, Sighting

Tenant: TypeAlias = Mapping[str, Any]
# What the environment of the commands holds, and the tenants file names.
SECRETS: Final[Mapping[str, str]] = {
    "HUNTLINE_DEMO_ELASTIC_KEY": lab.elastic.settings.HUNTER.encoded,
    "HUNTLINE_DEMO_DEPLOY_KEY": DEPLOYER.encoded,
    "HUNTLINE_DEMO_SPLUNK_TOKEN": lab.splunk.settings.TOKEN.encoded,
    "HUNTLINE_DEMO_SENTINEL_SECRET": lab.sentinel.settings.HUNTER.secret,
}
FILES: Final[Tenant] = {
    "name": "larkspur-files",
    "platform": "archive",
    "settings": {"logs": ["larkspur/"]},
    "expected_hosts": [host.name.lower() for host in HOSTS],
}


PLACES: Final[Mapping[str, Place]] = {
    "larkspur-elastic": lab.elastic.victim.place,
    "larkspur-splunk": lab.splunk.victim.place,
    "larkspur-sentinel": lab.sentinel.victim.place,
}


@dataclass(frozen=True, slots=True)
class Siems:
    """What runs: a tenant for each, and the Kibana that somebody edits in."""

    tenants: tuple[Tenant, ...]
    kibana: KibanaLab


def export(scenes: Sequence[Scene], out: Path) -> Sequence[Sighting]:
    """Write Larkspur's exported files under `out`; return where the marked events lie, in them and in what SIEMs can search."""
    return (
        *write_tree(scenes, out, holds=in_files),
        *lab.elastic.victim.sightings(scenes, holds=in_siem("elastic")),
        *lab.splunk.victim.sightings(scenes, holds=in_siem("splunk")),
        *lab.sentinel.victim.sightings(scenes, holds=in_siem("sentinel")),
    )


def write_leases(file: Path) -> str:
    """Write which computer has which address, as a DHCP server tells: resolver and proxy know addresses only."""
    rows = [f"{host.address},{host.name}.{COMPANY},," for host in HOSTS]  # the same all along
    file.write_text("\n".join(("address,host,from,until", *rows, "")), encoding="utf-8")
    return file.name


@contextmanager
def siems(scenes: Sequence[Scene], folder: Path) -> Iterator[Siems]:
    """Serve Larkspur's SIEMs from this process; the commands are others'."""
    with (
        _elastic(scenes, folder / "elastic") as (elastic, kibana),
        _splunk(scenes, folder / "splunk") as splunk,
        _sentinel(scenes, folder / "sentinel") as sentinel,
    ):
        yield Siems((elastic, splunk, sentinel), kibana)


def place(hit: Mapping[str, Any]) -> str:
    """Return where a report's hit lies, as the truth names it: of files the one it was found in."""
    return PLACES.get(hit["tenant"], _file)(hit)


def _file(hit: Mapping[str, Any]) -> str:
    (part,) = hit["parts"]
    return str(part)


@contextmanager
def _elastic(scenes: Sequence[Scene], folder: Path) -> Iterator[tuple[Tenant, KibanaLab]]:
    store = lab.elastic.store.Store()
    lab.elastic.victim.fill(store, scenes, holds=in_siem("elastic"))
    data = ElasticLab(store, lab.elastic.settings.ElasticSettings(keys=(lab.elastic.settings.HUNTER, *KEYS)))
    kibana = KibanaLab(data)
    with serve(data, folder) as running, serve(kibana, folder / "kibana") as rules:
        settings = {
            "url": running.url,
            "kibana": rules.url,
            "ca": str(trusted(folder / "both.pem", running, rules).resolve()),
            "api_key": "env:HUNTLINE_DEMO_ELASTIC_KEY",
            "deploy_key": "env:HUNTLINE_DEMO_DEPLOY_KEY",
        }
        yield _tenant("elastic", settings) | {"deploy": {"enabled": True}}, kibana


@contextmanager
def _splunk(scenes: Sequence[Scene], folder: Path) -> Iterator[Tenant]:
    """Serve a Splunk with add-ons and the Common Information Model, which shows Zeek's events again."""
    store = lab.splunk.store.Store()
    lab.splunk.victim.fill(store, scenes, holds=in_siem("splunk"))
    with serve(SplunkLab(store, lab.splunk.settings.SplunkSettings()), folder) as running:
        token = "env:HUNTLINE_DEMO_SPLUNK_TOKEN"
        yield _tenant("splunk", {"url": running.url, "ca": str(running.ca.resolve()), "token": token})


@contextmanager
def _sentinel(scenes: Sequence[Scene], folder: Path) -> Iterator[Tenant]:
    """Serve a workspace whose tables are archived before March, by more days than the service sells for the rest."""
    said = SentinelSettings()
    store, now = lab.sentinel.store.Store(said), datetime.now(UTC)
    days = [(now - since).days + 1 for since in (KEPT_SINCE, ARCHIVED_SINCE)]  # the last one is whole
    holds = in_siem("sentinel", since=ARCHIVED_SINCE)
    lab.sentinel.victim.fill(store, scenes, keep=lambda _: Keep("Analytics", *days), holds=holds)
    with serve(SentinelLab(store, said), folder) as running:
        who = {"client": lab.sentinel.settings.HUNTER.id, "secret": "env:HUNTLINE_DEMO_SENTINEL_SECRET"}
        yield _tenant("sentinel", {**who, **workspace(said, running)})


def _tenant(platform: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": f"larkspur-{platform}", "platform": platform, "settings": settings}
