"""The platform's declaration: Microsoft Sentinel, searched in KQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from huntline.ports import Deployer, Finding, Hunter, Secrets
from huntline.translate.compiler import SourceCompiler
from huntline.translate.declare import Connection, declared
from huntline_sentinel.language import Kql
from huntline_sentinel.quota import crowded
from huntline_sentinel.render import SentinelRenderer
from huntline_sentinel.settings import read_settings, warnings_of

if TYPE_CHECKING:
    from huntline_sentinel.hunt import SentinelHunter

ROWS = 20_000  # of records of a few kilobytes: well under the 64 MB that an answer may have
SLOTS = 3  # of the five queries that one user may have running
TOOLS = ("pysigma", "pysigma-backend-kusto")


def _hunter(settings: Mapping[str, object], compiler: SourceCompiler, secrets: Secrets) -> Hunter:
    return _connected(settings, compiler, secrets)


def _probe(settings: Mapping[str, object], compiler: SourceCompiler, secrets: Secrets) -> Iterable[Finding]:
    from huntline_sentinel.probe import probe

    read = read_settings(settings)
    return probe(_connected(settings, compiler, secrets), read)


def _deployer(settings: Mapping[str, object], compiler: SourceCompiler, secrets: Secrets) -> Deployer:
    from huntline_sentinel.deploy import connected

    return connected(read_settings(settings), compiler, secrets)


def _connected(settings: Mapping[str, object], compiler: SourceCompiler, secrets: Secrets) -> SentinelHunter:
    from huntline_sentinel.hunt import connected

    return connected(read_settings(settings), compiler, secrets)


CONNECTION = Connection(
    read_settings,
    _hunter,
    _probe,
    warnings_of,
    rows=ROWS,
    slots=SLOTS,
    secrets=("secret", "certificate_password", "deploy.secret", "deploy.certificate_password"),
    deployer=_deployer,
    deploys=lambda settings: bool(read_settings(settings).deploy),
    limits=crowded,
)
PLATFORM = declared(
    "sentinel", "huntline_sentinel", Kql(), lambda compiler, _: SentinelRenderer(compiler), TOOLS, CONNECTION
)
