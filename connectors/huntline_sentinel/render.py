"""Detections as Microsoft Sentinel runs them by itself: scheduled analytics rules, and the watchlists some of them read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from huntline.model.artifact import Artifact
from huntline.model.pack import Detection, Pack
from huntline.model.query import Query, Refused, Rule
from huntline.model.scope import Binding, Scope
from huntline.ports import Checked
from huntline.translate.compiler import SourceCompiler
from huntline.translate.translator import translated
from huntline_sentinel.artifact import artifact_of, comment, room
from huntline_sentinel.check import check
from huntline_sentinel.fit import Fitted, fitted
from huntline_sentinel.language import LONGEST_RULE
from huntline_sentinel.lists import defined
from huntline_sentinel.package import package
from huntline_sentinel.watchlist_shape import list_of


@dataclass(frozen=True, slots=True)
class SentinelRenderer:
    """Fills `ports.Renderer`."""

    compiler: SourceCompiler

    def rule(self, detection: Detection, scope: Scope, binding: Binding) -> Rule | Refused:
        """Return the rule; its query must leave room for what a stored one bears beside it."""
        found = self.compiler.rule(detection, scope, binding)
        if isinstance(found, Refused) or self._stored(detection, found):
            return found
        construct = f"the query has {len(found.text):,} characters, beside its mark a rule takes {self._room(found):,}"
        return Refused(detection.id, scope.name, "too_long", detection.file, detection.line, construct)

    def text(self, rule: Rule | Query, heading: Sequence[str]) -> tuple[str, str]:
        return ".kql", "".join(f"{comment(line)}\n" for line in heading) + f"{self.compiler.whole(rule)}\n"

    def artifacts(
        self, detection: Detection, rule: Rule, *, pack: str, every: timedelta | None = None
    ) -> Sequence[Artifact]:
        stored = self._stored(detection, rule)
        if stored is None:  # it was refused
            return ()
        lists = [list_of(one, pack, detection.id, rule.scope) for one in stored.lists]
        aliases = {one.name: there.remote_id for one, there in zip(stored.lists, lists, strict=True)}
        made = artifact_of(
            detection,
            replace(rule, text=stored.text),
            self.compiler.bounds[rule.scope],
            pack=pack,
            every=every,
            before=defined(stored.lists, aliases),
            needs=tuple(one.key for one in lists),
        )
        return (*lists, made)

    def package(self, artifacts: Sequence[Artifact], *, pack: Pack) -> Mapping[str, str]:
        return package(artifacts, pack)

    def check(self, folder: Path) -> Checked:
        return check(folder, tuple(self.compiler.bounds.values()))

    def _stored(self, detection: Detection, rule: Rule) -> Fitted | None:
        """Return the query as it is stored, its longest lists outside where it would be too long; None where it stays so."""
        if len(rule.text) <= self._room(rule):
            return Fitted(rule.text)
        bound = self.compiler.bounds[rule.scope]
        found = translated(detection, bound)
        return fitted(found.population, found.readable, bound, self._room(rule))

    def _room(self, rule: Rule) -> int:
        return LONGEST_RULE - room(rule, self.compiler.bounds[rule.scope])
