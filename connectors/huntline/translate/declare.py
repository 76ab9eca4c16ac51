"""Declare a platform that has sources and a query language: all three look alike, but for their words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from huntline.errors import HuntlineError
from huntline.model.deployed import Deployed
from huntline.model.plan import Change
from huntline.model.scope import Scope
from huntline.ports import Deployer, Finding, Hunter, Platform, Renderer, Secrets
from huntline.translate.compiler import SourceCompiler, compiler_of
from huntline.translate.doubts import doubts_of
from huntline.translate.language import Language
from huntline.translate.settings import Overrides, overrides_of
from huntline.translate.sources import sources_of

Settings: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Connection:
    """How a platform with sources is reached: what it makes of a tenant's settings, its bound sources and its secrets.

    `check` refuses settings that cannot be right, without resolving a secret. `rows`: most that one search gives back.
    `deploys`: whether settings name what deploying needs, so that `doctor` looks at that, too.
    """

    check: Callable[[Settings], object]
    hunter: Callable[[Settings, SourceCompiler, Secrets], Hunter]
    probe: Callable[[Settings, SourceCompiler, Secrets], Iterable[Finding]]
    warnings: Callable[[Settings], Sequence[str]]
    rows: int
    slots: int
    secrets: tuple[str, ...]  # dotted keys of settings that hold references
    deployer: Callable[[Settings, SourceCompiler, Secrets], Deployer] | None = None  # None: imported by hand
    deploys: Callable[[Settings], bool] = lambda _: False
    limits: Callable[[Settings, Sequence[Deployed], Sequence[Change]], Sequence[str]] | None = None


def declared(
    name: str,
    package: str,
    language: Language,
    renderer: Callable[[SourceCompiler, Settings], Renderer],
    tools: tuple[str, ...],
    connection: Connection | None = None,
) -> Platform:
    """Return the declaration. `package` carries the sources; `tools` are the distributions that shape what is rendered.

    Without a connection the platform's content is compiled, and nothing there is hunted. Settings of equal overrides share a
    compiler: a fleet of them would make three for each tenant.
    """

    made: list[tuple[Mapping[str, Overrides], SourceCompiler]] = []

    def compiler(settings: Settings) -> SourceCompiler:
        if connection:
            connection.check(settings)
        sources = sources_of(package)
        overrides = overrides_of(settings, sources, types=language.types)
        for known, one in made:
            if known == overrides:
                return one
        fresh = compiler_of(language, sources, overrides)
        made.append((overrides, fresh))
        return fresh

    def scopes(settings: Settings) -> Sequence[Scope]:
        return tuple(one.store.scope for one in compiler(settings).bounds.values())

    def rendering(settings: Settings) -> Renderer:
        return renderer(compiler(settings), settings)

    offline = Platform(
        name=name,
        rows=10_000,
        scopes=scopes,
        compiler=compiler,
        renderer=rendering,
        tools=tools,
        doubts=partial(doubts_of, package),
    )
    return _connected(offline, connection, compiler) if connection else offline


def _connected(offline: Platform, at: Connection, compiler: Callable[[Settings], SourceCompiler]) -> Platform:
    deployer = _deployer(at.deployer, compiler) if at.deployer else None

    def hunter(settings: Settings, secrets: Secrets) -> Hunter:
        return at.hunter(settings, compiler(settings), secrets)

    def probe(settings: Settings, secrets: Secrets) -> Iterable[Finding]:
        yield from at.probe(settings, compiler(settings), secrets)
        if deployer and at.deploys(settings):
            yield from _deploying(lambda: deployer(settings, secrets))

    return replace(
        offline,
        rows=at.rows,
        slots=at.slots,
        hunter=hunter,
        probe=probe,
        warnings=at.warnings,
        secrets=at.secrets,
        deployer=deployer,
        limits=at.limits,
    )


def _deployer(
    connect: Callable[[Settings, SourceCompiler, Secrets], Deployer], compiler: Callable[[Settings], SourceCompiler]
) -> Callable[[Settings, Secrets], Deployer]:
    return lambda settings, secrets: connect(settings, compiler(settings), secrets)


def _deploying(connect: Callable[[], Deployer]) -> Iterator[Finding]:
    """Yield what is found of deploying, or that it cannot be."""
    try:
        yield from connect().ready()
    except HuntlineError as error:
        yield Finding("deploying", "fail", f"{error.problem}: {error.advice}".removesuffix(": "))
