"""The archive platform's declaration: exported logs on disk, hunted by DuckDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huntline.model.scope import Scope
from huntline.ports import Compiler, Hunter, Platform, Secrets
from huntline_archive.settings import read_settings
from huntline_archive.sources import load_sources


def _scopes(settings: Mapping[str, object]) -> Sequence[Scope]:
    return tuple(source.scope for source in load_sources(read_settings(settings).sources))


def _compiler(settings: Mapping[str, object]) -> Compiler:
    from huntline_archive.compile import ArchiveCompiler

    return ArchiveCompiler(load_sources(read_settings(settings).sources))


def _hunter(settings: Mapping[str, object], secrets: Secrets) -> Hunter:  # noqa: ARG001 (files need none)
    from huntline_archive.hunt import FileHunter

    read = read_settings(settings)
    return FileHunter(tuple(read.logs), load_sources(read.sources))


PLATFORM = Platform(name="archive", rows=20_000, scopes=_scopes, compiler=_compiler, hunter=_hunter)
