"""Laws of indicator files, selections of them, and what is exported: for any pack."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from huntline.cli.packs import packs
from huntline.detections.indicators import Indicator
from huntline.detections.load import load_pack
from huntline.detections.manifest import read_manifest
from huntline.errors import PackError, UserError
from huntline.publish.export import chosen_indicators, csv_of
from huntline.publish.stix import bundle_of

PACK = Path(__file__).parents[2] / "detections" / "3cx-2023"
HEAD = """id: p
title: P
stages:
- {id: install, title: I, answer: A, windows: [{since: 2023-01-01, until: 2023-02-01}]}
"""
DATA = """updated: 2023-06-01
values:
- {value: a.example, kind: domain, advice: block, stage: install, role: server, sources: [s]}
- {value: b.example, kind: domain, advice: alert, confidence: confirmed, sources: [t]}
- {value: c.example, kind: domain, advice: hunt-only, platform: macos}
- {value: d.example, kind: domain, advice: context}
"""
SOURCES = "values:\n- {name: s, title: S, url: 'https://s.example/report'}\n- {name: t, title: T}\n"
RULE = """title: T
logsource: {category: proxy}
detection: {s: {A|expand: '%l%'}, condition: s}
"""


def _pack(folder: Path, *, lists: str = "  l: indicators/d.yml\n", data: str = DATA, sources: str = SOURCES) -> Path:
    (folder / "indicators").mkdir()
    (folder / "pack.yml").write_text(HEAD + "sources: indicators/sources.yml\nindicators:\n" + lists)
    (folder / "indicators" / "d.yml").write_text(data)
    (folder / "indicators" / "sources.yml").write_text(sources)
    (folder / "r.yml").write_text(RULE)
    return folder


def _errors(pack: Path) -> list[tuple[str, int, str]]:
    return [(one.file, one.line, one.key) for one in load_pack(pack)[1] if one.file != "r.yml"]


SELECTIONS = {
    "{advice: [block, alert]}": ("a.example", "b.example"),
    "{advice: hunt-only}": ("c.example",),
    "{advice: [block, hunt-only], platform: macos}": ("c.example",),
    "{kind: domain, role: server}": ("a.example",),
    "{stage: install}": ("a.example",),
    "{confidence: confirmed}": ("b.example",),
    "{}": ("a.example", "b.example", "c.example", "d.example"),
}


@pytest.mark.parametrize("where", SELECTIONS)
def test_a_list_is_what_its_selection_says(where: str, tmp_path: Path) -> None:
    """Keys narrow, values widen, and the order is that of the file."""
    pack = _pack(tmp_path, lists=f"  l: {{file: indicators/d.yml, where: {where}}}\n")

    assert SELECTIONS[where] == read_manifest(pack).lists["l"]
    assert [] == _errors(pack)


WRONG_SELECTIONS = {
    "{file: indicators/d.yml, where: {role: sever}}": "where.role",  # no indicator has it
    "{file: indicators/d.yml, where: {advice: [block, blok]}}": "where.advice",
    "{file: indicators/d.yml, where: {stage: install, advice: alert}}": "where",  # selects nothing
    "{file: indicators/d.yml, where: {role: []}}": "where",
}


@pytest.mark.parametrize("text", WRONG_SELECTIONS)
def test_a_selection_that_would_come_up_short_is_told(text: str, tmp_path: Path) -> None:
    """A slip of the pen in a grade would take its indicators out of every rule, and nobody would notice."""
    pack = _pack(tmp_path, lists=f"  l: {text}\n")

    assert [("pack.yml", 7, f"indicators.l.{WRONG_SELECTIONS[text]}")] == _errors(pack)


WRONG_KEYS = {
    "{file: indicators/d.yml, were: {}}": "indicators.l.were",
    "{file: indicators/d.yml, where: {colour: red}}": "indicators.l.where.colour.[key]",
    "{where: {role: server}}": "indicators.l.file",
    "7": "indicators.l",
}


@pytest.mark.parametrize("text", WRONG_KEYS)
def test_an_unknown_key_of_a_selection_is_refused(text: str, tmp_path: Path) -> None:
    """A key that is not read is a wish that is not heard."""
    with pytest.raises(PackError) as error:
        load_pack(_pack(tmp_path, lists=f"  l: {text}\n"))

    assert (7, WRONG_KEYS[text]) == (error.value.line, error.value.key)


WRONG_VALUES = {
    "{value: 'zz', kind: sha256}": "values.0",
    f"{{value: {'a' * 63}, kind: sha256}}": "values.0",
    f"{{value: {'a' * 64}, kind: md5}}": "values.0",
    "{value: 'a b.example', kind: domain}": "values.0",
    "{value: example, kind: domain}": "values.0",
    "{value: 1.2.3.256, kind: ipv4}": "values.0",
    "{value: https://a.example, kind: url}": "values.0",
    "{value: no header, kind: header}": "values.0",
    '{value: "a\\nb"}': "values.0",
    "{value: a, kind: color}": "values.0.kind",
    "{value: a, advice: blok}": "values.0.advice",
    "{value: a, sources: [nobody]}": "values.0.sources",
    "{value: a, colour: red}": "values.0.colour",
}


@pytest.mark.parametrize("entry", WRONG_VALUES)
def test_a_value_that_is_not_of_its_kind_is_told_by_its_place(entry: str, tmp_path: Path) -> None:
    """A digest one sign short matches nothing, for ever; a source nobody listed cannot be looked up."""
    pack = _pack(tmp_path, data=f"values:\n- {entry}\n")

    assert [("indicators/d.yml", 2, WRONG_VALUES[entry])] == _errors(pack)


def test_a_file_of_the_folder_that_no_list_names_is_checked_and_written_too(tmp_path: Path) -> None:
    """What no rule can look for is still an indicator: others can."""
    pack = _pack(tmp_path)
    (pack / "indicators" / "agents.yml").write_text("values: [{value: agent/1, kind: user-agent}]\n")
    known = {one.value for one in read_manifest(pack).indicators}
    (pack / "indicators" / "broken.yml").write_text("values: []\n")

    assert {"agent/1", "a.example", "b.example", "c.example", "d.example"} == known
    assert [("indicators/broken.yml", 1, "values")] == _errors(pack)


BROKEN_SOURCES = {
    "values: 7\n": (1, "values"),
    "values:\n- {name: s, title: S, url: 'javascript:x'}\n": (2, "values.0.url"),
    "values:\n- {name: s, title: S}\n- {name: s, title: S}\n": (3, "values.1"),
}


@pytest.mark.parametrize("sources", BROKEN_SOURCES)
def test_broken_sources_are_told(sources: str, tmp_path: Path) -> None:
    """Without them nobody can tell who said so; the hunt goes on, as its values are there."""
    pack = _pack(tmp_path, sources=sources)

    assert [("indicators/sources.yml", *BROKEN_SOURCES[sources])] == _errors(pack)
    assert "a.example" in read_manifest(pack).lists["l"]


def test_what_means_nothing_by_itself_is_written_only_when_asked_for(tmp_path: Path) -> None:
    """A genuine site in a block list stops the work of a company."""
    manifest = read_manifest(_pack(tmp_path))

    assert ["a.example", "b.example", "c.example"] == [o.value for o in chosen_indicators(manifest, named=None)]
    assert ["d.example"] == [o.value for o in chosen_indicators(manifest, named=None, advice=["context"])]


def test_an_export_of_a_broken_pack_is_refused(tmp_path: Path) -> None:
    """Whoever feeds a block list would not miss what is missing."""
    manifest = read_manifest(_pack(tmp_path, data="values: []\n"))

    with pytest.raises(PackError):
        chosen_indicators(manifest, named=None)


@pytest.mark.parametrize(("named", "advice"), [("nosuch", ["block"]), ("l", [])])
def test_an_export_of_nothing_is_refused_with_a_next_step(named: str, advice: list[str], tmp_path: Path) -> None:
    """An empty file looks like a clean bill."""
    with pytest.raises(UserError) as error:
        chosen_indicators(read_manifest(_pack(tmp_path)), named=named, advice=advice)

    assert error.value.advice


@given(st.text("ab,;\"'\\ ", min_size=1).map(lambda text: f"x{text}"))
def test_csv_gives_back_what_it_was_given(text: str) -> None:
    """Quotes, commas and semicolons of a value stay in it."""
    (_, row) = csv.reader(io.StringIO(csv_of([Indicator(text)])))

    assert text == row[0]


@pytest.mark.parametrize("sign", "=+-@＝＋－＠")
@pytest.mark.parametrize("lead", ["", " ", "a;", "a; "])
def test_csv_starts_no_formula(lead: str, sign: str) -> None:
    """An indicator comes from anywhere, and a spreadsheet runs what begins with these signs."""
    text = csv_of([Indicator(f"{lead}{sign}HYPERLINK(1)", note=f"{lead}{sign}1", sources=(f"{sign}2",))])
    (_, row) = csv.reader(io.StringIO(text))

    assert [] == [cell for cell in row if re.search(r"(^|;)\s*[=+\-@＝＋－＠]", cell)]


def _bundle(pack: Path = PACK) -> dict[str, Any]:
    manifest = read_manifest(pack)
    loaded = json.loads(bundle_of(chosen_indicators(manifest, named=None), manifest)[0])
    assert isinstance(loaded, dict)
    return loaded


BUNDLE = _bundle()
OBJECTS: list[dict[str, Any]] = BUNDLE["objects"]
STAMP = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z"
REQUIRED = {
    "identity": {"type", "spec_version", "id", "created", "modified", "name"},
    "indicator": {"type", "spec_version", "id", "created", "modified", "pattern", "pattern_type", "valid_from"},
}
KNOWN = {
    "identity": {"identity_class"},
    "indicator": {
        "name", "description", "indicator_types", "pattern_version", "labels", "kill_chain_phases", "created_by_ref",
        "external_references", "confidence",
    },
}  # fmt: skip


def test_a_bundle_has_the_three_properties_of_stix() -> None:
    """Since 2.1 a bundle has no version: each object says its own."""
    assert {"type", "id", "objects"} == set(BUNDLE)
    assert ("bundle", 36) == (BUNDLE["type"], len(BUNDLE["id"].removeprefix("bundle--")))


def test_objects_have_what_stix_requires_and_nothing_it_does_not_know() -> None:
    """A custom property needs an extension definition, and importers refuse it without."""
    assert [] == [one for one in OBJECTS if set(one) < REQUIRED[one["type"]]]
    assert [] == [one for one in OBJECTS if set(one) - REQUIRED[one["type"]] - KNOWN[one["type"]]]
    assert {"2.1"} == {one["spec_version"] for one in OBJECTS}
    assert {"stix"} == {one["pattern_type"] for one in OBJECTS if one["type"] == "indicator"}


def test_ids_are_derived_once_and_not_in_the_namespace_of_stix_observables() -> None:
    """STIX lets an object's UUID be derived, but not within its own namespace; the prefix is the type."""
    counted = Counter(one["id"] for one in OBJECTS)

    assert [1] == sorted(set(counted.values()))
    assert [] == [one["id"] for one in OBJECTS if one["id"].split("--")[0] != one["type"]]
    assert {5} == {UUID(one["id"].split("--")[1]).version for one in OBJECTS}
    assert {OBJECTS[0]["id"]} == {one["created_by_ref"] for one in OBJECTS[1:]}


def test_moments_are_those_of_the_pack_and_in_order() -> None:
    """STIX wants milliseconds and Z, and nothing is changed before it is made; no clock is read."""
    stamps = [one[key] for one in OBJECTS for key in ("created", "modified", "valid_from") if key in one]

    assert [] == [stamp for stamp in stamps if not re.fullmatch(STAMP, stamp)]
    assert sorted(stamps) == [stamp for _, stamp in sorted((datetime.fromisoformat(stamp), stamp) for stamp in stamps)]
    assert [] == [one["id"] for one in OBJECTS if one["modified"] < one["created"]]
    assert "2023-03-29T00:00:00.000Z" == min(one["created"] for one in OBJECTS)


def test_lists_are_never_empty_and_words_are_those_of_stix() -> None:
    """STIX forbids empty lists; an external reference has a name, and an address or a description."""
    references = [ref for one in OBJECTS for ref in one.get("external_references", [])]

    assert [] == [one for one in OBJECTS if any(value in ([], "", None) for value in one.values())]
    assert {"malicious-activity", "unknown"} == {kind for one in OBJECTS[1:] for kind in one["indicator_types"]}
    assert [] == [ref for ref in references if not ref["source_name"] or not (ref.get("url") or ref.get("description"))]
    assert [] == [one for one in OBJECTS[1:] if not 0 <= one["confidence"] <= 100]


COMPARISON = r"([a-z0-9-]+:[\w.'-]+?) (=|MATCHES) ('(?:[^'\\]|\\.)*')"
PATTERN = re.compile(rf"\[{COMPARISON}(?: (?:AND|OR) {COMPARISON})*\]")


def _holds(pattern: str, told: dict[str, str]) -> bool:
    """Decide the patterns we write: comparisons joined by one kind of word."""
    results = []
    for path, sign, quoted in re.findall(COMPARISON, pattern):
        text = re.sub(r"\\(.)", r"\1", quoted[1:-1])
        value = told.get(path, "\0")
        results.append(value == text if sign == "=" else re.search(text, value) is not None)
    return all(results) if " AND " in pattern else any(results)


def test_patterns_are_of_the_grammar_and_hold_for_no_empty_observation() -> None:
    """An importer that cannot parse one refuses the bundle; one that holds for all floods its reader."""
    patterns = [one["pattern"] for one in OBJECTS[1:]]

    assert [] == [one for one in patterns if not PATTERN.fullmatch(one)]
    assert [] == [one for one in patterns if _holds(one, {})]


HEADER = "network-traffic:extensions.'http-request-ext'.request_header."
FILE, FOLDER = "file:name", "file:parent_directory_ref.path"
MEANT: dict[tuple[str, str], tuple[list[dict[str, str]], list[dict[str, str]]]] = {
    ("domain", "a_b.example"): (
        [{"domain-name:value": "a_b.example"}, {"domain-name:value": "x.a_b.example"}],
        [{"domain-name:value": v} for v in ("xa_b.example", "a-b.example", "a_b.example.org", "y.axb.example")],
    ),
    ("url", "https://a.example/p"): ([{"url:value": "https://a.example/p"}], [{"url:value": "http://a.example/p"}]),
    ("url", "a.example/p"): (
        [{"url:value": "https://a.example/p"}, {"url:value": "http://a.example/p"}],
        [{"url:value": "https://b.example/p"}],
    ),
    ("ipv4", "192.0.2.1"): ([{"ipv4-addr:value": "192.0.2.1"}], [{"ipv4-addr:value": "192.0.2.10"}]),
    ("md5", "a" * 32): ([{"file:hashes.MD5": "a" * 32}], [{"file:hashes.'SHA-1'": "a" * 32}]),
    ("sha1", "a" * 40): ([{"file:hashes.'SHA-1'": "a" * 40}], [{"file:hashes.MD5": "a" * 40}]),
    ("sha256", "a" * 64): ([{"file:hashes.'SHA-256'": "a" * 64}], [{"file:hashes.'SHA-256'": "b" * 64}]),
    ("file-name", "it's.dll"): ([{FILE: "it's.dll"}], [{FILE: "its.dll"}]),
    ("path", r"C:\x.dll"): ([{FILE: "x.dll", FOLDER: "C:\\"}], [{FILE: "x.dll", FOLDER: "C:\\y"}]),
    ("path", r"C:\Users\*\a\m"): (
        [{FILE: "m", FOLDER: r"C:\Users\u\a"}],
        [{FILE: "m", FOLDER: r"C:\Users\u\a\b"}, {FILE: "mm", FOLDER: r"C:\Users\u\a"}, {FILE: "m"}],
    ),
    ("path", r"C:\a\*"): (
        [{FOLDER: r"C:\a"}, {FOLDER: r"C:\a\b"}],
        [{FOLDER: r"C:\ab"}, {FOLDER: r"D:\C:\a"}],
    ),
    ("path", "/etc/a*.cf"): ([{FILE: "ab.cf", FOLDER: "/etc"}], [{FILE: "abxcf", FOLDER: "/etc"}]),
    ("path", "/a"): ([{FILE: "a", FOLDER: "/"}], [{FILE: "a", FOLDER: "/b"}]),
    ("user-agent", "A/1 (b)"): ([{f"{HEADER}'User-Agent'": "A/1 (b)"}], [{f"{HEADER}'User-Agent'": "A/1 (b) c"}]),
    ("cookie", "a_b="): (
        [{f"{HEADER}'Cookie'": v} for v in ("a_b=1", "x=1; a_b=2", "x=1;a_b=2")],
        [{f"{HEADER}'Cookie'": v} for v in ("xa_b=1", "axb=1", "a_b")],
    ),
    ("header", "accept-encoding: br, */*"): (
        [{f"{HEADER}'Accept-Encoding'": "br, */*"}],
        [{f"{HEADER}'Accept-Encoding'": "br, x/x"}],
    ),
}


@pytest.mark.parametrize("meant", MEANT, ids=": ".join)
def test_a_pattern_means_what_its_indicator_means(meant: tuple[str, str]) -> None:
    """A quote, a backslash or an underscore of a value is that sign, and a name under a domain is meant with it."""
    manifest = read_manifest(PACK)
    kind, value = meant
    text, _ = bundle_of([Indicator(value, kind=kind)], manifest)
    pattern = json.loads(text)["objects"][1]["pattern"]
    matches, misses = MEANT[meant]

    assert PATTERN.fullmatch(pattern)
    assert [] == [told for told in matches if not _holds(pattern, told)]
    assert [] == [told for told in misses if _holds(pattern, told)]


def test_a_day_is_needed_and_a_kind(tmp_path: Path) -> None:
    """Without a day nothing can be valid from one, and today is no fact of the pack."""
    (tmp_path / "r.yml").write_text(RULE)

    with pytest.raises(UserError, match="names no day"):
        bundle_of([Indicator("a.example", kind="domain")], read_manifest(tmp_path))
    with pytest.raises(UserError, match="no indicator has a kind"):
        bundle_of([Indicator("a")], read_manifest(PACK))


def test_the_command_writes_the_same_bytes_again(tmp_path: Path) -> None:
    """Who keeps the file under version control sees what changed, and only that."""
    for shape in ("csv", "stix", "text"):
        call = ["indicators", str(PACK), "--format", shape]
        files = [tmp_path / f"{shape}-{n}" for n in (1, 2)]
        done = [CliRunner().invoke(packs, [*call, "--out", str(file)]).exit_code for file in files]
        printed = CliRunner().invoke(packs, call).stdout

        assert [0, 0] == done
        assert [printed, printed] == [file.read_text(encoding="utf-8") for file in files]


def test_the_command_tells_what_stix_cannot_say(tmp_path: Path) -> None:
    """What is left out without a word would be thought covered."""
    pack = _pack(tmp_path, data="values: [plain, {value: a.example, kind: domain}]\n")
    done = CliRunner().invoke(packs, ["indicators", str(pack), "--format", "stix", "--out", str(tmp_path / "b.json")])

    assert (0, True) == (done.exit_code, "1 indicator of no kind STIX can say left out" in done.stderr)
    assert 2 == len(json.loads((tmp_path / "b.json").read_text())["objects"])


def test_text_is_one_value_a_line(tmp_path: Path) -> None:
    """Firewalls and resolvers read lists that way."""
    pack = _pack(tmp_path, lists="  l: {file: indicators/d.yml, where: {advice: [block, alert]}}\n")
    done = CliRunner().invoke(packs, ["indicators", str(pack), "--list", "l", "--format", "text"])

    assert "a.example\nb.example\n" == done.stdout
