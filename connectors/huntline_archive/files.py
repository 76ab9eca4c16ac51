"""Find the files a tenant's `logs` name, one part for each distinct content."""

from __future__ import annotations

import glob
import itertools
import json
import mmap
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from blake3 import blake3

from huntline.errors import ConfigError
from huntline.model.search import Part, PartState
from huntline.model.window import Window
from huntline_archive.kinds import HEAD, Kind, Packing, look

_ADVICE = "Give files, folders or globs of exported logs: JSON lines (plain, .gz, .zst), Parquet or EVTX."

_STRETCH = 1 << 26


@dataclass(frozen=True, slots=True)
class Place:
    """How a part's file is reached and how it stood when it was found: a part's opaque path."""

    path: str  # as the file system spells it, surrogates for bytes that are no UTF-8
    kind: Kind
    packing: Packing
    size: int
    mtime: int  # ns


@dataclass(frozen=True, slots=True)
class _Found:
    path: str
    title: str
    state: PartState
    words: str


def find_parts(logs: Sequence[str], scopes_of: dict[str, tuple[str, ...]], wanted: Window) -> tuple[Part, ...]:
    """Return a part for each distinct content, by title. `scopes_of`: what may live in each kind of file.

    Raises ConfigError when a path is not there or nothing under the paths is a log.
    """
    if not logs:
        raise ConfigError("no logs are named", file="settings", key="logs", advice=_ADVICE)
    found = [one for given in logs for one in _expand(given, several=len(logs) > 1)]
    parts: dict[str, Part] = {}
    for one in sorted(found, key=lambda f: (_shown(f.title), f.path)):
        part = _part(one, scopes_of, wanted)
        twin = parts.get(part.key)
        parts[part.key] = replace(twin, words=_also(twin.words, part.title)) if twin else part
    if not any(part.scopes for part in parts.values()):
        raise ConfigError(f"no log in {', '.join(map(_shown, logs))}", file="settings", key="logs", advice=_ADVICE)
    return tuple(parts.values())


def place_of(part: Part) -> Place:
    return Place(**json.loads(part.path))


def _expand(given: str, *, several: bool) -> Iterator[_Found]:
    root = Path(given)
    if root.is_dir():
        prefix = f"{root.resolve().name}/" if several else ""
        yield from _walk(root, root.resolve(), prefix, frozenset())
    elif root.exists() or root.is_symlink():
        yield _judged(root, root.name)
    else:
        matches = sorted(glob.glob(given, recursive=True, include_hidden=True))  # noqa: PTH207 (patterns may be absolute)
        if not matches:
            raise ConfigError(f"{_shown(given)} is not there", file="settings", key="logs", advice=_ADVICE)
        for match in map(Path, matches):
            title = os.path.relpath(match, _fixed(given))
            if not match.is_dir():
                yield _judged(match, title)
            elif "**" not in given:
                yield from _walk(match, match.resolve(), f"{title}/", frozenset())


def _fixed(pattern: str) -> Path:
    """Return the folder before the first wildcard."""
    parts = Path(pattern).parts
    return Path(*itertools.takewhile(lambda part: not glob.has_magic(part), parts))


def _walk(folder: Path, root: Path, prefix: str, above: frozenset[tuple[int, int]]) -> Iterator[_Found]:
    """Go through a folder in order; a link is followed only within the folder given, and never in a circle."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        here = folder.stat()
    except OSError as refused:
        yield _Found(str(folder), prefix, "denied", f"folder: {refused.strerror}")
        return
    above |= {(here.st_dev, here.st_ino)}
    for entry in entries:
        path, title = folder / entry.name, prefix + entry.name
        if entry.is_symlink() and not _within(path, root):
            yield _Found(
                str(path), title, "unreadable", "a link that leads outside the folder given, or nowhere: not followed"
            )
        elif entry.is_dir():
            inner = path.stat()
            if (inner.st_dev, inner.st_ino) not in above:
                yield from _walk(path, root, title + "/", above)
        else:
            yield _judged(path, title)


def _within(path: Path, root: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):
        return False


def _judged(path: Path, title: str) -> _Found:
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
    except OSError as refused:
        return _Found(str(path), title, "denied", refused.strerror or "cannot be opened")
    if not regular:
        return _Found(str(path), title, "unreadable", "not a regular file")
    return _Found(str(path), title, "searchable", "")


def _part(found: _Found, scopes_of: dict[str, tuple[str, ...]], wanted: Window) -> Part:
    title = _shown(found.title)
    if found.state != "searchable":
        scopes = scopes_of["any"] if found.state == "denied" else ()
        return _told(found, title, scopes, wanted)
    try:
        with Path(found.path).open("rb") as file:
            status = os.fstat(file.fileno())
            what = look(file.read(HEAD))
        fingerprint = fingerprint_of(found.path, status.st_size)
    except OSError as refused:
        denied = replace(found, state="denied", words=refused.strerror or "cannot be read")
        return _told(denied, title, scopes_of["any"], wanted)
    place = Place(found.path, what.kind, what.packing, status.st_size, status.st_mtime_ns)
    return Part(
        key=f"file-{fingerprint[:32]}",
        title=title,
        scopes=scopes_of.get(what.kind, ()),
        window=wanted,
        state="unreadable" if what.kind == "other" else "searchable",
        place=_lies(found.path),
        path=json.dumps(asdict(place)),
        fingerprint=fingerprint,
        size=status.st_size,
        widest=None,
        narrowest=None,
        cost=None,
        words=what.words,
    )


def _told(found: _Found, title: str, scopes: tuple[str, ...], wanted: Window) -> Part:
    """A file nobody could look into is known by its name."""
    key = f"name-{blake3(os.fsencode(found.title)).hexdigest()[:32]}"
    return Part(key, title, scopes, wanted, found.state, _lies(found.path), "", "", 0, None, None, None, found.words)


def _lies(path: str) -> str:
    return _shown(str(Path(path).absolute()))


def fingerprint_of(path: str, size: int) -> str:
    """Return the hash of the file's first `size` bytes. Raises OSError."""
    hasher = blake3(max_threads=2)
    with Path(path).open("rb") as file:
        for start in range(0, size, _STRETCH):  # stretch by stretch: a whole file mapped would count as our memory
            length = min(_STRETCH, os.fstat(file.fileno()).st_size - start, size - start)
            if length <= 0:
                break
            with mmap.mmap(file.fileno(), length, offset=start, access=mmap.ACCESS_READ) as stretch:
                hasher.update(stretch)
    return hasher.hexdigest()


def _also(words: str, title: str) -> str:
    return f"{words}, {title}" if words else f"same content: {title}"


def _shown(name: str) -> str:
    """A file's name as text: bytes that are no UTF-8 become a replacement character."""
    return os.fsencode(name).decode("utf-8", "replace")
