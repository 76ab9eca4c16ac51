"""Every source the lab can render a labelled event for, by name, with what each source never holds and what it loses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lab.render.siem import (
    elastic_defend,
    elastic_proxy,
    elastic_sysmon,
    elastic_windows,
    elastic_zeek,
    sentinel_asim,
    sentinel_csl,
    sentinel_dns_events,
    sentinel_security_event,
    sentinel_sysmon_event,
    sentinel_xdr,
    splunk_cim,
    splunk_defender,
    splunk_sysmon,
    splunk_windows,
    splunk_zeek,
    sysmon_data,
    windows_security,
)
from lab.render.siem.labelled import Renderer


@dataclass(frozen=True, slots=True)
class Source:
    """A renderer with reasons: `never` by kind, system or "system kind", `lost` by field, "kind.field", "system kind.field"."""

    render: Renderer
    never: Mapping[str, str]
    lost: Mapping[str, str]


def _macos(kinds: set[str], reason: str) -> dict[str, str]:
    return {f"macos {kind}": reason for kind in kinds}


CATALOGUE: Final[Mapping[str, Source]] = {
    "splunk_sysmon": Source(splunk_sysmon.render, sysmon_data.NEVER, splunk_sysmon.LOST),
    "splunk_windows": Source(splunk_windows.render, windows_security.NEVER, windows_security.LOST),
    "splunk_windows_classic": Source(
        splunk_windows.classic,
        windows_security.NEVER | {"security": "other events' messages are not written here"},
        windows_security.LOST,
    ),
    "splunk_defender": Source(splunk_defender.render, splunk_defender.NEVER, {}),
    "splunk_cim": Source(splunk_cim.render, splunk_cim.NEVER, splunk_cim.LOST),
    "splunk_zeek": Source(splunk_zeek.render, splunk_zeek.NEVER, splunk_zeek.LOST),
    "elastic_sysmon_winlogbeat": Source(elastic_sysmon.winlogbeat, sysmon_data.NEVER, elastic_sysmon.LOST),
    "elastic_sysmon_agent": Source(elastic_sysmon.agent, sysmon_data.NEVER, elastic_sysmon.LOST),
    "elastic_windows_winlogbeat": Source(elastic_windows.winlogbeat, elastic_windows.NEVER, {}),
    "elastic_windows_agent": Source(elastic_windows.agent, elastic_windows.NEVER, {}),
    "elastic_defend": Source(
        elastic_defend.render,
        elastic_defend.NEVER | _macos(elastic_defend.NEVER_ON_MACOS, "Defend has no such event on macOS"),
        elastic_defend.LOST,
    ),
    "elastic_zeek": Source(elastic_zeek.render, elastic_zeek.NEVER, elastic_zeek.LOST),
    "elastic_zscaler": Source(elastic_proxy.zscaler, elastic_proxy.NEVER, elastic_proxy.LOST),
    "elastic_squid": Source(elastic_proxy.squid, elastic_proxy.NEVER, elastic_proxy.LOST_BY_SQUID),
    "sentinel_xdr": Source(
        sentinel_xdr.render,
        sentinel_xdr.NEVER | _macos(sentinel_xdr.NEVER_ON_MACOS, "Defender reports no such event on macOS"),
        sentinel_xdr.LOST,
    ),
    "sentinel_sysmon_event": Source(sentinel_sysmon_event.render, sysmon_data.NEVER, sentinel_sysmon_event.LOST),
    "sentinel_sysmon_event_ama": Source(
        sentinel_sysmon_event.without_frame, sysmon_data.NEVER, sentinel_sysmon_event.LOST
    ),
    "sentinel_security_event": Source(sentinel_security_event.render, windows_security.NEVER, windows_security.LOST),
    "sentinel_asim": Source(sentinel_asim.render, sentinel_asim.NEVER, sentinel_asim.LOST),
    "sentinel_asim_function": Source(sentinel_asim.function, sentinel_asim.NEVER, sentinel_asim.LOST),
    "sentinel_dns_events": Source(sentinel_dns_events.render, sentinel_dns_events.NEVER, sentinel_dns_events.LOST),
    "sentinel_csl": Source(sentinel_csl.render, sentinel_csl.NEVER, sentinel_csl.LOST),
}


def sources() -> Mapping[str, Renderer]:
    """Return every renderer by its source's name."""
    return {name: source.render for name, source in CATALOGUE.items()}
