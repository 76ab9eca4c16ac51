"""Expected hosts: a list of names, or a file with a name a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from pathlib import Path

from huntline.errors import ConfigError

MOST_BYTES = 16 * 2**20
LONGEST = 253  # characters, the most a name can have in DNS
ADVICE = "a name a line, as your logs write it; blank lines and those that start with # are passed over"


def expected_hosts(given: list[str] | str, folder: Path) -> tuple[str, ...]:
    """Return the names, sorted, each once whatever its case.

    Raises ConfigError: of file "expected_hosts" with the position as its key for a list, else of the file with its line.
    """
    names: dict[str, str] = {}
    for name in _in_file(folder / given) if isinstance(given, str) else _in_list(given):
        names.setdefault(name.casefold(), name)
    return tuple(sorted(names.values()))


def _in_list(given: Iterable[str]) -> Iterator[str]:
    for number, text in enumerate(given):
        if problem := _problem(text.strip()):
            raise ConfigError(problem, file="expected_hosts", key=str(number), advice="give names of machines")
        yield text.strip()


def _in_file(path: Path) -> Iterator[str]:
    for number, line in enumerate(_text(path).splitlines(), start=1):
        name = line.strip()
        if not name or name.startswith("#"):
            continue
        if problem := _problem(name):
            raise ConfigError(problem, file=str(path), line=number, advice=ADVICE)
        yield name


def _text(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():
            raise ConfigError("is no regular file", file=str(path), advice=ADVICE)
        if path.stat().st_size > MOST_BYTES:
            raise ConfigError(f"is larger than {MOST_BYTES // 2**20} MB", file=str(path), advice=ADVICE)
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=str(path), advice=ADVICE) from error
    except UnicodeDecodeError as error:
        raise ConfigError("is no UTF-8 text", file=str(path), advice=ADVICE) from error


def _problem(name: str) -> str:
    if not name or len(name) > LONGEST or any(one.isspace() or not one.isprintable() for one in name):
        return "holds a name that no host has"
    try:
        ip_address(name)
    except ValueError:
        return ""
    return f"{name} is an address; a host has a name"
