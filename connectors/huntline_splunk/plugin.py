"""The platform's declaration: Splunk, searched in SPL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from huntline.ports import Finding, Hunter, Secrets
from huntline.translate.compiler import SourceCompiler
from huntline.translate.declare import Connection, declared
from huntline_splunk.language import Spl
from huntline_splunk.render import SplunkRenderer
from huntline_splunk.settings import read_settings, warnings_of

if TYPE_CHECKING:
    from huntline_splunk.hunt import SplunkHunter

ROWS = 49_999  # with the one more that tells a cap, one answer's worth ([restapi] maxresultrows)
TOOLS = ("pysigma", "pysigma-backend-splunk")
SECRETS = ("token", "username", "password")


def _connected(settings: Mapping[str, object], compiler: SourceCompiler, secrets: Secrets) -> SplunkHunter:
    from huntline_splunk.client import Client
    from huntline_splunk.hunt import SplunkHunter

    return SplunkHunter(Client(read_settings(settings), secrets), compiler)


def _hunter(settings: Mapping[str, object], compiler: SourceCompiler, secrets: Secrets) -> Hunter:
    return _connected(settings, compiler, secrets)


def _probe(settings: Mapping[str, object], compiler: SourceCompiler, secrets: Secrets) -> Iterable[Finding]:
    from huntline_splunk.probe import probe

    return probe(_connected(settings, compiler, secrets), read_settings(settings))


CONNECTION = Connection(read_settings, _hunter, _probe, warnings_of, rows=ROWS, slots=2, secrets=SECRETS)
PLATFORM = declared("splunk", "huntline_splunk", Spl(), lambda compiler, _: SplunkRenderer(compiler), TOOLS, CONNECTION)
