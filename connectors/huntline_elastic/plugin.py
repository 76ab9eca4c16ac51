"""The platform's declaration: Elastic, searched in EQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from huntline.ports import Finding, Hunter, Secrets
from huntline.translate.compiler import SourceCompiler
from huntline.translate.declare import Connection, declared
from huntline_elastic.language import Eql
from huntline_elastic.render import ElasticRenderer
from huntline_elastic.settings import read_settings, warnings_of

ROWS = 9_999  # with the one more that tells a cap, the default of index.max_result_window
TOOLS = ("pysigma", "pysigma-backend-elasticsearch")


def _hunter(settings: Mapping[str, object], compiler: SourceCompiler, secrets: Secrets) -> Hunter:
    from huntline_elastic.client import Client
    from huntline_elastic.hunt import ElasticHunter

    read = read_settings(settings)
    return ElasticHunter(Client(read, secrets), compiler, tuple(read.clusters), timedelta(seconds=read.timeout))


def _probe(settings: Mapping[str, object], compiler: SourceCompiler, secrets: Secrets) -> Iterable[Finding]:
    from huntline_elastic.client import Client
    from huntline_elastic.hunt import ElasticHunter
    from huntline_elastic.probe import probe

    read = read_settings(settings)
    hunter = ElasticHunter(Client(read, secrets), compiler, tuple(read.clusters), timedelta(seconds=read.timeout))
    return probe(hunter, read)


CONNECTION = Connection(read_settings, _hunter, _probe, warnings_of, rows=ROWS, slots=2, secrets=("api_key",))
PLATFORM = declared("elastic", "huntline_elastic", Eql(), ElasticRenderer, TOOLS, CONNECTION)
