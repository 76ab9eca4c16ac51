"""Detections as Elastic Security runs them by itself: detection rules of type EQL."""

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
from huntline_elastic.artifact import artifacts
from huntline_elastic.check import check
from huntline_elastic.package import package
from huntline_elastic.settings import DEFAULT


@dataclass(frozen=True, slots=True)
class ElasticRenderer:
    """Fills `ports.Renderer`."""

    compiler: SourceCompiler
    space: str = DEFAULT

    def rule(self, detection: Detection, scope: Scope, binding: Binding) -> Rule | Refused:
        return self.compiler.rule(detection, scope, binding)

    def text(self, rule: Rule | Query, heading: Sequence[str]) -> tuple[str, str]:
        comment = "".join(f"// {one_line(told)}".rstrip() + "\n" for told in heading)
        return ".eql", f"{comment}{self.compiler.whole(rule)}\n"

    def artifacts(
        self, detection: Detection, rule: Rule, *, pack: str, every: timedelta | None = None
    ) -> Sequence[Artifact]:
        bound = self.compiler.bounds[rule.scope]
        return artifacts(detection, rule, bound, pack=pack, every=every, space=self.space)

    def package(self, artifacts: Sequence[Artifact], *, pack: Pack) -> Mapping[str, str]:  # noqa: ARG002 (each object names its pack)
        return package(artifacts)

    def check(self, folder: Path) -> Checked:
        return check(folder)
