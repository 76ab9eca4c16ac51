"""The estate as Splunk holds it: where events lie, how the data models show them, and that the truth about them is true."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from lab.estate import estate
from lab.events import Scene
from lab.spl import Row, parse, staged
from lab.splunk.settings import Acceleration, Role, SplunkSettings
from lab.splunk.sight import Sight, Span
from lab.splunk.store import Store
from lab.splunk.victim import fill, sightings
from lab_tests.splunk.served import deployed

CONTENT: Final = Path(__file__).parents[3] / "content" / "splunk"
NOW: Final = 1_800_000_000.0
Spot = tuple[str, str, int]


@cache
def scenes() -> tuple[Scene, ...]:
    """Return every marked scene of the estate, and of the others one in 500."""
    return tuple(one for turn, one in enumerate(estate()) if one.mark or turn % 500 == 0)


@cache
def store() -> Store:
    made = Store()
    fill(made, scenes())
    return made


def searched(text: str, *, macros: Mapping[str, str] | None = None) -> list[Row]:
    """Return the rows of a search as a user sees them who may see all."""
    sight = Sight(SplunkSettings(), store(), Role(), NOW, Span(), Span())
    return staged(parse(text, macros=macros or {}), sight.rows, now=NOW).rows


@cache
def macros() -> Mapping[str, str]:
    """Return the pack's own macros, as its package has them."""
    read = configparser.RawConfigParser()
    read.read(CONTENT / "huntline_3cx_2023" / "default" / "macros.conf")
    return {name: read[name]["definition"] for name in read.sections()}


def _spot(row: Row) -> Spot:
    """Name an event by index and second; a host's two sensors are two indexes."""
    return str(row["index"]), str(row["host"]), int(float(str(row["_time"])))


def test_the_packs_own_rules_find_what_was_planted_and_nothing_else() -> None:
    """Over add-ons and models together, as the committed content asks; near misses stay unfound."""
    found = {
        _spot(row) for file in CONTENT.glob("rules/*/*.spl") for row in searched(file.read_text(), macros=macros())
    }
    told = tuple(sightings(scenes()))
    seconds = {(index, second) for index, _, second in found}
    needed = {(one.file, int(one.time.timestamp())) for one in told if one.detections}
    guilty = {(one.file, int(one.time.timestamp())) for one in told if one.mark.kind != "near"}
    assert len(needed) > 200
    assert set() == needed - seconds
    assert set() == seconds - guilty


def test_each_sensor_has_its_index_and_its_names() -> None:
    """By the add-ons; of macOS and the proxy search extracts nothing."""
    rows = searched("| tstats count where index=* by index, sourcetype")
    assert {
        ("endpoint", "macos:endpoint"),
        ("proxy", "zscalernss-web"),
        ("sysmon", "XmlWinEventLog"),
        ("wineventlog", "XmlWinEventLog"),
        ("zeek", "bro:dns:json"),
    } == {(row["index"], row["sourcetype"]) for row in rows}
    assert [] == searched("search index=proxy url_domain=*")


def test_a_model_shows_the_same_events_under_its_own_names() -> None:
    """An event keeps bucket, address and text whichever way it is seen."""
    searched_ = {(row["_bkt"], row["_cd"]): row for row in searched("search index=sysmon EventCode=1")}
    shown = {
        (row["_bkt"], row["_cd"]): row
        for row in searched('| from datamodel:"Endpoint.Processes"')
        if row["index"] == "sysmon"
    }
    assert set(searched_) == set(shown)
    assert all(searched_[place]["Image"] == row["process_path"] for place, row in shown.items())
    assert all(searched_[place]["_raw"] == row["_raw"] for place, row in shown.items())


def test_a_model_writes_unknown_for_what_it_calculates() -> None:
    """As Splunk_SA_CIM does: an absent value is a text there."""
    rows = searched('| from datamodel:"Endpoint.Processes"')
    audited = [row for row in rows if row["index"] == "wineventlog"]
    assert {("unknown", "unknown", "Microsoft Windows")} == {
        (row["original_file_name"], row["parent_process"], row["vendor_product"]) for row in audited
    }
    assert not [row for row in audited if "process_hash" in row]


def test_a_child_has_its_parents_events_of_its_tag() -> None:
    """Web.Proxy of Web."""
    counts = {name: len(searched(f'| from datamodel:"{name}"')) for name in ("Web.Web", "Web.Proxy", "Web.Storage")}
    assert counts["Web.Web"] == counts["Web.Proxy"] > 200
    assert 0 == counts["Web.Storage"]


def test_summaries_hold_what_was_accelerated_and_no_more(tmp_path: Path) -> None:
    """Without acceleration nothing, and by default the events themselves (1.3 [S1][S20])."""
    text = "| tstats {} count from datamodel=Endpoint.Processes"
    settings = SplunkSettings(accelerated={"Endpoint": Acceleration(back=1)})
    with deployed(tmp_path / "none", store()) as there:
        whole = there.rows(text.format(""))
        assert [{"count": "0"}] == there.rows(text.format("summariesonly=true"))
    with deployed(tmp_path / "recent", store(), settings) as there:
        assert [{"count": "0"}] == there.rows(text.format("summariesonly=true"))
    long = SplunkSettings(accelerated={"Endpoint": Acceleration(back=1_000_000_000)})
    with deployed(tmp_path / "long", store(), long) as there:
        assert whole == there.rows(text.format("summariesonly=true"))
    assert int(whole[0]["count"]) > 100


def test_a_model_nobody_has_fails_the_search(tmp_path: Path) -> None:
    """The job is there, and says why."""
    with deployed(tmp_path) as there:
        made = there.job('| from datamodel:"Endpoint.Nothing"')
        assert "FAILED" == made.refresh().content["dispatchState"]
        assert "was not found" in made.content["messages"]["fatal"][0]
