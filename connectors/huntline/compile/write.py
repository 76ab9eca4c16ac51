"""Write rendered content into a folder, whole or not at all, and never over what is not ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from huntline.compile.content import MANIFEST
from huntline.errors import UserError


def write_content(files: Mapping[str, str], out: Path) -> None:
    """Make the folder hold these files, and none that an earlier run left. Raises UserError for a folder of others."""
    ours = _ours(out)
    for name, text in files.items():
        path = out / PurePosixPath(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    for name in sorted(ours - files.keys()):
        (out / PurePosixPath(name)).unlink(missing_ok=True)
    for folder in sorted((path for path in out.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


def _ours(out: Path) -> set[str]:
    """Return what the last run wrote, by its manifest."""
    if not out.exists() or not any(out.iterdir()):
        return set()
    advice = "name an empty folder, or one that huntline compile made"
    try:
        told = json.loads((out / MANIFEST).read_text("utf-8"))["files"]
        return {
            name for name in told if not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{out} is not empty and holds no manifest of ours", advice=advice) from error
