"""What is wrong with a pack is told by file, line, key and advice; it hides no good rule and crashes nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huntline.cli.packs import packs
from huntline.detections.load import lint_pack, load_pack
from huntline.errors import PackError

GOOD = "title: Good\nlogsource: {product: windows}\ndetection:\n  s: {A: b}\n  condition: s\n"
UUID = "9a1c9d9e-6a2f-4f0f-8f0a-11111111111"
PACK = "id: p\ntitle: P\nstages:\n- {id: s, title: S, answer: S}\n"
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{this}: &{this} [{','.join([f'*{last}'] * 9)}]\n" for last, this in zip("abcdefgh", "bcdefghi", strict=True)
)


def _rule(item: str, condition: str = "s", extra: str = "") -> str:
    """A rule with one item in line 5, and its condition in line 6."""
    return f"title: T\nlogsource: {{product: windows}}\n{extra}detection:\n  s:\n    {item}\n  condition: {condition}\n"


BROKEN: dict[str, tuple[str | bytes, int, str]] = {
    "unknown modifier": (_rule("A|nosuch: b"), 5, "detection.s.A|nosuch"),
    "unknown selection": (_rule("A: b", "s and other"), 6, "detection.condition"),
    "pattern of no selection": (_rule("A: b", "s and not 1 of other*"), 6, "detection.condition"),
    "condition that ends early": (_rule("A: b", "s and ("), 6, "detection.condition"),
    "old aggregation": (_rule("A: b", "s | count() > 5"), 6, "detection.condition"),
    "condition of brackets": (_rule("A: b", "(" * 3000 + "s" + ")" * 3000), 6, "detection.condition"),
    "condition that is a number": (_rule("A: b", "5"), 6, "detection.condition"),
    "no title": (GOOD.replace("title: Good\n", ""), 1, ""),
    "no logsource": (GOOD.replace("logsource: {product: windows}\n", ""), 1, ""),
    "no detection": ("title: T\nlogsource: {product: windows}\n", 1, ""),
    "no condition": ("title: T\nlogsource: {product: windows}\ndetection:\n  s: {A: b}\n", 3, "detection.condition"),
    "detection is a list": ("title: T\nlogsource: {product: windows}\ndetection: [a]\n", 3, "detection"),
    "logsource is text": ("title: T\nlogsource: windows\ndetection:\n  s: {A: b}\n  condition: s\n", 2, "logsource"),
    "empty list": (_rule("A: []"), 5, "detection.s.A"),
    "key is a number": (_rule("5: b"), 5, "detection.s.5"),
    "a set": (_rule("A: !!set {a, b}"), 5, "detection.s.A"),
    "a binary": (_rule("A: !!binary aGVsbG8="), 5, "detection.s.A"),
    "an object": (_rule("A: !!python/object/apply:os.getcwd []"), 5, ""),
    "a number of 5,000 digits": (_rule("A: " + "9" * 5000), 0, ""),
    "a number of 5,000 hex digits": (_rule("A: 0x" + "f" * 5000), 1, ""),
    "a title of 5,000 hex digits": ("title: 0x" + "f" * 5000 + "\n", 1, ""),
    "infinity": (_rule("A: .inf"), 5, "detection.s.A"),
    "text for a number": (_rule("A|gt: x"), 5, "detection.s.A|gt"),
    "broken regex": (_rule("A|re: 'a(b'"), 5, "detection.s.A|re"),
    "regex read in two ways": (_rule("A|re: '[[:alpha:]]'"), 5, "detection.s.A|re"),
    "regex too large": (_rule("A|re: 'a{99999999999}'"), 5, "detection.s.A|re"),
    "network of 99 bits": (_rule("A|cidr: 10.0.0.0/99"), 5, "detection.s.A|cidr"),
    "missing list": (_rule("A|expand: '%nosuch%'"), 5, "detection.s.A|expand"),
    "unknown stage": (_rule("A: b", extra="tags: [stage.nosuch]\n"), 3, "tags"),
    "key twice": (_rule("A: b\n    A: c"), 6, ""),
    "selection twice": (GOOD.replace("  s:", "  s: {A: a}\n  s:"), 5, ""),
    "correlation": ("title: T\ncorrelation: {type: event_count}\n", 2, "correlation"),
    "filter without rules": (
        "title: T\nlogsource: {product: windows}\nfilter: {s: {A: b}, condition: not s}\n",
        3,
        "filter.rules",
    ),
    "filter of no rules": (
        "title: T\nlogsource: {product: windows}\nfilter: {rules: [], s: {A: b}, condition: not s}\n",
        3,
        "filter.rules",
    ),
    "filter that keeps": (
        "title: T\nlogsource: {product: windows}\nfilter:\n  rules: any\n  s: {A: b}\n  condition: s\n",
        6,
        "filter.condition",
    ),
    "list of rules": ("- a\n- b\n", 1, ""),
    "text": ("hello\n", 1, ""),
    "broken yaml": ("title: T\nlogsource: [\n", 3, ""),
    "bomb": (BOMB, 1, ""),
    "alias of itself": (_rule("A: &a [*a]"), 1, ""),
    "brackets that would overrun the stack": ("[" * 100_000, 1, ""),
    "3 MB": ("# " + "x" * 3 * 2**20, 0, ""),
    "binary file": (bytes(range(256)), 0, ""),
    "nul": (b"\0\0", 0, ""),
    "invalid utf-8": (b"title: \xff\n", 0, ""),
    "utf-16": ("title: T\n".encode("utf-16"), 0, ""),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_told_by_its_place_and_hides_no_other(name: str, tmp_path: Path) -> None:
    """A rule that is left out without a word is a hit that is missed."""
    text, line, key = BROKEN[name]
    (tmp_path / "bad.yml").write_bytes(text if isinstance(text, bytes) else text.encode())
    (tmp_path / "good.yml").write_text(GOOD)

    pack, findings = load_pack(tmp_path)

    assert ["good"] == [detection.id for detection in pack.detections]
    assert [("error", "bad.yml", line, key)] == [(f.severity, f.file, f.line, f.key) for f in findings]
    assert findings[0].problem
    assert findings[0].advice


def test_a_bad_document_hides_no_other_of_its_file(tmp_path: Path) -> None:
    """Packs are often one file."""
    one, two = (GOOD.replace("Good", f"Good\nid: {UUID}{n}") for n in (1, 2))
    (tmp_path / "r.yml").write_text(f"{one}---\ntitle: Bad\n---\ntitle: [\n---\nA: 1\nA: 2\n---\n{two}")

    pack, findings = load_pack(tmp_path)

    assert [f"{UUID}1"] == [d.id for d in pack.detections][:1]
    assert {"r.yml"} == {finding.file for finding in findings}
    assert {"error"} == {finding.severity for finding in findings}


def test_an_id_belongs_to_one_rule(tmp_path: Path) -> None:
    """Hits are kept by it; the first in the order of files has it."""
    for name in ("a.yml", "b.yml"):
        (tmp_path / name).write_text(GOOD.replace("Good", f"Good\nid: {UUID}1"))

    pack, findings = load_pack(tmp_path)

    assert ["a.yml"] == [detection.file for detection in pack.detections]
    assert [("error", "b.yml", 2, "id")] == [(f.severity, f.file, f.line, f.key) for f in findings]


def test_a_filter_that_concerns_no_rule_is_told(tmp_path: Path) -> None:
    """A misspelt name would leave the noise it was written against."""
    (tmp_path / "f.yml").write_text(
        "title: T\nlogsource: {product: windows}\nfilter: {rules: [nosuch], s: {A: b}, condition: not s}\n"
    )
    (tmp_path / "good.yml").write_text(GOOD)

    assert [("warning", "f.yml", 3, "filter.rules")] == [
        (f.severity, f.file, f.line, f.key) for f in load_pack(tmp_path)[1]
    ]


BROKEN_PACKS: dict[str, tuple[str | bytes, int, str]] = {
    "not there by type": ("text", 1, ""),
    "broken yaml": ("id: [\n", 2, ""),
    "unknown key": (PACK + "nosuch: 1\n", 5, "nosuch"),
    "no stages": ("id: p\ntitle: P\n", 1, "stages"),
    "stages empty": ("id: p\ntitle: P\nstages: []\n", 3, "stages"),
    "id with a space": (PACK.replace("id: p", "id: 'p p'"), 1, "id"),
    "stage twice": (PACK + "- {id: s, title: S, answer: S}\n", 5, "stages.1.id"),
    "key twice": (PACK + "title: Q\n", 5, ""),
    "window that ends before it starts": (
        PACK.replace("answer: S}", "answer: S, windows: [{since: 2023-05-01, until: 2023-01-01}]}"),
        4,
        "stages.0.windows.0",
    ),
    "window without a date": (
        PACK.replace("answer: S}", "answer: S, windows: [{since: soon, until: 2023-01-01}]}"),
        4,
        "stages.0.windows.0.since",
    ),
    "milestone without a zone": (PACK + "milestones: [{at: 2023-01-01T00:00:00, note: x}]\n", 5, "milestones.0.at"),
    "milestone before all time": (
        PACK + "milestones: [{at: '0001-01-01T00:00:00+05:00', note: x}]\n",
        5,
        "milestones.0.at",
    ),
    "invalid utf-8": (b"\xff", 0, ""),
    "alias of itself": ("&a {id: p, title: *a}", 1, ""),
}


@pytest.mark.parametrize("name", BROKEN_PACKS)
def test_a_pack_yml_that_cannot_be_used_is_told_by_its_place(name: str, tmp_path: Path) -> None:
    """Without stages and lists nothing of the pack can be trusted, so nothing is hunted."""
    text, line, key = BROKEN_PACKS[name]
    (tmp_path / "pack.yml").write_bytes(text if isinstance(text, bytes) else text.encode())
    (tmp_path / "good.yml").write_text(GOOD)

    with pytest.raises(PackError) as error:
        load_pack(tmp_path)

    assert (line, key) == (error.value.line, error.value.key)
    assert error.value.advice


BROKEN_LISTS: dict[str, tuple[str, int, str]] = {
    "value twice": ("values:\n- a\n- b\n- A\n", 4, "values.2"),
    "empty value": ("values: ['']\n", 1, "values.0"),
    "blank value": ("values: [' ']\n", 1, "values.0"),
    "no values": ("values: []\n", 1, "values"),
    "a list": ("- a\n", 1, ""),
}


@pytest.mark.parametrize("name", BROKEN_LISTS)
def test_a_list_that_cannot_be_used_is_told_by_its_place(name: str, tmp_path: Path) -> None:
    """An empty indicator would match every event."""
    text, line, key = BROKEN_LISTS[name]
    (tmp_path / "l.list").write_text(text)
    (tmp_path / "pack.yml").write_text(PACK + "indicators: {l: l.list}\n")
    (tmp_path / "good.yml").write_text(GOOD)

    pack, findings = load_pack(tmp_path)
    (found,) = [finding for finding in findings if finding.severity == "error"]

    assert ["good"] == [detection.id for detection in pack.detections]
    assert ("l.list", line) == (found.file, found.line)
    assert found.key.startswith(key)


@pytest.mark.parametrize("file", ["../l.list", "/l.list", "nosuch.list", "''", '"a\\0b"'])
def test_a_list_lies_inside_its_pack(file: str, tmp_path: Path) -> None:
    """A pack from elsewhere reads no file of its reader."""
    (tmp_path / "l.list").write_text("values: [a]\n")
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "pack.yml").write_text(PACK + f"indicators: {{l: {file}}}\n")
    (folder / "good.yml").write_text(GOOD)

    pack, findings = load_pack(folder)

    assert ["good"] == [detection.id for detection in pack.detections]
    assert 1 == sum(finding.severity == "error" for finding in findings)


def test_a_list_that_no_rule_uses_is_told(tmp_path: Path) -> None:
    """Indicators that nobody hunts look hunted."""
    (tmp_path / "l.list").write_text("values: [a]\n")
    (tmp_path / "m.list").write_text("values: [a]\n")
    (tmp_path / "pack.yml").write_text(PACK + "indicators:\n  l: l.list\n  m: m.list\n")
    (tmp_path / "r.yml").write_text(_rule("A|expand: '%m%'"))

    assert [("warning", "pack.yml", 6, "indicators.l")] == [
        (f.severity, f.file, f.line, f.key) for f in load_pack(tmp_path)[1]
    ]


ANY_TEXT = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.text("-[]{}:&*!?|>%@`'\"#, \nabcxyz019~", max_size=80).map(str.encode),
    st.tuples(st.sampled_from(sorted(BROKEN)), st.integers(0, 150), st.binary(max_size=3)).map(
        lambda cut: _spliced(BROKEN[cut[0]][0], cut[1], cut[2])
    ),
)


def _spliced(text: str | bytes, at: int, new: bytes) -> bytes:
    data = (text if isinstance(text, bytes) else text.encode())[:2000]
    return data[:at] + new + data[at + 1 :]


@pytest.mark.parametrize("name", ["bad.yml", "pack.yml", "l.list"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(data=ANY_TEXT)
def test_no_bytes_make_a_pack_raise_anything_but_a_pack_error(name: str, data: bytes, tmp_path: Path) -> None:
    """A pack is somebody else's folder."""
    (tmp_path / "pack.yml").write_text(PACK + "indicators: {l: l.list}\n")
    (tmp_path / "l.list").write_text("values: [a]\n")
    (tmp_path / "good.yml").write_text(GOOD)
    (tmp_path / name).write_bytes(data)

    try:
        pack, _ = load_pack(tmp_path)
        kept = "good" in [detection.id for detection in pack.detections]
    except PackError as error:
        kept = name == "pack.yml" == Path(error.file).name

    assert kept


def test_lint_tells_every_finding_as_text_and_as_json(tmp_path: Path) -> None:
    """One is for people, the other for editors and pipelines; both end alike."""
    (tmp_path / "bad.yml").write_text(_rule('"A|\\e[31m": b'))
    (tmp_path / "good.yml").write_text(GOOD)

    text = CliRunner().invoke(packs, ["lint", str(tmp_path)])
    told = CliRunner().invoke(packs, ["lint", str(tmp_path), "--json"])

    assert (1, 1) == (text.exit_code, told.exit_code)
    assert "bad.yml:5: error: " in text.output
    assert "\x1b" not in text.output + told.output
    assert [("error", "bad.yml", 5)] == [(f["severity"], f["file"], f["line"]) for f in json.loads(told.output)]
    assert {"severity", "file", "line", "key", "problem", "advice"} == set(json.loads(told.output)[0])


def test_lint_is_content_with_a_good_pack_and_with_warnings(tmp_path: Path) -> None:
    """A warning stops no pipeline."""
    (tmp_path / "good.yml").write_text(GOOD + "level: nosuch\n")

    done = CliRunner().invoke(packs, ["lint", str(tmp_path)])

    assert 0 == done.exit_code
    assert "good.yml:6: warning: level" in done.output


def test_lint_finds_what_a_hunt_would_raise_for(tmp_path: Path) -> None:
    """Only a folder that is not there is no finding."""
    (tmp_path / "pack.yml").write_text("id: [\n")

    assert ["pack.yml"] == [finding.file for finding in lint_pack(tmp_path)]
    assert isinstance(CliRunner().invoke(packs, ["lint", str(tmp_path / "nosuch")]).exception, PackError)


def test_a_document_behind_a_broken_one_is_read(tmp_path: Path) -> None:
    """A file holds many rules; the first that is broken hides none."""
    (tmp_path / "many.yml").write_text("title: [\n---\n" + GOOD)
    pack, findings = load_pack(tmp_path)

    assert (["many-2"], [2]) == (
        [detection.id for detection in pack.detections],
        [finding.line for finding in findings],
    )


def test_a_named_pipe_is_told_and_never_read(tmp_path: Path) -> None:
    """Nobody may ever write to it."""
    os.mkfifo(tmp_path / "pipe.yml")
    (tmp_path / "good.yml").write_text(GOOD)
    pack, findings = load_pack(tmp_path)

    assert (["good"], ["pipe.yml"]) == ([d.id for d in pack.detections], [finding.file for finding in findings])
