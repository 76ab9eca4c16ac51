"""Find a pack by path or name: those that come with the package, then those of a checkout."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from huntline.errors import PackError


def find_pack(named: str | None) -> Path:
    """Return the folder of a pack: a path as given, a bare name looked up, None the only one there is. Raises PackError."""
    if named and (Path(named).exists() or "/" in named or "\\" in named):
        return Path(named)
    known = dict(reversed([(path.name, path) for path in _carried()]))
    if named is None and len(known) == 1:
        return next(iter(known.values()))
    if named in known:
        return known[named]
    told = ", ".join(sorted(known)) or "none"
    raise PackError(
        "there is no such pack", file=named or "--pack", advice=f"name a folder of Sigma rules; known by name: {told}"
    )


def _carried() -> Iterator[Path]:
    package = Path(str(resources.files("huntline")))
    for folder in (package / "packs", *(above / "detections" for above in package.parents[1:3])):
        if folder.is_dir():
            yield from sorted(path for path in folder.iterdir() if path.is_dir() and path != package / "detections")
