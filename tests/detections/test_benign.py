"""Laws of the 3CX pack over a company that really uses clean 3CX builds: no rule takes any of its events, in any form."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Final

import pytest

from huntline.detections.load import load_pack
from huntline.detections.match import match
from huntline.model.jsonable import logsource_of
from huntline.model.pack import Detection
from huntline.model.predicate import Every, fields_of
from huntline.model.predicate import tests as leaves_of
from huntline.model.scope import Scope
from huntline.translate.serving import serving
from journeys.cli import Ended, huntline
from lab.benign.canonical import Fields, canonical
from lab.benign.catalogue import CATALOGUE, TOTAL, company
from lab.benign.export import UNEXPORTED, Exported, export

PACK: Final = Path(__file__).parents[2] / "detections" / "3cx-2023"
DETECTIONS: Final = {Path(one.file).stem: one for one in load_pack(PACK)[0].detections}
AT_LEAST: Final = 500
EACH: Final = 5
UNTIL: Final = "2026-06-01"
LOGSOURCES: Final = (
    *(f"windows/{category}/*" for category in ("process_creation", "image_load", "file_event", "file_delete")),
    *(f"windows/{category}/*" for category in ("file_access", "network_connection", "dns_query", "pipe_created")),
    *("windows/registry_set/*", "windows/create_stream_hash/*"),
    *(f"windows/*/{service}" for service in ("security", "application", "windefend")),
    *(f"macos/{category}/*" for category in ("process_creation", "file_event", "file_delete")),
    *("macos/dns_query/*", "macos/network_connection/*", "linux/file_event/*"),
    *("*/antivirus/*", "*/dns/*", "*/proxy/*", "*/webserver/*"),
)
SCOPE: Final = Scope(
    name="the company",
    title="",
    logsources={logsource_of(one): Every(()) for one in LOGSOURCES},
    alive={},
    latency=timedelta(),
    serves=frozenset({"hunt"}),
    entities={},
)


@dataclass(frozen=True, slots=True)
class Decided:
    events: Counter[str]  # by entry of the catalogue, or of ordinary life
    asked: Counter[str]  # how many rows each rule was asked about
    taken: Mapping[str, list[str]]  # the events each rule took


@dataclass(frozen=True, slots=True)
class Hunted:
    ended: Ended
    written: Exported
    counted: Counter[tuple[str, str]]
    lines: tuple[int, int, int]  # read, unreadable, claimed by no source
    claims: Counter[str]  # hits by rule


@dataclass(frozen=True, slots=True)
class Served:
    """The rules of one log source, and their decisions: rows that read the same are decided once."""

    rules: Mapping[str, Detection]
    reads: tuple[str, ...]
    known: dict[tuple[tuple[str, ...] | None, ...], tuple[str, ...]]


@pytest.fixture(scope="module")
def decided() -> Decided:
    served = {one: _served(one) for one in LOGSOURCES}
    events, rows, taken = Counter[str](), Counter[str](), dict[str, list[str]]()
    for seen in company():
        events[seen.entry.id] += 1
        for logsource, fields in canonical(seen.event):
            rows[logsource] += 1
            for stem in _taking(served[logsource], fields):
                taken.setdefault(stem, []).append(seen.id)
    asked = Counter({stem: rows[logsource] for logsource, one in served.items() for stem in one.rules})
    return Decided(events, asked, taken)


def _taking(served: Served, fields: Fields) -> tuple[str, ...]:
    row = tuple(map(fields.get, served.reads))
    if row not in served.known:
        taking = (stem for stem, rule in served.rules.items() if match(rule.predicate, fields) is not None)
        served.known[row] = tuple(taking)
    return served.known[row]


def _served(logsource: str) -> Served:
    population = logsource_of(logsource)
    rules = {stem: rule for stem, rule in DETECTIONS.items() if serving(rule.logsource, SCOPE) == population}
    assert [] == [stem for stem, rule in rules.items() if any(one.op == "keyword" for one in leaves_of(rule.predicate))]
    reads = {name for rule in rules.values() for name in fields_of(rule.predicate)}
    return Served(rules, tuple(sorted(reads)), {})


@pytest.fixture(scope="module", params=[EACH, pytest.param(1, marks=pytest.mark.bench)])
def hunted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Hunted:
    """A hunt of every so manieth event; of all of them by `make bench`."""
    cwd = tmp_path_factory.mktemp("benign")
    written = export(islice(company(), 0, None, request.param), cwd / "logs")
    ended = huntline("hunt", "--logs", "logs", "--until", UNTIL, "--pack", PACK, "--ledger", "facts.sqlite", cwd=cwd)
    with sqlite3.connect(cwd / "facts.sqlite") as ledger:
        counted = Counter({(scope, source): count for scope, source, count in ledger.execute(_COUNTED)})
        ((read, unreadable, unclaimed),) = ledger.execute(_LINES)
        stems = {rule.id: stem for stem, rule in DETECTIONS.items()}
        claims = Counter({stems[detection]: count for detection, count in ledger.execute(_CLAIMS)})
    ledger.close()
    return Hunted(ended, written, counted, (read, unreadable, unclaimed), claims)


_COUNTED: Final = "SELECT scope, logsource, SUM(events) FROM days GROUP BY scope, logsource"
_LINES: Final = "SELECT SUM(rows), SUM(unreadable), SUM(unclaimed) FROM readings"
_CLAIMS: Final = "SELECT detection, COUNT(*) FROM claims GROUP BY detection"


def test_the_company_has_two_hundred_thousand_events(decided: Decided) -> None:
    """A rare mistake of a rule shows in many events only."""
    assert TOTAL == decided.events.total() == 200_000


@pytest.mark.parametrize("entry", [entry.id for entry in CATALOGUE])
def test_each_false_positive_of_the_facts_occurs_five_hundred_times(entry: str, decided: Decided) -> None:
    """Each in many spellings, on many computers, over the years."""
    assert AT_LEAST <= decided.events[entry]


@pytest.mark.parametrize("stem", sorted(DETECTIONS))
def test_every_rule_is_asked(stem: str, decided: Decided) -> None:
    """A rule whose log source the company has no events of would pass every law here."""
    assert AT_LEAST <= decided.asked[stem]


@pytest.mark.parametrize("stem", sorted(DETECTIONS))
def test_no_rule_takes_an_event_of_the_company(stem: str, decided: Decided) -> None:
    """Alerts that cry wolf are switched off, and then the wolf comes. The first few events are named."""
    assert [] == decided.taken.get(stem, [])[:5]


def test_the_hunt_finds_nothing_in_the_logs_of_the_company(hunted: Hunted) -> None:
    """The same events as Sysmon, Windows, Defender XDR, Elastic Defend, a proxy and Zeek write them."""
    assert ({}, 0) == (dict(hunted.claims), hunted.ended.code)


def test_the_hunt_counts_every_event_once_in_its_log_source(hunted: Hunted) -> None:
    """What is not counted was not looked at: no hits in it would mean nothing. Whole scopes and unasked kinds aside."""
    wanted = {str(rule.logsource) for rule in DETECTIONS.values()} - set(UNEXPORTED)
    written = {key: count for key, count in hunted.written.counts.items() if key[1] in wanted}

    assert written == {key: count for key, count in hunted.counted.items() if key[1] in wanted}
    assert wanted - {"macos/dns_query/*"} <= {logsource for _, logsource in written}


def test_the_hunt_reads_every_line_and_leaves_none_unclaimed(hunted: Hunted) -> None:
    """A line no source knows is a line no rule was asked about."""
    assert (hunted.written.rows, 0, 0) == hunted.lines
