"""The platform's declaration: Elastic, searched in EQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from huntline.ports import Deployer, Finding, Hunter, Renderer, Secrets
from huntline.translate.compiler import SourceCompiler
from huntline.translate.declare import Connection, declared
from huntline_elastic.language import Eql
from huntline_elastic.render import ElasticRenderer
from huntline_elastic.settings import deploying, expect_kibana, read_settings, warnings_of

ROWS = 9_999  # with the one more that tells a cap, the default of index.max_result_window
TOOLS = ("pysigma", "pysigma-backend-elasticsearch")


def _renderer(compiler: SourceCompiler, settings: Mapping[str, object]) -> Renderer:
    return ElasticRenderer(compiler, read_settings(settings).space)


def _hunter(settings: Mapping[str, object], compiler: SourceCompiler, secrets: Secrets) -> Hunter:
    from huntline_elastic.hunt import connected

    return connected(read_settings(settings), compiler, secrets)


def _deployer(settings: Mapping[str, object], compiler: SourceCompiler, secrets: Secrets) -> Deployer:
    from huntline_elastic.client import Client, Kibana
    from huntline_elastic.deploy import ElasticDeployer

    read = deploying(read_settings(settings))
    expect_kibana(read)
    return ElasticDeployer(Client(read, secrets), Kibana(read, secrets), compiler, read)


def _probe(settings: Mapping[str, object], compiler: SourceCompiler, secrets: Secrets) -> Iterable[Finding]:
    from huntline_elastic.hunt import connected
    from huntline_elastic.probe import probe

    read = read_settings(settings)
    return probe(connected(read, compiler, secrets), read)


CONNECTION = Connection(
    read_settings,
    _hunter,
    _probe,
    warnings_of,
    rows=ROWS,
    slots=2,
    secrets=("api_key", "deploy_key"),
    deployer=_deployer,
    deploys=lambda settings: bool(read_settings(settings).kibana),
)
PLATFORM = declared("elastic", "huntline_elastic", Eql(), _renderer, TOOLS, CONNECTION)
