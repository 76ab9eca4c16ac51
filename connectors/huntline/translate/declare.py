"""Declare a platform that has sources and a query language: all three look alike, but for their words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from huntline.model.scope import Scope
from huntline.ports import Platform, Renderer
from huntline.translate.compiler import SourceCompiler, compiler_of
from huntline.translate.doubts import doubts_of
from huntline.translate.language import Language
from huntline.translate.settings import overrides_of
from huntline.translate.sources import sources_of


def declared(
    name: str,
    package: str,
    language: Language,
    renderer: Callable[[SourceCompiler], Renderer],
    tools: tuple[str, ...],
) -> Platform:
    """Return the declaration. `package` carries the sources; `tools` are the distributions that shape what is rendered."""

    def compiler(settings: Mapping[str, object]) -> SourceCompiler:
        sources = sources_of(package)
        return compiler_of(language, sources, overrides_of(settings, sources, types=language.types))

    def scopes(settings: Mapping[str, object]) -> Sequence[Scope]:
        return tuple(one.store.scope for one in compiler(settings).bounds.values())

    def rendering(settings: Mapping[str, object]) -> Renderer:
        return renderer(compiler(settings))

    return Platform(
        name=name,
        rows=10_000,
        scopes=scopes,
        compiler=compiler,
        renderer=rendering,
        tools=tools,
        doubts=partial(doubts_of, package),
    )
