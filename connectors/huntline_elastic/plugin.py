"""The platform's declaration: Elastic, searched in EQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huntline.model.scope import Scope
from huntline.ports import Compiler, Platform, Renderer
from huntline.translate.compiler import SourceCompiler, compiler_of
from huntline.translate.settings import overrides_of
from huntline.translate.sources import sources_of
from huntline_elastic.language import Eql
from huntline_elastic.render import ElasticRenderer


def _scopes(settings: Mapping[str, object]) -> Sequence[Scope]:
    return tuple(bound.store.scope for bound in _bound(settings).bounds.values())


def _compiler(settings: Mapping[str, object]) -> Compiler:
    return _bound(settings)


def _renderer(settings: Mapping[str, object]) -> Renderer:
    return ElasticRenderer(_bound(settings))


def _bound(settings: Mapping[str, object]) -> SourceCompiler:
    language, sources = Eql(), sources_of("huntline_elastic")
    return compiler_of(language, sources, overrides_of(settings, sources, types=language.types))


PLATFORM = Platform(
    name="elastic",
    rows=10_000,
    scopes=_scopes,
    compiler=_compiler,
    renderer=_renderer,
    tools=("pysigma", "pysigma-backend-elasticsearch"),
)
