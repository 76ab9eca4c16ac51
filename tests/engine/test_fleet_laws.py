"""Laws of many tenants in one run: equal tenants share what is compiled, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from huntline.compile.once import KEPT, Once
from huntline.compile.queries import compile_pack
from huntline.detections.load import load_pack
from huntline.detections.locate import find_pack
from huntline.fleet.hunt import Shelf
from huntline.model.pack import Detection
from huntline.model.query import Fused, Query, Refused
from huntline.model.scope import Binding, Scope
from huntline.translate.compiler import SourceCompiler
from huntline_elastic.plugin import PLATFORM

DETECTIONS = load_pack(find_pack(None))[0].detections[:6]
OTHER = {"sources": {"elastic-defend": {"names": {"process": "mine-*"}}}}


def test_tenants_of_equal_settings_share_a_compiled_pack() -> None:
    """Fifty tenants would otherwise hold fifty, and wait for fifty to be made."""
    shelf = Shelf()
    made = [shelf.compiled(DETECTIONS, tuple(PLATFORM.scopes({})), PLATFORM.compiler({})) for _ in range(2)]

    assert made[0] is made[1]


def test_settings_that_say_the_same_share_a_compiler_and_others_do_not(tmp_path: Path) -> None:
    """What a pipeline's file says counts, not its name: it may be edited between two runs of one process."""
    file = tmp_path / "pipeline.yml"
    settings = {"sources": {"elastic-defend": {"pipeline": str(file)}}}
    made = []
    for field_name in ("a", "a", "b"):
        mapping = {"type": "field_name_mapping", "mapping": {"Image": field_name}}
        file.write_text(json.dumps({"transformations": [{"id": "t", **mapping}]}), encoding="utf-8")
        made.append(PLATFORM.compiler(settings))

    assert made[0] is made[1]
    assert made[0] != made[2]
    assert PLATFORM.compiler({}) is PLATFORM.compiler({"url": "https://elsewhere.example"})


def test_a_tenant_with_names_of_its_own_shares_with_nobody() -> None:
    """Another's index names in its searches would be another's answers."""
    shelf = Shelf()
    shelf.compiled(DETECTIONS, tuple(PLATFORM.scopes({})), PLATFORM.compiler({}))
    compiler, scopes = PLATFORM.compiler(OTHER), tuple(PLATFORM.scopes(OTHER))
    shared = shelf.compiled(DETECTIONS, scopes, compiler)
    binding = {scope.name: Binding(scope.name, {}, {}) for scope in scopes}
    alone = compile_pack(DETECTIONS, scopes, compiler=compiler, binding=binding)

    assert alone == (shared.queries, shared.refused)
    assert compiler != cast(SourceCompiler, PLATFORM.compiler({}))


def test_other_detections_are_compiled_anew() -> None:
    """A tenant's filters make its detections its own."""
    shelf = Shelf()
    scopes, compiler = tuple(PLATFORM.scopes({})), PLATFORM.compiler({})
    whole, part = shelf.compiled(DETECTIONS, scopes, compiler), shelf.compiled(DETECTIONS[:2], scopes, compiler)

    assert {one.id for one in DETECTIONS[:2]} >= {query.detection for query in part.queries}
    assert len(whole.queries) > len(part.queries)


@dataclass(slots=True)
class Counting:
    """Fills `ports.Compiler`; keeps what it was asked to join."""

    asked: list[str] = field(default_factory=list)

    def compile(self, detection: Detection, scope: Scope, binding: Binding) -> Query | Refused:
        return PLATFORM.compiler({}).compile(detection, scope, binding)

    def fuse(self, queries: Sequence[Query], binding: Mapping[str, Binding], path: str) -> Sequence[Fused]:  # noqa: ARG002
        self.asked.append(path)
        return (Fused(path, tuple(query.hash for query in queries)),)


def test_a_text_is_made_once_for_all_windows_and_tenants() -> None:
    """Two hundred queries take ten milliseconds to join: a fleet of many windows would do nothing else."""
    counting = Counting()
    shelf, scopes = Shelf(), tuple(PLATFORM.scopes({}))
    shared = shelf.compiled(DETECTIONS, scopes, counting)
    texts = [shared.compiler.fuse(shared.queries, {}, "logs-*") for _ in range(48)]

    assert ["logs-*"] == counting.asked
    assert 1 == len(set(map(tuple, texts)))


def test_other_queries_and_other_paths_have_texts_of_their_own() -> None:
    """A text of other queries would lose hits, one of another place would look elsewhere."""
    once = Once(Counting())
    queries = Shelf().compiled(DETECTIONS, tuple(PLATFORM.scopes({})), PLATFORM.compiler({})).queries
    asked = [(queries, "a"), (queries[:1], "a"), (queries, "b"), (queries, "a")]

    assert [Counting().fuse(some, {}, path) for some, path in asked] == [
        once.fuse(some, {}, path) for some, path in asked
    ]


def test_texts_of_many_files_are_not_all_kept() -> None:
    """Each file of an archive has a path of its own, and nobody asks for its text again."""
    counting = Counting()
    once = Once(counting)
    for number in range(3 * KEPT):
        once.fuse((), {}, f"file {number}")

    assert KEPT == len(once.texts)
