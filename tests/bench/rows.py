"""One figure of a benchmark, and the page they all stand on."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "performance.md"


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    seen: str
    bar: str
    held: bool

    def __str__(self) -> str:
        held = ("yes" if self.held else "**no**") if self.bar else ""
        return f"| {self.what} | {self.seen} | {self.bar} | {held} |"


def told(what: str, seen: object) -> Row:
    """Return a figure that has no bar."""
    return Row(what, str(seen), "", held=True)


def equals(what: str, seen: int, wanted: int) -> Row:
    return Row(what, f"{seen:,}", f"{wanted:,}", seen == wanted)


def at_most(what: str, seen: float, bar: float, form: str = ".0f") -> Row:
    return Row(what, f"{seen:{form}}", f"{bar:g}", seen <= bar)


def load() -> Row:
    """Return how busy the machine was; lab and command alone make about one."""
    return told("load average of the last quarter of an hour", f"{os.getloadavg()[2]:.0f}")


def replaced(page: str, heading: str, section: str) -> str:
    """Put a section in place of the one under its heading, or at the page's end where there is none."""
    level = len(heading) - len(heading.lstrip("#"))
    ends = rf"(?=^#{{1,{level}}} )|\Z"
    found = re.compile(rf"^{re.escape(heading)}$.*?(?:{ends})", re.DOTALL | re.MULTILINE)
    if not found.search(page):
        return f"{page.rstrip()}\n\n{section.rstrip()}\n"
    return found.sub(lambda _: f"{section.rstrip()}\n\n", page, count=1).rstrip() + "\n"
