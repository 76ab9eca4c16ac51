"""Every gap of an engine is there, is seen in the text, and is not seen where it is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.kql.gaps import GAPS, gaps
from lab_tests.kql.votes import one_column, vote

PROOFS = yaml.safe_load(Path(__file__).with_name("gaps.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: f"{proof['engine']}: {proof['construct']}")
def test_a_gap_is_still_there(proof: dict[str, Any]) -> None:
    """A closed gap keeps a good engine from voting, so it must fail the build."""
    tables = one_column(proof.get("kind", "string"), proof["cells"])
    expected = "refuses" if proof.get("refused") else proof["expected"]

    assert expected != vote(proof["engine"], proof["query"], tables)


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: f"{proof['engine']}: {proof['construct']}")
def test_a_gap_is_named_by_the_query_that_shows_it(proof: dict[str, Any]) -> None:
    """The caller learns it from the text, before it asks the engine."""
    assert f"{proof['construct']}: " in gaps(proof["query"])[proof["engine"]]


def test_every_gap_has_its_proof() -> None:
    """A gap without proof is an opinion."""
    assert sorted((gap.engine, gap.construct) for gap in GAPS) == sorted((p["engine"], p["construct"]) for p in PROOFS)


@pytest.mark.parametrize(
    "query",
    [
        r'T | where Image endswith "\\updater.exe" and not(CommandLine contains "dynamic(")',
        'T | where s has_any ("one", "two") // not * here, nor a / b',
        'T | where Host in~ ("a", "b") | project Host',
        'T | where ["cs-host"] == "München" and Time between (datetime(2022-12-01) .. datetime(2022-12-02))',
    ],
)
def test_plain_filters_have_no_gap(query: str) -> None:
    """What stands in literals and comments is no construct, and an exact test folds nothing."""
    assert {} == gaps(query)
