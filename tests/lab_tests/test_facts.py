"""The figures we typed are the figures that were published; needs the fact base, which is not part of the project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from lab import facts

BASE = Path(__file__).resolve().parents[3] / "shared" / "facts" / "3cx-incident.yaml"


@pytest.fixture(scope="module")
def base() -> Any:
    if not BASE.exists():
        pytest.skip(f"the fact base is not here: {BASE.name}")
    return yaml.load(BASE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


@pytest.mark.parametrize(
    ("entry", "hashes"),
    [
        ("F-004", facts.FFMPEG),
        ("F-005", facts.FFMPEG_SIGNED),
        ("F-008", facts.D3DCOMPILER),
        ("F-009", facts.CLIENT_407),
        ("F-012", facts.CLIENT_416),
        ("F-090", facts.MAC_CLIENT_1213),
        ("F-091", facts.MAC_CLIENT_416),
        ("F-095", facts.UPDATE_AGENT),
    ],
)
def test_hashes_are_those_of_their_entry(base: Any, entry: str, hashes: facts.Hashes) -> None:
    """One wrong digit makes a plant that no rule can find, or a rule that finds a fiction."""
    published = next(file["hashes"] for file in base["files"] if file["id"] == entry)

    assert published == {name: getattr(hashes, name) for name in ("sha256", "sha1", "md5") if getattr(hashes, name)}


def test_domains_are_the_23_that_alert(base: Any) -> None:
    """D-001 to D-023, in any order."""
    assert sorted(one["domain"] for one in base["network"]["domains"][:23]) == sorted(facts.C2_DOMAINS)


def test_versions_are_split_by_platform_as_published(base: Any) -> None:
    """18.11.1213 is clean on Windows and trojanised on macOS: the easiest figure to get wrong."""
    status = {
        platform: {one["version"]: one["status"].split()[0] for one in base["affected_versions"][platform]}
        for platform in ("windows", "macos")
    }

    assert status["windows"] == dict.fromkeys(facts.BAD_WINDOWS, "trojanised") | dict.fromkeys(
        facts.CLEAN_WINDOWS, "clean"
    )
    assert status["macos"] == dict.fromkeys(facts.BAD_MACOS, "trojanised") | dict.fromkeys(facts.CLEAN_MACOS, "clean")


def test_icons_lead_where_the_facts_say(base: Any) -> None:
    """Domain, path and address of an icon come from three places of the fact base."""
    domains = {one["domain"]: one for one in base["network"]["domains"]}
    urls = {one["url"] for one in base["network"]["urls"]}
    for icon, (domain, path, address) in facts.ICON_C2.items():
        assert f"icon{icon}.ico" in domains[domain]["named_in_icons"]
        assert address == domains[domain]["hosting_ip_at_disclosure"]
        assert f"https://{domain}{path}" in urls


def test_macos_calls_go_where_the_facts_say(base: Any) -> None:
    """Other paths on the same servers than the Windows chain uses."""
    addresses = {one["domain"]: one.get("hosting_ip_at_disclosure") for one in base["network"]["domains"]}
    paths = {one["url"].split("://")[-1] for one in base["network"]["urls"]}
    for domain, path, address in (*facts.MAC_C2, facts.PAYLOAD_C2):
        assert addresses[domain] == address
        assert domain + path in paths


def test_agents_are_spelt_as_published(base: Any) -> None:
    """An agent with one wrong digit is another browser."""
    agents = {one["value"] for one in base["network"]["http"]["user_agents"]}

    assert {facts.AGENT_WINDOWS, facts.AGENT_MACOS} <= agents
