"""Laws of the benign company: its order, its calendar, and that the fact base says of every entry that it is harmless."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.benign import figures
from lab.benign.canonical import canonical
from lab.benign.catalogue import CATALOGUE, company
from lab.benign.client import SINCE
from lab.facts import BAD_MACOS

FACTS = Path(__file__).resolve().parents[3] / "shared" / "facts"
FEW, SOME = 4, 1000
LEFT_OUT = {"analysis hosts": "their look-ups are true by every indicator; the estate has them as research"}
"""What the facts call a false positive and no rule can leave alone."""


@pytest.fixture(scope="module")
def base() -> Any:
    if not FACTS.is_dir():
        pytest.skip("the fact base is not beside the project")
    return yaml.load((FACTS / "3cx-incident.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def test_the_company_is_the_same_for_the_same_seed() -> None:
    """A hit must be there to look at again; another seed is another company."""
    first, again, other = (list(company(seed=seed, each=FEW, total=SOME)) for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_the_company_is_as_large_as_it_is_asked_to_be() -> None:
    """The counts of the large run are the counts of this arithmetic."""
    seen = list(company(each=FEW, total=SOME))
    counts = {entry.id: sum(one.entry is entry for one in seen) for entry in CATALOGUE}

    assert SOME == len(seen)
    assert {FEW} == set(counts.values())


def test_events_come_in_order_of_time() -> None:
    """Logs are written in order, and storylines are read so."""
    times = [seen.event.time for seen in company(each=FEW, total=SOME)]

    assert sorted(times) == times


def test_no_entry_bears_another_ones_name() -> None:
    """Counts are by name."""
    names = [entry.id for entry in CATALOGUE]

    assert sorted(set(names)) == sorted(names)


def test_no_build_is_there_before_its_release() -> None:
    """A clean build in March 2023 would be a different incident."""
    early = {
        (seen.id, build)
        for seen in company(each=60, total=60 * len(CATALOGUE) + SOME)
        for build, since in SINCE.items()
        if seen.event.time.date() < since and any(build in value for value in _values(seen.event))
    }

    assert set() == early


def test_a_mac_never_has_an_affected_build() -> None:
    """18.11.1213 is clean on Windows and trojanised on macOS; as a disk image it is a Mac's."""
    bad = {
        seen.id
        for seen in company(each=60, total=60 * len(CATALOGUE) + SOME)
        for source, fields in canonical(seen.event)
        for value in (one for values in fields.values() for one in values)
        if any(build in value for build in BAD_MACOS) and (source.startswith("macos/") or ".dmg" in value)
    }

    assert set() == bad


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.id)
def test_every_entry_is_named_by_the_facts(base: Any, entry: Any) -> None:
    """A near miss nobody published would be our own invention."""
    section, _, words = entry.facts.partition(" | ")
    text = (FACTS / "README.md").read_text(encoding="utf-8") if section == "README" else _text(base[section])

    assert words in " ".join(text.split())


def test_every_false_positive_of_the_facts_has_an_entry(base: Any) -> None:
    """What the facts warn of must be in the company, or be left out by name."""
    topics = {one["topic"]: _text(one) for one in base["false_positives"]}

    assert set(LEFT_OUT) == {topic for topic, text in topics.items() if not _named("false_positives", text)}


def test_every_artefact_with_false_positives_has_an_entry(base: Any) -> None:
    """The same for the warnings that stand beside a single artefact."""
    artefacts = [one for kind in base["host_artefacts"].values() for one in kind if "false_positives" in one]
    missing = {one["value"] for one in artefacts if not _named("host_artefacts", _text(one))}

    assert set() == missing


def test_figures_are_those_of_the_facts(base: Any) -> None:
    """One wrong digit makes a near miss that is near to nothing."""
    urls = {one["id"]: one["url"].split("://")[-1] for one in base["network"]["urls"]}
    paths = {f"/{urls[key].partition('/')[2]}" for key in urls if "U-003" <= key <= "U-025" and key != "U-019"}
    agents = {one["value"] for one in base["network"]["http"]["user_agents"]}
    shared = {one["ip"] for one in base["network"]["ips"] if "do not alert" in one.get("note", "")}
    released = {
        one["version"]: str(one["released"]) for one in base["affected_versions"]["windows"] if "released" in one
    }

    assert paths == set(figures.C2_PATHS)
    assert {figures.AGENT_STALE_EDGE, figures.AGENT_STALE_CHROME} <= agents
    assert shared == set(figures.SHARED_STORAGE)
    assert released == figures.RELEASED
    assert urls["U-019"] == figures.VENDOR_SITE + figures.VENDOR_PAGE


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("network", figures.VENDOR_SITE),
        ("network", figures.STORAGE_SITE),
        ("network", figures.NAMESAKE_SITE),
        ("network", figures.TRADING_SITES[0]),
        ("network", figures.TRADING_SITES[1]),
        ("host_artefacts", f"*.{figures.VENDOR_CLOUD}"),
        ("host_artefacts", "".join(figures.VENDOR_DOWNLOADS)),
        ("host_artefacts", figures.PBX_PACKAGES),
        ("host_artefacts", figures.UPDATE_PATH),
        ("host_artefacts", " and ".join(figures.TPM_TASKS)),
        ("false_positives", "162.213.255.22-24, 91.235.116.231"),
    ],
)
def test_words_are_those_of_the_facts(base: Any, section: str, words: str) -> None:
    """Names of hosts, folders and tasks, letter by letter."""
    assert words in _text(base[section])


def _named(section: str, text: str) -> bool:
    cited = (entry.facts.partition(" | ") for entry in CATALOGUE)
    return any(place == section and words in " ".join(text.split()) for place, _, words in cited)


def _text(value: Any) -> str:
    return "\n".join(_scalars(value))


def _scalars(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _scalars(one)
    elif isinstance(value, list):
        for one in value:
            yield from _scalars(one)
    else:
        yield str(value)


def _values(event: Any) -> Iterator[str]:
    for _, fields in canonical(event):
        for values in fields.values():
            yield from values
