"""Detections as Splunk's own objects and files; it fills the engine's port."""

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
from huntline.translate.words import one_line
from huntline_splunk.artifact import artifacts
from huntline_splunk.check import check
from huntline_splunk.package import package


@dataclass(frozen=True, slots=True)
class SplunkRenderer:
    """Offline and pure, but for `check`, which runs the checkers it finds."""

    compiler: SourceCompiler
    security: bool = False  # objects for Enterprise Security, too

    def rule(self, detection: Detection, scope: Scope, binding: Binding) -> Rule | Refused:
        return self.compiler.rule(detection, scope, binding)

    def text(self, rule: Rule | Query, heading: Sequence[str]) -> tuple[str, str]:
        comment = "".join(f"``` {_harmless(line)} ```\n" for line in heading)
        return ".spl", f"{comment}{self.compiler.whole(rule)}\n"

    def artifacts(
        self, detection: Detection, rule: Rule, *, pack: str, every: timedelta | None = None
    ) -> Sequence[Artifact]:
        bound = self.compiler.bounds[rule.scope]
        return artifacts(detection, rule, bound, pack=pack, every=every, security=self.security)

    def package(self, artifacts: Sequence[Artifact], *, pack: Pack) -> Mapping[str, str]:
        return package(artifacts, pack)

    def check(self, folder: Path) -> Checked:
        return check(folder)


def _harmless(line: str) -> str:
    """Keep foreign words a comment: three backticks would end it, and an odd quotation mark could swallow its end."""
    return one_line(line).replace("`", "'").replace('"', "'")
