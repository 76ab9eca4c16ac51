"""Search jobs take one table and a few operators: every hunting text has a form they accept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from huntline.detections.load import load_pack
from huntline.model.query import Query
from huntline.model.scope import Binding
from huntline.translate.compiler import SourceCompiler
from huntline_sentinel.plugin import PLATFORM

PACK = Path(__file__).parents[3] / "detections" / "3cx-2023"
DETECTIONS = load_pack(PACK)[0].detections
JOBS = [scope.name for scope in PLATFORM.scopes({}) if "job" in scope.serves]
ALLOWED = ("where", "extend", "project", "parse")  # Microsoft Learn, "Run search jobs in Azure Monitor"


def _compiler() -> SourceCompiler:
    compiler = PLATFORM.compiler({})
    assert isinstance(compiler, SourceCompiler)
    return compiler


@pytest.mark.parametrize("name", JOBS)
def test_a_job_reads_one_table_by_operators_that_jobs_know(name: str) -> None:
    """Anything else is refused only after the job was paid for, or not at all."""
    compiler = _compiler()
    scope = compiler.bounds[name].store.scope
    queries = [compiler.compile(one, scope, Binding(name, {}, {})) for one in DETECTIONS]
    for fused in compiler.fuse([one for one in queries if isinstance(one, Query)], {}, "job"):
        first, *rest = fused.text.split("\n")

        assert re.fullmatch(r"\w+", first)
        assert [] == [line for line in rest if not line.startswith(tuple(f"| {word} " for word in ALLOWED))]


def test_what_archived_data_lies_in_can_be_searched_by_job() -> None:
    """Nothing of the spring of 2023 is in interactive retention any more: a table without a job is out of reach."""
    hunts = {scope.name for scope in PLATFORM.scopes({}) if "hunt" in scope.serves}

    assert hunts <= set(JOBS)
