"""What Splunk's documentation says of SPL, asked of the evaluator question by question."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.spl import SplError, run
from lab.spl.values import number

PROBES = Path(__file__).parents[3].parent / "shared" / "reference" / "language-probes.yaml"


def probes() -> list[Any]:
    """Read the probes of this language; none where the file is not beside the project."""
    if not PROBES.is_file():
        return [pytest.param({}, marks=pytest.mark.skip(reason="the language probes are not beside the project"))]
    read = yaml.load(PROBES.read_text(encoding="utf-8"), yaml.CSafeLoader)["probes"]
    return [pytest.param(probe, id=probe["id"]) for probe in read if probe["language"] == "spl"]


def answered(probe: dict[str, Any]) -> list[dict[str, Any]]:
    """Run a probe; one that does not begin with a command of its own is given all events."""
    query = probe["query"]
    whole = query if query.startswith(("|", "search ")) else f"search * | {query}"
    events = [_event(event) for event in probe["events"]]
    lookups = {name: [_event(row) for row in rows] for name, rows in probe.get("lookups", {}).items()}
    return [dict(row) for row in run(whole, events, now=0, timezone=probe.get("timezone", "UTC"), lookups=lookups)]


def _event(event: dict[str, Any]) -> dict[str, str | list[str]]:
    return {name: _time(value) if name == "_time" else _text(value) for name, value in event.items()}


def _text(value: Any) -> str | list[str]:
    return [str(one) for one in value] if isinstance(value, list) else str(value)


def _time(value: str) -> str:
    return str(datetime.fromisoformat(value).timestamp())


def as_numbers(rows: list[dict[str, Any]]) -> Counter[tuple[tuple[str, str], ...]]:
    """Numbers compare as numbers, and rows in any order."""
    return Counter(tuple(sorted((name, str(_number(value))) for name, value in row.items())) for row in rows)


def _number(value: Any) -> Any:
    found = number(value)
    return value if found is None else float(found)


@pytest.mark.parametrize("probe", probes())
def test_a_documented_answer_is_ours(probe: dict[str, Any]) -> None:
    """The documentation decides: rows that come back, the table that comes out, or a refusal."""
    if probe["expectation"] == "error":
        with pytest.raises(SplError):
            answered(probe)
        return
    rows = answered(probe)

    if "expected_rows" in probe:
        assert as_numbers(probe["expected_rows"]) == as_numbers(rows)
    else:
        assert sorted(probe["expected"]) == sorted(row["id"] for row in rows)


@pytest.mark.skipif(not PROBES.is_file(), reason="the language probes are not beside the project")
def test_every_probe_of_the_language_is_asked() -> None:
    """A filter that loses probes would pass in silence."""
    text = PROBES.read_text(encoding="utf-8")

    assert text.count("language: spl\n") == len(probes())
