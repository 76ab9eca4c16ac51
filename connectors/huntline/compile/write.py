"""Write rendered content into a folder of ours, never into one of others; a killed run is made good by the next."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath

from huntline.compile.content import MANIFEST
from huntline.errors import UserError

PART = f"{MANIFEST}.part"


def write_content(files: Mapping[str, str], out: Path) -> None:
    """Make the folder hold these files, and none that an earlier run left. Raises UserError for a folder of others.

    Until all is done the manifest says "unfinished", and names what may be there: the files of before and these.
    """
    names = _ours(out) | files.keys() - {MANIFEST}
    _declare(json.dumps({"unfinished": True, "files": sorted(names)}), out)
    for name in sorted(files.keys() - {MANIFEST}):
        path = out / PurePosixPath(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[name], encoding="utf-8", newline="")
    _remove(names - files.keys(), out)
    _declare(files[MANIFEST], out)


def _ours(out: Path) -> set[str]:
    """Return what the last run wrote, by its manifest."""
    if not out.exists() or {path.name for path in out.iterdir()} <= {PART}:
        return set()
    advice = "name an empty folder, or one that huntline made"
    try:
        told = json.loads((out / MANIFEST).read_text("utf-8"))["files"]
        return {
            name for name in told if not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{out} is not empty and holds no manifest of ours", advice=advice) from error


def _declare(manifest: str, out: Path) -> None:
    """Put the manifest in its place in one step, so that there is never half a one."""
    out.mkdir(parents=True, exist_ok=True)
    (out / PART).write_text(manifest, encoding="utf-8", newline="")
    (out / PART).replace(out / MANIFEST)


def _remove(names: Collection[str], out: Path) -> None:
    """Remove files, and folders that are empty then."""
    for name in sorted(names):
        (out / PurePosixPath(name)).unlink(missing_ok=True)
    for folder in sorted((path for path in out.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
