"""Detections as Microsoft Sentinel runs them by itself: scheduled analytics rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from huntline.model.artifact import Artifact
from huntline.model.pack import Detection, Pack
from huntline.model.query import Query, Refused, Rule
from huntline.model.scope import Binding, Scope
from huntline.ports import Checked
from huntline.translate.compiler import SourceCompiler
from huntline_sentinel.artifact import artifacts, comment, room
from huntline_sentinel.check import check
from huntline_sentinel.language import LONGEST_RULE
from huntline_sentinel.package import package


@dataclass(frozen=True, slots=True)
class SentinelRenderer:
    """Fills `ports.Renderer`."""

    compiler: SourceCompiler

    def rule(self, detection: Detection, scope: Scope, binding: Binding) -> Rule | Refused:
        """Return the rule; its query must leave room for what a stored one bears beside it."""
        found = self.compiler.rule(detection, scope, binding)
        if isinstance(found, Refused):
            return found
        longest = LONGEST_RULE - room(found, self.compiler.bounds[found.scope])
        if len(found.text) <= longest:
            return found
        construct = f"the query has {len(found.text):,} characters, beside its mark a rule takes {longest:,}"
        return Refused(detection.id, scope.name, "too_long", detection.file, detection.line, construct)

    def text(self, rule: Rule | Query, heading: Sequence[str]) -> tuple[str, str]:
        return ".kql", "".join(f"{comment(line)}\n" for line in heading) + f"{self.compiler.whole(rule)}\n"

    def artifacts(
        self, detection: Detection, rule: Rule, *, pack: str, every: timedelta | None = None
    ) -> Sequence[Artifact]:
        return artifacts(detection, rule, self.compiler.bounds[rule.scope], pack, every)

    def package(self, artifacts: Sequence[Artifact], *, pack: Pack) -> Mapping[str, str]:
        return package(artifacts, pack)

    def check(self, folder: Path) -> Checked:
        return check(folder, tuple(self.compiler.bounds.values()))
