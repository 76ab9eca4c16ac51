"""Detections of one rule each, made for these tests alone, and what a platform makes of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from huntline.detections.load import load_pack
from huntline.model.artifact import Artifact
from huntline.model.pack import Detection, Pack
from huntline.model.query import Refused, Rule
from huntline.model.scope import Binding
from huntline.ports import Platform, Renderer
from huntline.translate.compiler import SourceCompiler

CAMPAIGN = Path(__file__).parents[2] / "detections" / "3cx-2023"
BINDING = Binding("", {}, {})
EVIL = {"Image|endswith": "\\evil.exe"}


class Rendering(Renderer, Protocol):
    """A renderer of sources, which shows its compiler."""

    @property
    def compiler(self) -> SourceCompiler: ...


def loaded(folder: Path) -> Pack:
    """Load a pack without an error."""
    pack, findings = load_pack(folder)
    assert [] == [finding.problem for finding in findings if finding.severity == "error"]
    return pack


def detection(folder: Path, selection: Mapping[str, Any], **told: Any) -> Detection:
    """Write and load one Sigma rule with this selection; `told` are other keys of the rule."""
    folder.mkdir(exist_ok=True)
    rule = {
        "title": "A rule",
        "id": "6f0d2d5c-0c4b-4a5e-9d4b-0d6d0a6a1e11",
        "level": "high",
        "logsource": {"product": "windows", "category": "process_creation"},
        "detection": {"s": selection, "condition": "s"},
        **told,
    }
    (folder / "rule.yml").write_text(json.dumps(rule), encoding="utf-8")  # JSON is YAML
    (found,) = loaded(folder).detections
    return found


def ruled(render: Rendering, found: Detection, scope: str = "starts") -> Rule:
    """Compile for a scope, `starts` in every handmade source; a refusal fails the test that asked."""
    rule = render.rule(found, render.compiler.bounds[scope].store.scope, BINDING)
    assert not isinstance(rule, Refused), rule
    return rule


def stored(render: Rendering, folder: Path, **told: Any) -> Artifact:
    """Return what a platform stores for a rule that finds evil.exe."""
    found = detection(folder, EVIL, **told)
    (artifact,) = render.artifacts(found, ruled(render, found), pack="made")
    return artifact


def campaign(platform: Platform, **settings: object) -> list[Artifact]:
    """Return what a platform stores for the campaign's pack, over the sources that are shipped."""
    assert platform.renderer is not None
    render, pack = platform.renderer(settings), loaded(CAMPAIGN)
    pairs = [(found, scope) for found in pack.detections for scope in platform.scopes(settings)]
    rules = [(found, render.rule(found, scope, BINDING)) for found, scope in pairs]
    return [
        one for found, rule in rules if isinstance(rule, Rule) for one in render.artifacts(found, rule, pack=pack.id)
    ]
