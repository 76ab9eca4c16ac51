"""The EQL of the documentation probes: what Elasticsearch finds and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.eql.check import findings
from lab.eql.run import run, sequences
from lab.eql.tree import Refused

FILE = Path(__file__).parents[3].parent / "shared" / "reference" / "language-probes.yaml"
PROBES = (
    [
        probe
        for probe in yaml.load(FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)["probes"]
        if probe["language"] == "eql"
    ]
    if FILE.is_file()
    else []
)
MISLEADING = {"eql-023": "a caret that Elasticsearch takes for itself is a finding, though no refusal"}
needs_probes = pytest.mark.skipif(not FILE.is_file(), reason="the language probes are not beside the project")
by_id = pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe["id"])


@needs_probes
def test_all_probes_of_the_language_are_asked() -> None:
    """A file that lost its EQL part would leave the laws below empty."""
    assert 78 == len(PROBES)


@needs_probes
@by_id
def test_a_probe_is_answered_as_documented(probe: dict[str, Any]) -> None:
    if probe["expectation"] == "error":
        with pytest.raises(Refused):
            run(probe["query"], _events(probe), _schema(probe))
    elif "expected_sequences" in probe:
        assert probe["expected_sequences"] == sequences(probe["query"], _events(probe), _schema(probe))
    else:
        assert sorted(probe["expected"]) == sorted(run(probe["query"], _events(probe), _schema(probe)))


@needs_probes
@by_id
def test_a_probe_has_findings_when_it_must_be_refused(probe: dict[str, Any]) -> None:
    found = findings(probe["query"], _schema(probe))

    assert (probe["expectation"] == "error" or probe["id"] in MISLEADING) == bool(found), found


def _events(probe: dict[str, Any]) -> list[dict[str, Any]]:
    """Give each event the category that the file's header says it has."""
    category = probe.get("category", "process")
    return [{"event.category": category, **event} for event in probe["events"]]


def _schema(probe: dict[str, Any]) -> dict[str, str]:
    """Give fields without mapping the type that the file's header says they have."""
    seen = {name: value for event in probe["events"] for name, value in event.items()}
    guessed = {name: "keyword" if isinstance(value, str) else "long" for name, value in seen.items()}
    return {**guessed, **probe.get("mapping", {})}
