"""What Splunk is given to keep: searches, macros and the app that holds them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ksconf.conf.parser import PARSECONF_STRICT_NC, parse_conf  # type: ignore[import-untyped]  # ksconf ships no types

from huntline.model.artifact import Artifact
from huntline.model.pack import Pack
from huntline.model.query import Query, Rule
from huntline.model.scope import Binding
from huntline_splunk.check import check
from huntline_splunk.package import IN_CONF, MANIFEST, package
from huntline_splunk.render import SplunkRenderer
from lab.spl import parse
from platforms.splunk.by_hand import compiler, detection, pack, pack_3cx, renderer, rule

SPECS = Path(__file__).parents[3].parent / "shared" / "specs" / "splunk"
FIND = {"selection": {"Image|endswith": "\\evil.exe"}, "condition": "selection"}
SIEVED = {"selection": {"CommandLine|re": "a\\d+`b"}, "condition": "selection"}
HOSTILE = 'x``` | delete "\n[stanza]\nkey = %(v)s $t$ \u202e\x00 `m` ends\\'


def _artifacts(of: Pack) -> list[Artifact]:
    made = renderer()
    found: list[Artifact] = []
    for one in of.detections:
        for scope in ("sysmon", "cim-processes"):
            compiled = made.rule(one, made.compiler.bounds[scope].store.scope, Binding(scope, {}, {}))
            if isinstance(compiled, Rule):
                found += made.artifacts(one, compiled, pack=of.id)
    return found


def _written(files: Mapping[str, str], folder: Path) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode())
    return folder


def _conf(files: Mapping[str, str], name: str, folder: Path) -> dict[str, dict[str, str]]:
    (path,) = (path for path in files if path.endswith(f"/default/{name}.conf"))
    found: dict[str, dict[str, str]] = parse_conf(_written(files, folder) / path, profile=PARSECONF_STRICT_NC)
    return found


@pytest.fixture
def hostile(tmp_path: Path) -> Pack:
    """Every text of a rule that reaches Splunk, as somebody would write it who means harm."""
    folder = tmp_path / "pack"
    folder.mkdir()
    words = {"title": HOSTILE, "description": HOSTILE, "references": [HOSTILE], "falsepositives": [HOSTILE]}
    return pack(folder, {"detection": SIEVED, "id": "bb0ad4d9-7d2f-4c07-8f0d-000000000001", **words})


def test_a_search_waits_for_its_macro(tmp_path: Path) -> None:
    """A search whose macro is not there yet fails; so the macro comes first and is named."""
    made = renderer()
    found = detection(tmp_path, FIND)

    macro, search = made.artifacts(found, rule(found, "sysmon"), pack="p")

    assert (("macro", "huntline_sysmon"), (macro.key,)) == ((macro.kind, macro.remote_id), search.needs)
    assert search.body["search"] == '`huntline_sysmon` EventCode="1" Image="*\\\\evil.exe"'


def test_a_search_is_named_by_its_key_alone(tmp_path: Path) -> None:
    """A new title, text or level changes the same search; it makes no second one."""
    made = renderer()
    before, after = tmp_path / "1", tmp_path / "2"
    before.mkdir()
    after.mkdir()
    one = detection(before, FIND, id="bb0ad4d9-7d2f-4c07-8f0d-000000000001")
    other = detection(after, SIEVED, id="bb0ad4d9-7d2f-4c07-8f0d-000000000001", title="other", level="low")
    searches = [made.artifacts(found, rule(found, "sysmon"), pack="p")[1] for found in (one, other)]

    assert ["Huntline p sysmon bb0ad4d9-7d2f-4c07-8f0d-000000000001"] * 2 == [search.remote_id for search in searches]
    assert searches[0].hash != searches[1].hash


def test_a_name_too_long_or_strange_stays_apart_from_its_like(tmp_path: Path) -> None:
    """Cut names must not meet, and nothing in a file's name reaches the stanza's brackets or the REST path."""
    made = renderer()
    names = []
    for place, stem in enumerate(("a]/[b" + "x" * 90, "a]/[b" + "x" * 91, "a_b", "a]b")):
        folder = tmp_path / str(place)
        folder.mkdir()
        found = detection(folder, FIND)
        named = replace(found, id=stem)
        names.append(made.artifacts(named, rule(named, "sysmon"), pack="p")[1].remote_id)

    assert 4 == len(set(names))
    assert all(re.fullmatch(r"[A-Za-z0-9 ._-]{1,99}", name) for name in names)


@pytest.mark.parametrize(
    ("level", "severity"), [("informational", 1), ("low", 2), ("medium", 3), ("high", 4), ("critical", 5)]
)
def test_a_level_is_the_severity_of_the_same_name(tmp_path: Path, level: str, severity: int) -> None:
    found = detection(tmp_path, FIND, level=level)

    assert severity == renderer().artifacts(found, rule(found, "sysmon"), pack="p")[1].body["alert.severity"]


def test_nothing_runs_until_a_person_says_so(tmp_path: Path) -> None:
    """Enabled, a search is scheduled already, and fails rather than answer without a peer."""
    searches = _conf(package(_artifacts(pack_3cx()), pack_3cx()), "savedsearches", tmp_path).values()

    assert {("1", "1", "0")} == {
        (one["disabled"], one["enableSched"], one["dispatch.allow_partial_results"]) for one in searches
    }


@pytest.mark.parametrize(
    ("cadence", "runs"),
    [(1, 1440), (5, 288), (7, 240), (15, 96), (45, 48), (60, 24), (61, 24), (240, 6), (1440, 1), (5000, 1)],
)
def test_runs_tile_the_day_by_arrival(tmp_path: Path, cadence: int, runs: int) -> None:
    """Each minute of arrival is searched by exactly one run: as many runs a day, evenly, as windows fill it."""
    by = compiler(cadence=cadence)
    found = detection(tmp_path, FIND)
    body = SplunkRenderer(by).artifacts(found, rule(found, "sysmon", by), pack="p")[1].body
    starts = _minutes(str(body["cron_schedule"]))
    since, until = (int(str(body[f"dispatch.index_{end}"]).removesuffix("m@m")) for end in ("earliest", "latest"))

    assert runs == len(starts)
    assert {until - since} == {
        (after - before - 1) % 1440 + 1 for before, after in zip(starts, [*starts[1:], starts[0]], strict=True)
    }


def _minutes(cron: str) -> list[int]:
    minutes, hours, *every = cron.split()
    assert ["*", "*", "*"] == every
    return [
        60 * hour + int(minute)
        for hour in (range(24) if hours == "*" else map(int, hours.split(",")))
        for minute in minutes.split(",")
    ]


def test_an_event_may_be_late_by_more_than_its_source_is(tmp_path: Path) -> None:
    """Late data is found by arrival, and the window of event time must not take it away again."""
    found = detection(tmp_path, FIND)
    body = renderer().artifacts(found, rule(found, "sysmon"), pack="p")[1].body

    assert ("-1520m@m", "+24h") == (body["dispatch.earliest_time"], body["dispatch.latest_time"])  # 15 + 5 + 60 + a day


def test_a_package_is_the_same_bytes_whatever_the_order() -> None:
    made = _artifacts(pack_3cx())

    assert package(made, pack_3cx()) == package([*reversed(made)], pack_3cx())
    assert list(package(made, pack_3cx())) == sorted(package(made, pack_3cx()))


def test_no_artifacts_make_no_app() -> None:
    """An empty app would look like a finished one."""
    assert {} == package([], pack_3cx())


def test_a_conf_file_gives_back_what_was_put_in(hostile: Pack, tmp_path: Path) -> None:
    """Line ends, signs and backslashes of a rule stay inside its value."""
    made = _artifacts(hostile)
    found = _conf(package(made, hostile), "savedsearches", tmp_path)

    assert {one.remote_id: _expected(one) for one in made if one.kind == "saved_search"} == found


def _expected(artifact: Artifact) -> dict[str, str]:
    fields = {IN_CONF.get(name, name): value for name, value in artifact.body.items()}
    texts = {name: str(int(value)) if isinstance(value, bool) else str(value) for name, value in fields.items()}
    return texts | {"disabled": "1", "action.huntline.param.mark": str(artifact.mark)}


def test_a_text_over_several_lines_comes_back_whole(tmp_path: Path) -> None:
    """A rule with a `where` has two lines; a literal line end may follow a backslash."""
    folder = tmp_path / "pack"
    folder.mkdir()
    given = pack(folder, {"detection": {"selection": {"CommandLine": "a\\\n[x]\ny = z"}, "condition": "selection"}})
    made = _artifacts(given)
    found = _conf(package(made, given), "savedsearches", tmp_path)

    assert [one.body["search"] for one in made if one.kind == "saved_search"] == [
        found[one.remote_id]["search"] for one in made if one.kind == "saved_search"
    ]


@pytest.mark.parametrize("value", ["ends\\", " begins", "a\rb", "a\0b"])
def test_a_value_no_conf_file_holds_is_told(value: str) -> None:
    """Splunk would read something else, in silence."""
    with pytest.raises(ValueError, match="no conf file holds"):
        package([Artifact("k", "saved_search", "n", "n", {"search": value})], pack_3cx())


def test_every_object_bears_its_mark(tmp_path: Path) -> None:
    """A hand import can be taken over later only if each object says whose it is."""
    made = _artifacts(pack_3cx())
    files = package(made, pack_3cx())
    searches = _conf(files, "savedsearches", tmp_path / "1")
    macros = _conf(files, "macros", tmp_path / "2")
    marks = {one.key: str(one.mark) for one in made}

    assert {mark for key, mark in marks.items() if "/macros/" not in key} == {
        stanza["action.huntline.param.mark"] for stanza in searches.values()
    }
    assert sorted(mark for key, mark in marks.items() if "/macros/" in key) == sorted(
        macros[MANIFEST]["definition"].strip('"').split()
    )


def test_a_package_holds_every_macro_its_searches_name(tmp_path: Path) -> None:
    files = package(_artifacts(pack_3cx()), pack_3cx())
    macros = _conf(files, "macros", tmp_path / "1")
    known = {name: stanza["definition"] for name, stanza in macros.items()}

    for stanza in _conf(files, "savedsearches", tmp_path / "2").values():
        parse(stanza["search"], macros=known)


def test_a_macro_that_makes_events_stands_behind_a_bar(tmp_path: Path) -> None:
    """Splunk puts `search` before a text that does not begin with one, and a command that makes events has to be the first."""
    files = package(_artifacts(pack_3cx()), pack_3cx())
    made = {name for name, one in _conf(files, "macros", tmp_path / "1").items() if one["definition"][:5] == "from "}
    searches = [one["search"] for one in _conf(files, "savedsearches", tmp_path / "2").values()]
    called = {text.split("`")[1] for text in searches if text.startswith("| `")}

    assert made
    assert made == called
    assert [] == [name for name, one in _conf(files, "macros", tmp_path / "3").items() if "|" in one["definition"][:2]]


def test_a_comment_ends_where_its_line_ends(tmp_path: Path) -> None:
    """The texts are pasted into a search bar: a title must not become a command."""
    found = detection(tmp_path, FIND)
    ending, text = renderer().text(rule(found, "sysmon"), [HOSTILE, "", "``````", "`huntline_sysmon` | delete"])

    assert ".spl" == ending
    assert parse(rule(found, "sysmon").text, macros={"huntline_sysmon": "a=1"}) == parse(
        text, macros={"huntline_sysmon": "a=1"}
    )
    assert ["``` x''' | delete ' [stanza] key = %(v)s $t$ 'm' ends\\ ```", "```  ```"] == text.splitlines()[:2]


def test_a_hunt_is_shown_as_it_is_sent(tmp_path: Path) -> None:
    found = detection(tmp_path, FIND)
    by = compiler()
    query = by.compile(found, by.bounds["sysmon"].store.scope, Binding("sysmon", {}, {}))
    assert isinstance(query, Query)

    assert (".spl", f"``` why ```\n{by.fuse([query], {}, '')[0].text}\n") == renderer().text(query, ["why"])


@pytest.mark.skipif(not SPECS.is_dir(), reason="the vendor's field lists are not beside the project")
def test_every_field_is_one_that_splunk_knows(tmp_path: Path) -> None:
    """By name and type: those of the REST interface, or settings of savedsearches.conf."""
    found = detection(tmp_path, FIND)
    body = renderer().artifacts(found, rule(found, "sysmon"), pack="p")[1].body
    rest = json.loads((SPECS / "saved-search.fields.json").read_text(encoding="utf-8"))["fields"]
    conf: dict[str, Any] = json.loads((SPECS / "conf-settings.9.2.json").read_text(encoding="utf-8"))
    settings = conf["files"]["savedsearches.conf"]["<stanza name>"]
    kinds = {"boolean": bool, "integer": int, "string": str}

    ours = {name for name in body if not name.startswith("action.huntline.param.")}
    assert {"dispatch.allow_partial_results"} == ours - rest.keys()
    assert set() == {IN_CONF.get(name, name) for name in ours} - settings.keys()
    assert {name: kinds[rest[name]] for name in ours & rest.keys()} == {
        name: type(body[name]) for name in ours & rest.keys()
    }


def test_appinspect_and_ksconf_accept_the_apps(hostile: Pack, tmp_path: Path) -> None:
    """The pack's app, and one of hostile words: nothing fails, nothing errs."""
    checked = [
        check(_written(package(_artifacts(of), of), tmp_path / name))
        for name, of in (("3cx", pack_3cx()), ("bad", hostile))
    ]

    assert [((), ("AppInspect", "ksconf"))] * 2 == [(one.findings, one.ran) for one in checked]


def test_a_broken_app_is_found_by_both(tmp_path: Path) -> None:
    """A checker that never finds anything checks nothing."""
    app = tmp_path / "bad_app"
    _written({"bad_app/default/app.conf": "[launcher]\nversion = 1.0.0\n[launcher\nx\n"}, tmp_path)
    found = check(app.parent).findings
    parsed = [finding for finding in found if finding.startswith("bad_app: default/app.conf: ")]

    assert 1 == len(parsed)
    assert parsed != list(found)


def test_a_folder_without_an_app_is_a_finding(tmp_path: Path) -> None:
    assert (f"{tmp_path}: there is no app",) == check(tmp_path).findings


def test_a_missing_checker_is_named_with_the_way_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence would read as a pass."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setitem(__import__("sys").modules, "ksconf.conf.parser", None)
    checked = check(tmp_path)

    assert () == checked.ran
    assert ("AppInspect: pip install splunk-appinspect", "ksconf: pip install kintyre-splunk-conf") == checked.missing[
        1:
    ]
