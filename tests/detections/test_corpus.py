"""Thousands of foreign rules load: each is lowered, or refused by name."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
import zstandard

from huntline.detections.load import load_pack

CORPUS = Path(__file__).parents[2].parent / "shared" / "data" / "sigma-corpus.tar.zst"


@pytest.mark.skipif(not CORPUS.is_file(), reason="the Sigma corpus is not beside the project")
def test_the_corpus_loads_but_for_what_its_lists_leave_open(tmp_path: Path) -> None:
    """Two rules ask for a list of the site's own; refusing them is what the specification asks for."""
    with CORPUS.open("rb") as packed:
        plain = io.BytesIO(zstandard.ZstdDecompressor().stream_reader(packed).read())
    with tarfile.open(fileobj=plain) as archive:
        archive.extractall(tmp_path, filter="data")

    pack, findings = load_pack(tmp_path)
    errors = [finding for finding in findings if finding.severity == "error"]

    assert 2472 == len(pack.detections) + len(errors)
    assert ["the list %known_cdcs% is not in the pack"] * 2 == [finding.problem for finding in errors]
