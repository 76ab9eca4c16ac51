"""The house keeps its shape: names that betray a wall broken, purpose lines, no machine's paths."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGINE = sorted((ROOT / "connectors" / "huntline").rglob("*.py"))
SOURCES = sorted((ROOT / "connectors").rglob("*.py"))


@pytest.mark.parametrize("path", ENGINE, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_engine_names_no_platform_and_no_campaign(path: Path) -> None:
    """A platform's name in an engine room, or the campaign's, means that a wall has a hole."""
    named = re.findall(r"(?i)\b(splunk|elastic|sentinel|duckdb|kusto|3cx)", path.read_text(encoding="utf-8"))

    assert named == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_file_opens_with_its_purpose_in_one_line(path: Path) -> None:
    first = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""

    assert first.splitlines()[:1]
    assert len(first.splitlines()[0]) > 10


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_source_file_grows_past_400_lines(path: Path) -> None:
    """Over 400 lines there is a second purpose in it."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_the_import_contracts_hold() -> None:
    """Floors and walls as import-linter draws them."""
    linter = Path(__import__("sys").executable).parent / "lint-imports"
    done = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, check=False)

    assert ("" if done.returncode == 0 else done.stdout + done.stderr) == ""


def test_the_pins_name_no_registry() -> None:
    """Constraints are hashed and hold for any index."""
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")

    assert re.findall(r"https?://\S+|--(?:extra-)?index-url", pins) == []
    assert pins.count("--hash=sha256:") > pins.count("==")
