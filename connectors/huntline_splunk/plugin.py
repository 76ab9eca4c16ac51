"""The platform's declaration: Splunk, searched in SPL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from huntline.ports import Deployer, Finding, Hunter, Secrets
from huntline.translate.compiler import SourceCompiler
from huntline.translate.declare import Connection, declared
from huntline_splunk.language import Spl
from huntline_splunk.render import SplunkRenderer
from huntline_splunk.settings import deploying, expect_app, read_settings, warnings_of

if TYPE_CHECKING:
    from huntline_splunk.hunt import SplunkHunter

ROWS = 49_999  # with the one more that tells a cap, one answer's worth ([restapi] maxresultrows)
TOOLS = ("pysigma", "pysigma-backend-splunk")
SECRETS = ("token", "deploy_token", "username", "password")


def _connected(settings: Mapping[str, object], compiler: SourceCompiler, secrets: Secrets) -> SplunkHunter:
    from huntline_splunk.client import Client
    from huntline_splunk.hunt import SplunkHunter

    return SplunkHunter(Client(read_settings(settings), secrets), compiler)


def _hunter(settings: Mapping[str, object], compiler: SourceCompiler, secrets: Secrets) -> Hunter:
    return _connected(settings, compiler, secrets)


def _deployer(settings: Mapping[str, object], compiler: SourceCompiler, secrets: Secrets) -> Deployer:
    from huntline_splunk.client import Client
    from huntline_splunk.deploy import deployer

    read = deploying(read_settings(settings))
    expect_app(read)
    return deployer(Client(read, secrets, app=read.app), compiler, read)


def _probe(settings: Mapping[str, object], compiler: SourceCompiler, secrets: Secrets) -> Iterable[Finding]:
    from huntline_splunk.probe import probe

    read = read_settings(settings)
    return probe(_connected(settings, compiler, secrets), read)


def _renderer(compiler: SourceCompiler, settings: Mapping[str, object]) -> SplunkRenderer:
    return SplunkRenderer(compiler, read_settings(settings).enterprise_security)


def _deploys(settings: Mapping[str, object]) -> bool:
    return bool(read_settings(settings).app)


CONNECTION = Connection(
    read_settings,
    _hunter,
    _probe,
    warnings_of,
    rows=ROWS,
    slots=2,
    secrets=SECRETS,
    deployer=_deployer,
    deploys=_deploys,
)
PLATFORM = declared("splunk", "huntline_splunk", Spl(), _renderer, TOOLS, CONNECTION)
