"""Hunts for words: detections that look for one in a field, and the means to hunt for them on any platform."""

from __future__ import annotations

from collections.abc import Sequence

from huntline.compile.queries import compile_pack
from huntline.hunt.means import Means
from huntline.model.pack import Branch, Detection, LogSource, Pack, Stage
from huntline.model.predicate import Test
from huntline.model.scope import Binding, Scope
from huntline.model.tenant import Tenant
from huntline.ports import Compiler, Hunter
from huntline.remote import Patience


def detection_of(word: str, test: Test, logsource: LogSource) -> Detection:
    """A detection named by its word, whose one branch is the test."""
    return Detection(
        id=word,
        title=f"Word {word}",
        description="",
        level="high",
        status="test",
        stage="seen",
        tags=(),
        references=(),
        falsepositives=(),
        logsource=logsource,
        predicate=test,
        branches=(Branch("word", (test.field,)),),
        rule={},
        file=f"{word}.yml",
        line=1,
    )


def means_of(
    detections: Sequence[Detection],
    *,
    tenant: Tenant,
    scopes: tuple[Scope, ...],
    compiler: Compiler,
    hunter: Hunter,
    rows: int,
    patience: Patience,
) -> Means:
    """Compile a pack of these detections."""
    binding = {scope.name: Binding(scope.name, {}, {}) for scope in scopes}
    queries, refused = compile_pack(detections, scopes, compiler=compiler, binding=binding)
    stages = (Stage("seen", "Seen", 0, "It was seen", ()),)
    return Means(
        tenant=tenant,
        pack=Pack("p", "P", "", stages, (), tuple(detections), "-".join(one.id for one in detections)),
        scopes=scopes,
        queries=queries,
        refused=refused,
        binding=binding,
        compiler=compiler,
        hunter=hunter,
        rows=rows,
        warnings=(),
        patience=patience,
    )
