"""Laws of the 3CX guides, their pages and the playbooks: complete, up to date, and every link leads somewhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from markdown_it import MarkdownIt

from huntline.detections.guide import Guide, read_guides
from huntline.detections.load import load_pack
from huntline.detections.manifest import read_manifest
from huntline.model.pack import Pack
from huntline.publish.pages import pages_of

ROOT = Path(__file__).parents[2]
PACK = ROOT / "detections" / "3cx-2023"
PAGES = ROOT / "docs" / "reference" / "detections"
PLAYBOOKS = tuple(sorted((ROOT / "docs" / "how-to").glob("respond-to-3cx*.md")))
MARKDOWN = MarkdownIt("commonmark").enable("table")


@cache
def _pack() -> tuple[Pack, tuple[Guide, ...]]:
    pack, _ = load_pack(PACK)
    guides, findings = read_guides(PACK, read_manifest(PACK), pack.detections)
    assert () == findings
    return pack, guides


def test_the_thirty_detections_have_a_guide_each() -> None:
    """People speak of detection 17: the numbers are those the detections were drawn up by, none left out."""
    assert list(range(1, 31)) == [guide.number for guide in _pack()[1]]


def test_every_rule_is_in_exactly_one_guide() -> None:
    """Who has a hit finds the page of its rule."""
    pack, guides = _pack()

    assert {rule.id: 1 for rule in pack.detections} == Counter(rule for guide in guides for rule in guide.rules)


def test_every_stage_has_a_playbook_and_every_playbook_a_stage() -> None:
    """The page all stages share is the only other one."""
    linked = {(PAGES / link).resolve() for link in read_manifest(PACK).playbooks.values()}

    assert {stage.id for stage in _pack()[0].stages} == read_manifest(PACK).playbooks.keys()
    assert {*linked, ROOT / "docs" / "how-to" / "respond-to-3cx.md"} == set(PLAYBOOKS)


def test_the_committed_pages_are_those_the_pack_gives_now() -> None:
    """Run `make content` after a change of the pack."""
    assert pages_of(PACK).files == {path.name: path.read_text(encoding="utf-8") for path in PAGES.iterdir()}


@pytest.mark.parametrize("page", [*sorted(PAGES.iterdir()), *PLAYBOOKS], ids=lambda page: page.name)
def test_every_relative_link_leads_to_a_page_and_its_heading(page: Path) -> None:
    """An analyst on shift has no time to search."""
    broken = [link for link in _links(page) if not _leads_somewhere(page, link)]

    assert [] == broken


def _links(page: Path) -> Iterator[str]:
    for token in MARKDOWN.parse(page.read_text(encoding="utf-8")):
        for one in token.children or ():
            link = str(one.attrs.get("href", ""))
            if link and not urlsplit(link).scheme:
                yield link


def _leads_somewhere(page: Path, link: str) -> bool:
    file, _, heading = link.partition("#")
    target = (page.parent / file) if file else page
    return target.is_file() and (not heading or heading in _headings(target))


def _headings(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9_ -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda page: page.stem)
def test_every_playbook_leads_to_what_all_stages_share(playbook: Path) -> None:
    """Common steps stand once; the shared page leads to every stage."""
    links = set(_links(playbook))
    shared = playbook.name == "respond-to-3cx.md"

    assert {one.name for one in PLAYBOOKS if one != playbook} <= links if shared else "respond-to-3cx.md" in links


@pytest.mark.parametrize("page", [*sorted((PACK / "guides").iterdir()), *PLAYBOOKS], ids=lambda page: page.name)
def test_no_name_of_the_actor_stands_where_a_click_could_open_it(page: Path) -> None:
    """What people read is defanged; live values are in the indicator files."""
    text = page.read_text(encoding="utf-8").lower()
    selections = read_manifest(PACK).selections
    names = [one.value for key in ("c2_domains", "c2_domains_hunt") for one in selections[key]]

    assert [] == [name for name in names if name in text]
