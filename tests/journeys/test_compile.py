"""Compile as a detection engineer does: a pack, a platform, a folder; and a tenant's own words, typos included."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from journeys.cli import huntline

ROOT = Path(__file__).parents[2]
PACK = ROOT / "detections" / "3cx-2023"
PLATFORMS = ("elastic", "sentinel", "splunk")
RULE = """title: Strange Child Of A Strange Parent
id: 6b0a0a3e-6f0d-4b0b-9d43-94c2c64c7a10
logsource: {product: windows, category: process_creation}
detection:
  selection:
    Image|endswith: '\\strange.exe'
    ParentImage|endswith: '\\parent.exe'
  condition: selection
level: high
"""
TENANTS = """customers:
  - name: Acme
    tenants:
      - name: acme
        platform: {platform}
        settings:
          sources:
            {source}:
{settings}
"""


def foreign(folder: Path, text: str = RULE) -> Path:
    pack = folder / "rules"
    pack.mkdir(exist_ok=True)
    (pack / "strange.yml").write_text(text)
    return pack


def tenants(folder: Path, platform: str, source: str, *settings: str) -> Path:
    path = folder / "tenants.yml"
    lines = "\n".join(f"              {line}" for line in settings)
    path.write_text(TENANTS.format(platform=platform, source=source, settings=lines))
    return path


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_committed_content_is_what_compile_makes(platform: str, tmp_path: Path) -> None:
    """Content that is not what the code makes is content nobody reviewed; `make content` makes it anew."""
    made = huntline("compile", PACK, "--platform", platform, "--out", "out", cwd=tmp_path)
    wanted = {p.relative_to(tmp_path / "out"): p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    held = ROOT / "content" / platform

    assert 0 == made.code
    assert wanted == {path.relative_to(held): path.read_bytes() for path in held.rglob("*") if path.is_file()}


def test_the_committed_plain_sigma_is_what_the_pack_says(tmp_path: Path) -> None:
    """The same for those who take the rules to another tool."""
    huntline("packs", "sigma", PACK, "--out", "out", cwd=tmp_path)
    wanted = {p.relative_to(tmp_path / "out"): p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    held = ROOT / "content" / "sigma"

    assert wanted == {path.relative_to(held): path.read_bytes() for path in held.rglob("*") if path.is_file()}


def test_plain_sigma_of_a_rule_that_is_gone_is_gone_too(tmp_path: Path) -> None:
    """Another tool would go on running it."""
    pack = foreign(tmp_path)
    huntline("packs", "sigma", pack, "--out", "out", cwd=tmp_path)
    (pack / "strange.yml").rename(pack / "other.yml")
    again = huntline("packs", "sigma", pack, "--out", "out", cwd=tmp_path)

    assert (0, {"manifest.json", "other.yml"}) == (again.code, {path.name for path in (tmp_path / "out").iterdir()})


def test_plain_sigma_is_not_written_among_files_of_others(tmp_path: Path) -> None:
    """Ours could not be told from theirs by the next run."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "theirs.yml").write_text("a: b\n")
    ended = huntline("packs", "sigma", foreign(tmp_path), "--out", "out", cwd=tmp_path)

    assert (2, {"theirs.yml"}) == (ended.code, {path.name for path in (tmp_path / "out").iterdir()})


@pytest.mark.parametrize("platform", PLATFORMS)
def test_any_folder_of_sigma_rules_compiles(platform: str, tmp_path: Path) -> None:
    """And a second run over it changes nothing but what changed."""
    pack = foreign(tmp_path)
    first = huntline("compile", pack, "--platform", platform, "--out", "out", cwd=tmp_path)
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    second = huntline("compile", pack, "--platform", platform, "--out", "out", cwd=tmp_path)

    assert (0, 0) == (first.code, second.code)
    assert any("strange" in path.name for path in before)
    assert before == {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}


def test_a_rule_that_is_gone_leaves_no_file_behind(tmp_path: Path) -> None:
    """A stale query would still be imported."""
    pack = foreign(tmp_path)
    (pack / "other.yml").write_text(RULE.replace("6b0a", "6b0b").replace("strange", "other"))
    huntline("compile", pack, "--platform", "splunk", "--out", "out", cwd=tmp_path)
    (pack / "other.yml").unlink()
    huntline("compile", pack, "--platform", "splunk", "--out", "out", cwd=tmp_path)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())

    assert [] == list((tmp_path / "out").rglob("*other*"))
    assert {"manifest.json", *manifest["files"]} == {
        path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()
    }


def test_a_folder_of_others_is_not_written_into(tmp_path: Path) -> None:
    """A typo in --out must not mix generated files into somebody's work."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    ended = huntline("compile", foreign(tmp_path), "--platform", "splunk", "--out", "out", cwd=tmp_path)

    assert (2, True) == (ended.code, "holds no manifest of ours" in ended.err)
    assert ["mine.txt"] == [path.name for path in (tmp_path / "out").iterdir()]


def test_explain_shows_fields_texts_and_refusals(tmp_path: Path) -> None:
    """An engineer decides from it whether to trust the text."""
    ended = huntline(
        "compile", PACK, "--platform", "sentinel", "--explain", "Beacon Cookie Of The 3CX Implant", cwd=tmp_path
    )

    assert 0 == ended.code
    assert "-- rule: refused (unmapped_field) cs-cookie" in ended.out
    assert "cs-cookie -> RequestCookies" in ended.out
    assert "| where (RequestCookies contains" in ended.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--platform", "splunk"), "say --out DIR or --explain RULE"),
        (("--out", "out"), "name the platform"),
        (("--platform", "splnk", "--out", "out"), "there is no platform 'splnk'"),
        (("--platform", "archive", "--out", "out"), "runs no rules of its own"),
        (("--platform", "splunk", "--explain", "nothing"), "has no detection 'nothing'"),
        (("--platform", "splunk", "--tenant", "acme", "--out", "out"), "a tenant has its own platform"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    """With exit code 2, and nothing written."""
    ended = huntline("compile", PACK, *words, cwd=tmp_path)

    assert (2, True, []) == (ended.code, told in ended.err, list(tmp_path.iterdir()))


def test_a_tenants_index_and_field_change_the_text(tmp_path: Path) -> None:
    """The same rule, under the names of the tenant's own search heads."""
    file = tenants(tmp_path, "splunk", "sysmon", "names: {index: win_edr}", "fields: {ParentImage: parent_exe}")
    ended = huntline("compile", foreign(tmp_path), "--tenants", file, "--tenant", "acme", "--out", "out", cwd=tmp_path)
    hunt = (tmp_path / "out" / "hunts" / "sysmon" / "strange.spl").read_text()

    assert 0 == ended.code, ended.err
    assert 'search index=win_edr (source="XmlWinEventLog:Microsoft-Windows-Sysmon/Operational"' in hunt
    assert 'parent_exe="*\\\\parent.exe"' in hunt


def test_a_tenants_table_changes_the_text(tmp_path: Path) -> None:
    file = tenants(tmp_path, "sentinel", "defender-xdr", "names: {DeviceProcessEvents: Edr_CL}")
    huntline("compile", foreign(tmp_path), "--tenants", file, "--tenant", "acme", "--out", "out", cwd=tmp_path)
    rule = (tmp_path / "out" / "rules" / "defender-xdr-process" / "strange.kql").read_text()

    assert "\nEdr_CL\n| where" in rule


def test_a_tenants_own_pipeline_changes_the_text(tmp_path: Path) -> None:
    """It lies beside the tenants file, in pySigma's standard form."""
    (tmp_path / "own.yml").write_text(
        "name: own\npriority: 1\ntransformations:\n  - {id: m, type: field_name_mapping, mapping: {Image: edr.path}}\n"
    )
    file = tenants(tmp_path, "elastic", "agent-sysmon", "pipeline: own.yml", "types: {edr.path: keyword}")
    ended = huntline("compile", foreign(tmp_path), "--tenants", file, "--tenant", "acme", "--out", "out", cwd=tmp_path)
    rule = (tmp_path / "out" / "rules" / "agent-sysmon" / "strange.eql").read_text()

    assert 0 == ended.code, ended.err
    assert 'edr.path like~ ("*\\\\strange.exe")' in rule


@pytest.mark.parametrize(
    ("source", "settings", "line", "told"),
    [
        ("sysmn", ("names: {index: x}",), 8, "there is no source 'sysmn'"),
        ("sysmon", ("names: {indx: x}",), 9, "there is no name 'indx'"),
        ("sysmon", ("fields: {Imgae: x}",), 9, "did you mean 'Image'?"),
        ("sysmon", ("types: {x: txt}",), 9, "did you mean 'text'?"),
        ("sysmon", ("nmes: {index: x}",), 9, "Extra inputs are not permitted"),
        ("sysmon", ("pipeline: nowhere.yml",), 0, "cannot be read"),
    ],
)
def test_a_typo_is_an_error_with_file_line_and_key(
    source: str, settings: tuple[str, ...], line: int, told: str, tmp_path: Path
) -> None:
    """A name that is silently not used is a hunt in the wrong index."""
    file = tenants(tmp_path, "splunk", source, *settings)
    ended = huntline("compile", foreign(tmp_path), "--tenants", file, "--tenant", "acme", "--out", "out", cwd=tmp_path)
    linted = huntline("tenants", "lint", file, cwd=tmp_path)

    assert (2, 1) == (ended.code, linted.code)
    assert told in ended.err
    assert not line or f"tenants.yml:{line}: error: acme: settings.sources.{source}" in linted.out
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (
            "transformations:\n  - {id: a, type: field_name_mapping, mapping: {A: b}}\n  - {id: b, type: feld_mapping}\n",
            3,
            "Unknown transformation type",
        ),
        ("transformations: []\npostprocessing:\n  - {type: embed, prefix: x}\n", 2, "changes finished queries"),
        ("- a list\n", 1, "is no map"),
        ("transformations: [\n", 0, "is no YAML"),
    ],
)
def test_a_broken_pipeline_is_told_in_its_place(text: str, line: int, told: str, tmp_path: Path) -> None:
    """pySigma names the transformation by number, a person wants the line."""
    (tmp_path / "own.yml").write_text(text)
    file = tenants(tmp_path, "splunk", "sysmon", "pipeline: own.yml")
    ended = huntline("compile", foreign(tmp_path), "--tenants", file, "--tenant", "acme", "--out", "out", cwd=tmp_path)

    assert (2, True) == (ended.code, told in ended.err)
    assert not line or f"own.yml:{line}: " in ended.err


def test_a_rule_that_cannot_be_used_is_named_and_the_others_compile(tmp_path: Path) -> None:
    """Correlation rules are refused with a reason for now."""
    pack = foreign(tmp_path)
    (pack / "correlation.yml").write_text("title: C\ncorrelation: {type: event_count, rules: [x], timespan: 1h}\n")
    ended = huntline("compile", pack, "--platform", "elastic", "--out", "out", cwd=tmp_path)

    assert (0, True) == (ended.code, "correlation.yml:2: correlation rules are not supported" in ended.err)


def test_hostile_rule_text_stays_in_its_comment(tmp_path: Path) -> None:
    """Packs come from strangers: a title must not become a query."""
    title = "A ``` | delete * ``` */ B"
    pack = foreign(tmp_path, RULE.replace("Strange Child Of A Strange Parent", f'"{title}\\n| drop table"'))
    for platform in PLATFORMS:
        ended = huntline("compile", pack, "--platform", platform, "--out", platform, cwd=tmp_path)
        texts = [path.read_text() for path in (tmp_path / platform / "rules").rglob("strange.*")]

        assert 0 == ended.code
        assert [] == [text for text in texts if "\n| drop" in text or "\n``` | delete" in text]
