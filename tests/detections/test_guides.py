"""Laws of guides and of the pages made from them: for any pack, a stranger's too."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from huntline.cli.packs import packs
from huntline.detections.load import lint_pack, load_pack
from huntline.errors import PackError, UserError
from huntline.publish.markdown import code, plain, prose
from huntline.publish.pages import pages_of, write_pages

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HEAD = "id: p\ntitle: P\nguides: guides\nstages:\n- {id: one, title: O, answer: A, playbook: ../one.md}\n"
RULE = "title: {0}\nid: {0}\nlogsource: {{category: proxy}}\ndetection: {{s: {{A: b}}, condition: s}}\n"
GUIDE = "title: T\nrules: [{0}]\nsees: S\nevidence: E\ncollect: [C]\nnext: [N]\n"
FALSE = "falsepositives: [{0}]\n"


def _pack(folder: Path, **guides: str) -> Path:
    """Write a pack of the rules a and b, and its guides by the words of their names."""
    folder.mkdir(exist_ok=True)
    (folder / "pack.yml").write_text(HEAD)
    for rule in "ab":
        (folder / f"{rule}.yml").write_text(RULE.format(rule) + FALSE.format("shared, " + rule))
    (folder / "guides").mkdir()
    for name, text in (guides or {"01_a": GUIDE.format("a"), "02_b": GUIDE.format("b")}).items():
        (folder / "guides" / f"{name.replace('_', '-')}.yml").write_text(text)
    return folder


FAULTS = {
    "an unknown key": (GUIDE.format("a, b") + "more: M\n", 7, "more"),
    "a missing key": (GUIDE.format("a, b").replace("sees: S\n", ""), 1, "sees"),
    "an empty text": (GUIDE.format("a, b").replace("sees: S\n", "sees: ' '\n"), 3, "sees"),
    "an unknown rule": (GUIDE.format("a, c"), 2, "rules.1"),
    "a rule twice": (GUIDE.format("a, b, a"), 2, "rules.2"),
    "no YAML": ("title: [\n", 2, ""),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_guide_is_told_in_its_place(fault: str, tmp_path: Path) -> None:
    """An author mends what he is led to; the rules of a broken guide are not all told to have none."""
    text, line, key = FAULTS[fault]
    pack = _pack(tmp_path / "p", **{"01_a": text})

    assert [("error", "guides/01-a.yml", line, key)] == [
        (one.severity, one.file, one.line, one.key) for one in lint_pack(pack)
    ]


def test_a_rule_in_two_guides_is_an_error_of_the_second(tmp_path: Path) -> None:
    """Who looks a rule up shall find one page."""
    pack = _pack(tmp_path / "p", **{"01_a": GUIDE.format("a, b"), "02_b": GUIDE.format("b")})

    assert [("guides/02-b.yml", 2, "rules.0", "the rule 'b' is in guides/01-a.yml already")] == [
        (one.file, one.line, one.key, one.problem) for one in lint_pack(pack)
    ]


def test_a_rule_in_no_guide_is_an_error_of_the_rule(tmp_path: Path) -> None:
    """A rule nobody explains is found when it is written and not when it fires."""
    pack = _pack(tmp_path / "p", **{"01_a": GUIDE.format("a")})

    assert [("b.yml", 1, "id")] == [(one.file, one.line, one.key) for one in lint_pack(pack)]


def test_guides_have_a_number_and_words_each_number_once(tmp_path: Path) -> None:
    """Numbers are what people say to each other."""
    other = GUIDE.format("b")
    pack = _pack(tmp_path / "p", **{"01_a": GUIDE.format("a"), "001_b": other, "Notes": other})

    assert ["guides/01-a.yml", "guides/Notes.yml"] == [one.file for one in lint_pack(pack)]


def test_a_folder_of_guides_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A typing error must not take the pages away unseen."""
    pack = _pack(tmp_path / "p")
    (pack / "guides").rename(pack / "guide")

    assert ("pack.yml", 3, "guides") in {(one.file, one.line, one.key) for one in lint_pack(pack)}


@pytest.mark.parametrize("link", ["javascript:alert(1)", "a b", "a)b", "<i>", "//x.example/`"])
def test_a_playbook_is_a_plain_link(link: str, tmp_path: Path) -> None:
    """It is put into the pages as it is."""
    pack = _pack(tmp_path / "p")
    (pack / "pack.yml").write_text(HEAD.replace("../one.md", f"'{link}'"))

    assert ["stages.0.playbook"] == [one.key for one in lint_pack(pack)]


def test_guides_change_nothing_of_what_is_hunted(tmp_path: Path) -> None:
    """A better sentence must not make a hunt search anew."""
    pack = _pack(tmp_path / "p")
    guided = load_pack(pack)
    (pack / "pack.yml").write_text(HEAD.replace("guides: guides\n", "").replace(", playbook: ../one.md", ""))
    for path in (pack / "guides").iterdir():
        path.unlink()

    assert guided == load_pack(pack)


def test_other_causes_are_those_of_the_rules_each_once_and_then_the_guides_own(tmp_path: Path) -> None:
    """What is said at a rule is not written down a second time."""
    pack = _pack(tmp_path / "p", **{"01_both": GUIDE.format("b, a") + "causes: [b, own]\n"})
    page = pages_of(pack).files["01-both.md"]

    assert ["shared", "b", "a", "own"] == [
        line.removeprefix("- ") for line in page.split("cause it\n")[1].split("\n\n")[0].splitlines()
    ]


def test_the_same_pack_gives_the_same_bytes_and_what_is_no_longer_wanted_goes(tmp_path: Path) -> None:
    """Pages are committed: a difference shall mean a difference. What others wrote beside them stays."""
    out, pack = tmp_path / "out", _pack(tmp_path / "p")
    other = _pack(tmp_path / "q", **{"03_both": GUIDE.format("a, b")})
    (other / "pack.yml").write_text(HEAD.replace("id: p\n", "id: q\n"))
    out.mkdir()
    (out / "notes.md").write_text("mine")
    (out / "03-both.md").write_text(pages_of(other).files["03-both.md"])
    write_pages(pages_of(pack), out)
    first = _texts(out)
    write_pages(pages_of(pack), out)
    second = _texts(out)
    (pack / "guides" / "02-b.yml").unlink()
    (pack / "guides" / "01-a.yml").write_text(GUIDE.format("a, b"))
    write_pages(pages_of(pack), out)

    assert first == second
    assert ["01-a.md", "02-b.md", "03-both.md", "README.md", "notes.md"] == sorted(first)
    assert ["01-a.md", "03-both.md", "README.md", "notes.md"] == sorted(_texts(out))
    assert "mine" == (out / "notes.md").read_text()


def test_a_page_is_never_written_over_a_file_of_others(tmp_path: Path) -> None:
    """Nor is any other page written then: half a set would pass for a whole one."""
    (tmp_path / "README.md").write_text("# Mine\n")
    with pytest.raises(UserError, match=r"README\.md is no page of this pack"):
        write_pages(pages_of(_pack(tmp_path / "p")), tmp_path)

    assert {"README.md": "# Mine\n"} == _texts(tmp_path)


def _texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.glob("*.md")}


def test_a_pack_with_an_error_or_without_guides_has_no_pages(tmp_path: Path) -> None:
    """A page that is missing would not be missed."""
    broken, bare = _pack(tmp_path / "p"), _pack(tmp_path / "q")
    (broken / "c.yml").write_text("title: c\n")
    (bare / "pack.yml").write_text(HEAD.replace("guides: guides\n", ""))
    (bare / "guides").rename(bare / "events")
    told = [CliRunner().invoke(packs, ["pages", str(one), "--out", str(tmp_path / "o")]) for one in (broken, bare)]

    assert [PackError, PackError] == [type(one.exception) for one in told]
    assert not (tmp_path / "o").exists()


# fmt: off
MARKS = (
    "<b>", "</td>", "<!--", "-->", "&lt;", "|", "`", "``", "```", "~~~", "\\", "\n", "\n\n", "    ", "\t", "#", "# ", "- ", "* ",
    "+ ", "1. ", "2) ", "> ", "---", "===", ":-", "***", "_x_", "**", "[a](b)", "![", "]: x", "[^1]", "<a@b.c>", "$x$",
    "https://x.example", "<https://x>", "www.x.example", "\r", "\x00", "\u2028", "\u202e", "a", "word ", "x" * 130,
)
# fmt: on
HOSTILE = st.text(max_size=3) | st.sampled_from(MARKS)
TEXTS = st.lists(HOSTILE, min_size=1, max_size=8).map("".join)


def _seen(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _inline(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from token.children or ()


def _told(tokens: list[Token]) -> str:
    """Return what a reader sees, ends of lines as blanks; anything but text and code shows as its kind."""
    kinds = {"softbreak": " ", "text": None, "text_special": None, "code_inline": None}
    return "".join(kinds.get(one.type, f"<{one.type}>") or one.content for one in _inline(tokens))


@given(TEXTS)
def test_a_text_in_a_cell_is_that_text_and_stays_in_its_cell(text: str) -> None:
    """A rule's title is a stranger's."""
    tokens = MARKDOWN.parse(f"| a | b |\n|---|---|\n| {plain(text)} | end |\n")
    cells = [token for token, before in zip(tokens[1:], tokens, strict=False) if before.type == "td_open"]

    assert [_seen(text), "end"] == [_told([cell]) for cell in cells]
    assert [] == [token.type for token in tokens if token.type in {"html_block", "fence", "code_block"}]


@given(TEXTS)
@example("`" + "x " * 59 + "- y`")  # where a line would end within code, and the next would open a list
def test_a_text_in_a_list_is_one_paragraph_of_that_text(text: str) -> None:
    """Backticks around code are all that is kept of Markdown."""
    assume(_seen(text))
    tokens = MARKDOWN.parse(f"- {prose(text, indent='  ')}\n- end\n")
    kinds = ["list_item_open", "paragraph_open", "inline", "paragraph_close", "list_item_close"]

    assert ["bullet_list_open", *kinds, *kinds, "bullet_list_close"] == [token.type for token in tokens]
    assert _seen(text).replace("`", "") == _told(tokens).removesuffix("end").replace("`", "")


@given(TEXTS)
def test_a_name_as_code_is_that_name(text: str) -> None:
    """Names of files and fields are a stranger's, too."""
    assert _seen(text) == _told(MARKDOWN.parse(f"x {code(text)}")).removeprefix("x").strip()


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_no_text_of_a_pack_changes_the_shape_of_its_pages(text: str) -> None:
    """Every place a pack's text gets to is tried at once, against a pack of harmless words."""
    assume(_seen(text))

    assert _shapes("words") == _shapes(text)


def _shapes(text: str) -> dict[str, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        files = pages_of(_pack_of(text, Path(folder))).files
    return {name: list(_shape(MARKDOWN.parse(page))) for name, page in files.items()}


def _shape(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type != "inline":
            yield f"{token.type} {token.tag} {token.content if token.type == 'html_block' else ''}"
        yield from (one.type for one in token.children or () if one.type in {"link_open", "html_inline", "image"})


def _pack_of(text: str, folder: Path) -> Path:
    rule: dict[str, Any] = {
        "title": text,
        "id": text,
        "level": text,
        "status": text,
        "falsepositives": [text],
        "tags": ["attack.t1005"],
    }
    rule |= {"logsource": {"category": text}, "detection": {"s": {"A": "b"}, "condition": "s"}}
    guide = {"title": text, "rules": [text], "sees": text, "evidence": text, "collect": [text], "next": [text]}
    stage = {"id": "one", "title": text, "answer": text}
    _save(folder / "pack.yml", {"id": "p", "title": text, "guides": "guides", "stages": [stage]})
    _save(folder / "r.yml", rule)
    (folder / "guides").mkdir()
    _save(folder / "guides" / "01-x.yml", guide)
    return folder


def _save(path: Path, data: Any) -> None:
    path.write_text(yaml.safe_dump(data, allow_unicode=False))


REFERENCES = {
    "https://a.example/x%20y": "<https://a.example/x%20y>",
    "javascript:alert(1)": "javascript:alert(1)",
    "https://a.example/ x": r"https\://a.example/ x",
    "https://a.example/><b>": r"https\://a.example/\>\<b\>",
}


@pytest.mark.parametrize("reference", REFERENCES)
def test_a_reference_is_a_link_only_where_it_is_an_address(reference: str, tmp_path: Path) -> None:
    """All else is text."""
    pack = _pack(tmp_path / "p")
    (pack / "a.yml").write_text(RULE.format("a") + f"references: ['{reference}']\n")

    assert pages_of(pack).files["01-a.md"].endswith(f"- References:\n  - {REFERENCES[reference]}\n")
