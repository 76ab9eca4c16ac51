"""Laws of long lists: a search that reads them from a lookup finds what the search that holds them finds, or there is none."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from huntline.model.artifact import Artifact
from huntline.model.pack import Detection
from huntline.model.query import Query
from huntline.model.scope import Binding
from huntline_splunk.artifact import MACRO, SEARCH
from huntline_splunk.check import check
from huntline_splunk.listing import KIND, LEAST, MOST, lookup_of, rows_of
from huntline_splunk.package import MANIFEST, package
from lab.spl import SplError, run
from platforms.splunk.by_hand import SYSMON_LOG, detection, pack_3cx, renderer, rule

LIMITS = Path(__file__).parents[3].parent / "shared" / "specs" / "splunk" / "conf-settings.9.2.json"
HASHES = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(LEAST)]
OTHERS = [hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest() for number in range(LEAST)]
NAMES = [f"h{number}.Evil-{number}.example" for number in range(LEAST)]
RULES: dict[str, dict[str, Any]] = {
    "one list": {"s": {"SHA256": HASHES}, "condition": "s"},
    "two lists": {"s": {"SHA256": HASHES}, "t": {"MD5": OTHERS}, "condition": "s or t"},
    "both lists": {"s": {"SHA256": HASHES, "MD5": OTHERS}, "condition": "s"},
    "a list, and what is below": {
        "s": {"QueryName": NAMES},
        "t": {"QueryName|endswith": ".evil"},
        "condition": "s or t",
    },
    "a list, and a pattern": {"s": {"QueryName": [*NAMES, "a*b"]}, "condition": "s"},
    "a list that takes away": {"s": {"Image|endswith": "\\a.exe"}, "f": {"SHA256": HASHES}, "condition": "s and not f"},
    "a list, and what is sieved": {"s": {"SHA256": HASHES, "Image|re": "a\\.e.e$"}, "condition": "s"},
    "two lists of one field": {
        "s": {"QueryName": NAMES, "Image|endswith": "\\a.exe"},
        "t": {"QueryName": [f"x.{one}" for one in NAMES]},
        "condition": "s or not t",
    },
}
TOLD: list[dict[str, str | list[str]]] = [
    {"SHA256": HASHES[0], "Image": "C:\\a.exe"},
    {"SHA256": HASHES[-1].upper(), "MD5": OTHERS[3]},
    {"SHA256": HASHES[5] + "0", "Image": "C:\\a.exe"},
    {"SHA256": ["0", HASHES[7]], "MD5": OTHERS[0].upper()},
    {"MD5": OTHERS[-1]},
    {"MD5": HASHES[1], "QueryName": NAMES[0].upper(), "Image": "C:\\A.EXE"},
    {"QueryName": f"x.{NAMES[1]}", "Image": "C:\\a.exe"},
    {"QueryName": f"y.{NAMES[1]}", "Image": "C:\\b.exe"},
    {"QueryName": "below.evil"},
    {"QueryName": "a-b"},
    {"Image": "C:\\a.exe"},
    {"SHA256": "", "QueryName": ""},
    {"value": HASHES[0], "list": "SHA256"},
    {"EventCode": "2", "SHA256": HASHES[0]},
    {"process": NAMES[4].upper()},
]
EVENTS = [
    {"id": str(number), "index": "main", "source": SYSMON_LOG, "EventCode": "1", **told}
    for number, told in enumerate(TOLD)
]


def made_of(found: Detection, *, scope: str = "sysmon", pack: str = "p") -> Sequence[Artifact]:
    made = renderer()
    return made.artifacts(found, rule(found, scope, made.compiler), pack=pack)


def ids(text: str, artifacts: Sequence[Artifact], *, lists: bool = True) -> list[str]:
    """Return the ids of the events that a search finds."""
    macros = {one.remote_id: str(one.body["definition"]) for one in artifacts if one.kind == MACRO}
    lookups = {one.remote_id: rows_of(one.body) for one in artifacts if one.kind == KIND and lists}
    found = run(text if text.startswith("|") else f"search {text}", EVENTS, now=0, macros=macros, lookups=lookups)
    return sorted(str(one["id"]) for one in found)


def search_of(artifacts: Sequence[Artifact]) -> str:
    return str(artifacts[-1].body["search"])


@pytest.mark.parametrize("name", RULES)
def test_a_search_that_reads_its_lists_finds_what_it_would_find(tmp_path: Path, name: str) -> None:
    """By events in the lists in whatever case, near them, beside them and without the field."""
    found = detection(tmp_path, RULES[name])
    artifacts = made_of(found)
    whole = rule(found, "sysmon").text
    expected = ids(whole, artifacts)

    assert not any(value in search_of(artifacts) for value in (*HASHES, *OTHERS, *NAMES))
    assert expected == ids(search_of(artifacts), artifacts)
    assert 0 < len(expected) < len(EVENTS)


def test_a_data_model_is_asked_by_a_list_too(tmp_path: Path) -> None:
    found = detection(tmp_path, {"s": {"CommandLine": NAMES}, "condition": "s"})
    artifacts = made_of(found, scope="cim-processes")
    hits = [ids(words, artifacts) for words in (rule(found, "cim-processes").text, search_of(artifacts))]

    assert [[str(len(EVENTS) - 1)]] * 2 == hits
    assert NAMES[4] not in search_of(artifacts)


@pytest.mark.parametrize("name", RULES)
def test_a_list_that_is_not_there_fails_the_search(tmp_path: Path, name: str) -> None:
    """It would find nothing, or everything that it should leave out, and look like success."""
    artifacts = made_of(detection(tmp_path, RULES[name]))

    with pytest.raises(SplError, match="no lookup"):
        ids(search_of(artifacts), artifacts, lists=False)


@pytest.mark.parametrize("name", RULES)
def test_a_list_without_a_row_fails_the_search(tmp_path: Path, name: str) -> None:
    """Whoever empties a table is told by the runs that fail, not by silence."""
    macro, lookup, search = made_of(detection(tmp_path, RULES[name]))
    macros = {macro.remote_id: str(macro.body["definition"])}

    with pytest.raises(SplError, match="require"):
        run(
            f"search {search.body['search']}", EVENTS, now=0, macros=macros, lookups={lookup.remote_id: [{"list": "-"}]}
        )


@pytest.mark.parametrize(("count", "kinds"), [(LEAST - 1, [MACRO, SEARCH]), (LEAST, [MACRO, KIND, SEARCH])])
def test_a_short_list_stays_in_the_search(tmp_path: Path, count: int, kinds: list[str]) -> None:
    """It can be read there, and needs no file, no right to write one, nothing that somebody could empty."""
    artifacts = made_of(detection(tmp_path, {"s": {"SHA256": HASHES[:count]}, "condition": "s"}))

    assert kinds == [one.kind for one in artifacts]


@pytest.mark.parametrize(("count", "lists"), [(MOST, 1), (MOST + 1, 0)])
def test_a_list_is_never_longer_than_a_sub_search_gives(tmp_path: Path, count: int, lists: int) -> None:
    """What is beyond would be cut without a word."""
    values = [f"{number:032x}" for number in range(count)]
    artifacts = made_of(detection(tmp_path, {"s": {"MD5": values}, "condition": "s"}))

    assert lists == sum(one.kind == KIND for one in artifacts)


@pytest.mark.skipif(not LIMITS.is_file(), reason="the vendor's settings are not beside the project")
def test_the_most_is_what_a_sub_search_gives() -> None:
    known = json.loads(LIMITS.read_text(encoding="utf-8"))["files"]["limits.conf"]

    assert int(known["subsearch"]["maxout"]["default"]) == MOST


@pytest.mark.parametrize(
    "value", ['a"b', "a b", "a\\b", "a`m`b", "a,b", "$a$", "a|b", "[a]", "a\nb", "ü.example", "-a", ""]
)
def test_a_list_with_a_value_that_may_mean_more_stays_in_the_search(tmp_path: Path, value: str) -> None:
    """In CSV, in SPL or in what is made of a sub-search's rows; there the whole text is written and proved as ever."""
    selection = {"s": {"QueryName": [*NAMES, value]}, "condition": "s"}
    artifacts = made_of(detection(tmp_path, selection))

    assert [MACRO, SEARCH] == [one.kind for one in artifacts]
    assert search_of(artifacts) == rule(detection(tmp_path, selection), "sysmon").text


@pytest.mark.parametrize("field", ["query", "search", "Query", "_raw", "cs-host", "id.resp_h", "or"])
def test_a_field_that_a_sub_search_does_not_name_stays_in_the_search(tmp_path: Path, field: str) -> None:
    """Values of `query` and `search` would be looked for anywhere; fields with _ in front are left out."""
    artifacts = made_of(detection(tmp_path, {"s": {field: NAMES}, "condition": "s"}))

    assert [MACRO, SEARCH] == [one.kind for one in artifacts]


@pytest.mark.parametrize(
    "detect",
    [
        {"s": {"SHA256": HASHES}, "t": {"CommandLine|re": "evil\\d"}, "condition": "s or t"},
        {"s": {"SHA256|cased": HASHES}, "condition": "s"},
    ],
)
def test_what_is_sieved_holds_its_values(tmp_path: Path, detect: dict[str, Any]) -> None:
    """What `where` decides on stands in the text: there it is compared in another way than by `search`."""
    assert [MACRO, SEARCH] == [one.kind for one in made_of(detection(tmp_path, detect))]


def test_a_hunt_holds_its_values(tmp_path: Path) -> None:
    """It is never stored, and depends on nothing that is."""
    made = renderer()
    found = detection(tmp_path, RULES["one list"])
    query = made.compiler.compile(found, made.compiler.bounds["sysmon"].store.scope, Binding("", {}, {}))

    assert isinstance(query, Query)
    assert all(value in query.text for value in HASHES)


def test_a_search_waits_for_its_list(tmp_path: Path) -> None:
    """Under a name made of the key alone, by which rules, scopes and packs stay apart."""
    found = detection(tmp_path, RULES["two lists"], id="bb0ad4d9-7d2f-4c07-8f0d-000000000001")
    macro, lookup, search = made_of(found)
    others = [made_of(found, pack=name)[1].remote_id for name in ("p", "P", "p-", "p " * 40)]
    places = [made_of(found, scope="sysmon", pack="q")[1].remote_id, lookup.remote_id]

    assert (macro.key, lookup.key) == search.needs
    assert lookup.key == f"p/lookups/{lookup.remote_id}"
    assert lookup.remote_id in search_of((search,))
    assert 5 == len({*others, *places})
    assert lookup_of("p", "r", "a-b") != lookup_of("p", "r", "a_b")
    assert all(len(name) < LEAST and name.replace("_", "").isalnum() and name.islower() for name in others)


def test_a_new_indicator_changes_the_list_and_not_the_search(tmp_path: Path) -> None:
    """So that the search's schedule and history stay, and a plan says what changed."""
    one, other = (
        made_of(detection(tmp_path, {"s": {"SHA256": values}, "condition": "s"}))
        for values in (HASHES, [*HASHES, "ab"])
    )

    assert one[2] == other[2]
    assert (one[1].key, one[1].remote_id) == (other[1].key, other[1].remote_id)
    assert one[1].mark != other[1].mark


def test_a_package_holds_the_tables_its_searches_read(tmp_path: Path) -> None:
    """With their definitions, and their marks in the manifest."""
    artifacts = made_of(detection(tmp_path, RULES["two lists"]))
    files = {name.partition("/")[2]: text for name, text in package(artifacts, pack_3cx()).items()}
    lookup = artifacts[1]
    table = list(csv.DictReader(io.StringIO(files[f"lookups/{lookup.body['filename']}"])))

    assert rows_of(lookup.body) == table
    assert (
        f"[{lookup.remote_id}]\ncase_sensitive_match = 0\nfilename = {lookup.remote_id}.csv\n"
        == files["default/transforms.conf"]
    )
    assert f"[{MANIFEST}]" in files["default/macros.conf"]
    assert str(lookup.mark) in files["default/macros.conf"]
    assert "Long ones are lookups (1)" in files["README.md"]


def test_the_checkers_accept_a_package_with_lists(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    artifacts = made_of(detection(tmp_path / "pack", RULES["two lists"]))
    for name, words in package(artifacts, pack_3cx()).items():
        (tmp_path / "app" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "app" / name).write_text(words, encoding="utf-8")
    told = check(tmp_path / "app")

    assert ("AppInspect", "ksconf") == told.ran
    assert () == told.findings
