"""A page per guide of a pack, and an index by stage: Markdown, the same bytes for the same pack."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from huntline.detections.guide import Guide, read_guides
from huntline.detections.load import LEVELS, load_pack
from huntline.detections.manifest import Manifest, read_manifest
from huntline.errors import PackError, UserError
from huntline.model.jsonable import dumps
from huntline.model.pack import Detection, Stage
from huntline.model.predicate import fields_of
from huntline.publish.markdown import code, plain, prose

INDEX = "README.md"
_TECHNIQUE = re.compile(r"attack\.(t\d{4})(?:\.(\d{3}))?")
_URL = re.compile(r"https?://[^\x00-\x20<>\\`\x7f-\U0010ffff]+")


@dataclass(frozen=True, slots=True)
class Pages:
    """Texts by file name. Each begins with `mark`, which tells them from what others wrote."""

    files: Mapping[str, str]
    mark: str


def pages_of(path: Path) -> Pages:
    """Return the pages of a pack. Raises PackError for a pack with any error, since what is left out would not be missed."""
    manifest, (pack, findings) = read_manifest(path), load_pack(path)
    guides, faults = read_guides(path, manifest, pack.detections)
    broken = next((one for one in (*findings, *faults) if one.severity == "error"), None)
    if broken:
        raise PackError(broken.problem, file=broken.file, line=broken.line, key=broken.key, advice=broken.advice)
    if not guides:
        raise PackError("the pack has no guides", file=str(path), advice="see guides in docs/reference/pack.md")
    rules = {one.id: one for one in pack.detections}
    shelf = tuple(_Entry(guide, tuple(rules[one] for one in guide.rules)) for guide in guides)
    mark = f"<!-- Made by huntline packs pages from the pack {manifest.id}: change the pack, not this file. -->\n"
    files = {f"{one.guide.name}.md": mark + _page(one, manifest) for one in shelf}
    return Pages({**files, INDEX: mark + _index(shelf, manifest)}, mark)


def write_pages(pages: Pages, out: Path) -> None:
    """Make the folder hold these pages, and none that an earlier run left; what others wrote there stays.

    Raises UserError, before anything is written, where a file of others bears the name of a page.
    """
    for name in pages.files:
        if (out / name).exists() and not _is_ours(out / name, pages.mark):
            raise UserError(f"{out / name} is no page of this pack", advice="name another folder, or move the file")
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(out.glob("*.md")):
        if path.name not in pages.files and _is_ours(path, pages.mark):
            path.unlink()
    for name, text in pages.files.items():
        (out / name).write_text(text, encoding="utf-8", newline="")


def _is_ours(path: Path, mark: str) -> bool:
    return path.is_file() and not path.is_symlink() and path.read_bytes().startswith(mark.encode())


@dataclass(frozen=True, slots=True)
class _Entry:
    guide: Guide
    rules: tuple[Detection, ...]


def _page(entry: _Entry, manifest: Manifest) -> str:
    guide, causes = entry.guide, _causes(entry)
    lines = [f"# {guide.number}. {plain(guide.title)}", "", f"[All detections]({INDEX})", ""]
    lines += [part for stage in _stages(entry, manifest) for part in (_stage_words(stage, manifest), "")]
    for title, text in (("What it sees", guide.sees), ("Why it is evidence", guide.evidence)):
        lines += [f"## {title}", prose(text), ""]
    for title, texts in (("What else could cause it", causes), ("What to collect", guide.collect)):
        lines += [f"## {title}", *(f"- {prose(text, indent='  ')}" for text in texts), ""]
    lines += ["## What to do next"]
    lines += [f"{at}. {prose(text, indent='   ')}" for at, text in enumerate(guide.next, start=1)]
    lines += ["", "## Rules"]
    for rule in entry.rules:
        lines += [f"### {plain(rule.title)}", *(f"- {fact}" for fact in _facts(rule, manifest)), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _causes(entry: _Entry) -> tuple[str, ...]:
    """Return the rules' own, each once, in their order, and then what belongs to no single rule."""
    told = (cause for rule in entry.rules for cause in rule.falsepositives)
    whole = {" ".join(cause.split()): None for cause in (*told, *entry.guide.causes)}
    return tuple(whole) or ("No other cause is known.",)


def _stages(entry: _Entry, manifest: Manifest) -> Iterator[Stage]:
    named = {rule.stage for rule in entry.rules}
    yield from (stage for stage in manifest.stages if stage.id in named)


def _stage_words(stage: Stage, manifest: Manifest) -> str:
    told = f"**Stage: {plain(stage.title)}.**\n{prose(stage.answer)}"
    playbook = manifest.playbooks.get(stage.id)
    return f"{told}\n[What to do at this stage]({playbook})" if playbook else told


def _facts(rule: Detection, manifest: Manifest) -> Iterator[str]:
    yield f"File: {code(rule.file)}, id {code(rule.id)}"
    yield f"Log source: {code(str(rule.logsource))}; level {plain(rule.level)}; status {plain(rule.status or 'not told')}"
    techniques = [f"[{plain(words)}]({url})" for words, url in _techniques(rule.tags)]
    if techniques:
        yield f"ATT&CK: {', '.join(techniques)}"
    fields = [code(field) for field in fields_of(rule.predicate)]
    yield f"Fields read: {', '.join(fields) or 'none, it looks for words'}"
    lists = [_list_words(name, manifest) for name in _lists(rule, manifest)]
    if lists:
        yield f"Indicator lists: {'; '.join(lists)}"
    if rule.references:
        yield "References:" + "".join(f"\n  - {_reference(one)}" for one in rule.references)


def _techniques(tags: Sequence[str]) -> Iterator[tuple[str, str]]:
    for tag in tags:
        found = _TECHNIQUE.fullmatch(tag.lower())
        if found:
            whole, part = found[1].upper(), found[2]
            below = f"{part}/" if part else ""
            yield (f"{whole}.{part}" if part else whole), f"https://attack.mitre.org/techniques/{whole}/{below}"


def _lists(rule: Detection, manifest: Manifest) -> Iterator[str]:
    text = dumps(rule.rule.get("detection"))
    yield from (name for name in sorted(manifest.selections) if f"%{name}%" in text)


def _list_words(name: str, manifest: Manifest) -> str:
    grades = Counter(one.advice or "no grade" for one in manifest.selections[name])
    return f"{code(name)} ({', '.join(f'{count} {grade}' for grade, count in sorted(grades.items()))})"


def _reference(text: str) -> str:
    return f"<{text}>" if _URL.fullmatch(text) else plain(text)


def _index(shelf: Sequence[_Entry], manifest: Manifest) -> str:
    rules = sum(len(entry.rules) for entry in shelf)
    lines = [f"# Detections: {plain(manifest.title)}", ""]
    lines += [f"{len(shelf)} detections made of {rules} rules, by the stage they show, lowest gravity first.", ""]
    for stage in manifest.stages:
        here = [entry for entry in shelf if stage.id in {rule.stage for rule in entry.rules}]
        if here:
            lines += [f"## {plain(stage.title)}", *_stage_parts(stage, manifest), ""]
            lines += ["| | detection | rules of this stage | highest level |", "|---|---|---|---|"]
            lines += [*(_row(entry, stage) for entry in here), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _stage_parts(stage: Stage, manifest: Manifest) -> Iterator[str]:
    yield prose(stage.answer)
    windows = [f"{one.start:%Y-%m-%d} to {one.end:%Y-%m-%d}" for one in stage.windows]
    if windows:
        yield f"Expected from {' and from '.join(windows)} (the last day is not included)."
    if stage.id in manifest.playbooks:
        yield f"[What to do at this stage]({manifest.playbooks[stage.id]})"


def _row(entry: _Entry, stage: Stage) -> str:
    here = [rule for rule in entry.rules if rule.stage == stage.id]
    level = max((rule.level for rule in here), key=lambda level: LEVELS.index(level) if level in LEVELS else -1)
    guide = entry.guide
    return f"| {guide.number} | [{plain(guide.title)}]({guide.name}.md) | {len(here)} | {plain(level)} |"
