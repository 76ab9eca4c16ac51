"""Rules for other Sigma tools mean what they mean here, lists written out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from huntline.detections.load import load_pack
from huntline.detections.lower import lower
from huntline.publish.inline import inlined, inlined_pack

PACK = Path(__file__).parents[2] / "detections" / "3cx-2023"
FILES = inlined_pack(PACK)
DETECTIONS = {one.file: one for one in load_pack(PACK)[0].detections}
VALUES = st.lists(st.text("ab*?\\%.", min_size=1, max_size=4), min_size=1, max_size=3)


@pytest.mark.parametrize("file", FILES)
def test_a_rule_without_placeholders_means_the_same(file: str) -> None:
    """Whoever takes the rules to another tool hunts for the same indicators."""
    rule = yaml.safe_load(FILES[file])

    assert "expand" not in FILES[file].partition("detection:")[2].partition("falsepositives:")[0]
    assert DETECTIONS[file].predicate == lower(rule, {})


def test_every_detection_is_written() -> None:
    """A rule that is missing here is a rule the other tool never runs."""
    assert sorted(DETECTIONS) == sorted(FILES)


@given(VALUES, st.sampled_from(["expand", "contains|expand", "endswith|expand", "re|expand"]))
def test_values_of_lists_stay_plain_text(values: list[str], modifiers: str) -> None:
    """A star in an indicator is a star, whoever reads the rule."""
    detection: dict[str, Any] = {"s": {f"A|{modifiers}": "x%list%"}, "condition": "s"}
    written = {**detection, "s": inlined(detection["s"], {"list": values})}

    assert lower({"detection": detection}, {"list": values}) == lower({"detection": written}, {})
