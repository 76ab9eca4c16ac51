"""Foreign rules on every source: emitted, not served, or refused by a known code; nothing emitted is empty or unscoped."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
import zstandard

from conformance.languages.labelled import PLATFORMS, compilers
from huntline.detections.load import load_pack
from huntline.model.pack import Detection
from huntline.model.query import Query, Refused, Rule
from huntline.model.scope import Binding
from huntline.translate.translator import Bound
from huntline_splunk.artifact import definition_of
from lab.eql.check import findings as eql_findings
from lab.kql.check import Function, Schema, Unavailable
from lab.kql.check import findings as kql_findings
from lab.spl import SplError
from lab.spl import parse as parse_spl

SHARED = Path(__file__).parents[3].parent / "shared"
CORPUS = SHARED / "data" / "sigma-corpus.tar.zst"
PACK = Path(__file__).parents[3] / "detections" / "3cx-2023"
CODES = frozenset(
    {
        "not_served",
        "dropped_test",
        "value_vocabulary",
        "unmapped_field",
        "never",
        "unscoped",
        "pipeline",
        "keyword",
        "fieldref",
        "regex",
        "type",
        "text_field",
        "too_long",
    }
)
EVERY = 24
"""One rule of so many is held against the checkers here; `make bench` holds all of three targets."""
COMPILERS = compilers()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Detection, ...]:
    """The pack, and the foreign rules where they are beside the project."""
    own = load_pack(PACK)[0].detections
    if not CORPUS.is_file():
        return own
    folder = tmp_path_factory.mktemp("corpus")
    with CORPUS.open("rb") as packed:
        plain = io.BytesIO(zstandard.ZstdDecompressor().stream_reader(packed).read())
    with tarfile.open(fileobj=plain) as archive:
        archive.extractall(folder, filter="data")
    return (*own, *load_pack(folder)[0].detections[::EVERY])


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_rule_has_one_of_three_outcomes(platform: str, corpus: tuple[Detection, ...]) -> None:
    """A new code is a new promise: it is added here, and to the page of codes."""
    found = {one.code for _, _, one in _outcomes(platform, corpus) if isinstance(one, Refused)}

    assert set() == found - CODES


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_text_is_empty_or_unscoped(platform: str, corpus: tuple[Detection, ...]) -> None:
    """A text that reads everything floods, one that reads nothing is a false clean."""
    texts = [_text(platform, one) for _, _, one in _outcomes(platform, corpus) if not isinstance(one, Refused)]
    everything = ("", "*", "any where true", "search *")

    assert [] == [text for text in texts if text.strip() in everything or text.rstrip().endswith("| where true")]
    assert len(texts) > len(corpus) / 2


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_text_is_accepted_by_the_checker_of_its_language(platform: str, corpus: tuple[Detection, ...]) -> None:
    """What a platform would refuse must never reach it."""
    judge = JUDGES[platform]
    try:
        faults = [
            (detection.file, bound.store.scope.name, told)
            for detection, bound, one in _outcomes(platform, corpus)
            for told in judge(one, bound)
        ]
    except Unavailable as error:
        pytest.skip(str(error))

    assert [] == faults


def _outcomes(
    platform: str, detections: tuple[Detection, ...]
) -> Iterator[tuple[Detection, Bound, Rule | Query | Refused]]:
    compiler = COMPILERS[platform]
    for detection in detections:
        for name, bound in compiler.bounds.items():
            scope = bound.store.scope
            if "rule" in scope.serves:
                yield detection, bound, compiler.rule(detection, scope, Binding(name, {}, {}))
            if "hunt" in scope.serves:
                yield detection, bound, compiler.compile(detection, scope, Binding(name, {}, {}))


def _text(platform: str, one: Rule | Query) -> str:
    if isinstance(one, Rule):
        return one.text
    (fused,) = COMPILERS[platform].fuse([one], {}, "")
    return fused.text


def _spl(one: Rule | Query | Refused, bound: Bound) -> list[str]:
    if isinstance(one, Refused):
        return []
    try:
        parse_spl(_text("splunk", one), macros={bound.native("macro"): definition_of(bound)})
    except SplError as error:
        return [str(error)]
    return []


def _eql(one: Rule | Query | Refused, bound: Bound) -> list[str]:
    if isinstance(one, Refused):
        return []
    listed = {name: kind for name, kind in bound.store.fields.items() if "*" not in name}
    read = {read.field: bound.type_of(read.field) or "keyword" for read in one.reads if bound.type_of(read.field)}
    return _checked(_text("elastic", one), frozenset((listed | read).items()))


@cache
def _checked(text: str, fields: frozenset[tuple[str, str]]) -> list[str]:
    """Check a text once: scopes of one sensor have the same texts."""
    return eql_findings(text, dict(fields))


def _kql(one: Rule | Query | Refused, bound: Bound) -> list[str]:
    if isinstance(one, Refused):
        return []
    return kql_findings(_text("sentinel", one), _schema(bound))


_SCHEMAS: dict[str, Schema] = {}


def _schema(bound: Bound) -> Schema:
    name = bound.store.scope.name
    if name not in _SCHEMAS:
        columns = {n: k for n, k in bound.store.fields.items() if "*" not in n and not bound.store.expression_of(n)}
        columns |= {n: "string" for n in ("EventData", "AdditionalFields") if n not in columns}
        table = bound.native("table")
        if table.endswith("()"):
            made = Function((), 0, columns)  # type: ignore[arg-type]  # the words are Kusto's
            _SCHEMAS[name] = Schema({}, {table.removesuffix("()"): made})
        else:
            _SCHEMAS[name] = Schema({table: columns})  # type: ignore[dict-item]  # the words are Kusto's
    return _SCHEMAS[name]


JUDGES: Mapping[str, Callable[[Rule | Query | Refused, Bound], list[str]]] = {
    "splunk": _spl,
    "elastic": _eql,
    "sentinel": _kql,
}
