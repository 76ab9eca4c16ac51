"""The house keeps its shape: names that betray a wall broken, purpose lines, no machine's paths."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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


@pytest.mark.parametrize("python", ["3.11.0", "3.12.0", "3.13.0"])
def test_the_pins_hold_one_version_of_all_that_a_python_asks_for(python: str) -> None:
    """Pins made on one Python leave another without a package, or with one that is not made for it."""
    made = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [one for group in made["dependency-groups"].values() for one in group if isinstance(one, str)]
    lines = re.findall(r"(?m)^(\S.*?) *\\$", (ROOT / "constraints.txt").read_text(encoding="utf-8"))
    pins = [(one.name, version.version) for one in _asked(lines, python) for version in one.specifier]
    wanted = _asked([*made["project"]["dependencies"], *groups], python)

    held = {
        one.name: [v for name, v in pins if canonicalize_name(name) == canonicalize_name(one.name)] for one in wanted
    }
    assert [] == [one for one in wanted if len(held[one.name]) != 1 or held[one.name][0] not in one.specifier]


def _asked(texts: Sequence[str], python: str) -> list[Requirement]:
    here = {"python_version": python.rpartition(".")[0], "python_full_version": python}
    asked = map(Requirement, texts)
    return [one for one in asked if one.marker is None or one.marker.evaluate(here)]
