"""Write a pack's rules for other Sigma tools: placeholders replaced by the values of their lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from huntline.detections.load import load_pack
from huntline.detections.manifest import read_manifest
from huntline.detections.modifiers import Lists, filled


def inlined_pack(path: Path) -> Mapping[str, str]:
    """Return file -> Sigma rule as YAML, for every usable detection of the pack. Raises PackError."""
    lists = read_manifest(path).lists
    pack, _ = load_pack(path)
    found: dict[str, list[str]] = {}
    for detection in pack.detections:
        rule = {**detection.rule, "detection": inlined(detection.rule["detection"], lists)}
        found.setdefault(detection.file, []).append(_written(rule))
    return {file: "---\n".join(texts) for file, texts in sorted(found.items())}


def inlined(detection: Any, lists: Lists) -> Any:
    """Return a rule's detection with every `expand` done and left out; all else stays as it is."""
    match detection:
        case dict():
            return dict(_item(key, value, lists) for key, value in detection.items())
        case list():
            return [inlined(one, lists) for one in detection]
        case _:
            return detection


def _item(key: str, value: Any, lists: Lists) -> tuple[str, Any]:
    field, *modifiers = str(key).split("|")
    if "expand" not in modifiers:
        return key, inlined(value, lists)
    left = "|".join([field, *(one for one in modifiers if one != "expand")])
    filled = [
        text for one in (value if isinstance(value, list) else [value]) for text in _filled(one, modifiers, lists)
    ]
    return left, filled[0] if len(filled) == 1 else filled


def _filled(value: Any, modifiers: Sequence[str], lists: Lists) -> Iterator[Any]:
    if not isinstance(value, str):
        yield value
        return
    plain = re.escape if "re" in modifiers else _plain
    yield from ("".join(map(str, parts)) for parts in product(*filled(value, lists, plain)))


def _plain(value: str) -> str:
    """Escape what a rule would read as a wildcard, or as an escape of one."""
    return re.sub(r"[*?]|\\(?=[*?\\])", r"\\\g<0>", value)


def _written(rule: Mapping[str, Any]) -> str:
    return yaml.dump(dict(rule), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


class _Dumper(yaml.SafeDumper):
    """YAML without anchors: a rule is read by people and by many tools."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 (yaml's signature)
        return True
