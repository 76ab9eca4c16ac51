"""Laws of many tenants in one run: equal tenants share what is compiled, and nothing else."""

from __future__ import annotations

from typing import cast

from huntline.compile.queries import compile_pack
from huntline.detections.load import load_pack
from huntline.detections.locate import find_pack
from huntline.fleet.hunt import Shelf
from huntline.model.scope import Binding
from huntline.translate.compiler import SourceCompiler
from huntline_elastic.plugin import PLATFORM

DETECTIONS = load_pack(find_pack(None))[0].detections[:6]
OTHER = {"sources": {"elastic-defend": {"names": {"process": "mine-*"}}}}


def test_tenants_of_equal_settings_share_a_compiled_pack() -> None:
    """Fifty tenants would otherwise hold fifty, and wait for fifty to be made."""
    shelf = Shelf()
    made = [shelf.compiled(DETECTIONS, tuple(PLATFORM.scopes({})), PLATFORM.compiler({})) for _ in range(2)]

    assert made[0] is made[1]


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
