"""YAML documents with the line of every key, from text nobody vouches for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MOST_BYTES = 2 * 2**20
MOST_NODES = 200_000


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its data, and the tree that knows the lines."""

    data: Any
    root: yaml.Node

    def line(self, *place: str | int) -> int:
        """Return the line (1-based) of the deepest part of `place` that is there."""
        line, node = self.root.start_mark.line + 1, self.root
        for step in place:
            below = _below(node, step)
            if below is None:
                break
            line, node = below[0].start_mark.line + 1, below[1]
        return line


class NoDocument(Exception):
    """The text is no YAML that can be used; `line` is 1-based, 0 when it concerns the file as a whole."""

    def __init__(self, problem: str, *, line: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


def read_documents(path: Path) -> tuple[Document, ...]:
    """Return the file's documents, empty ones left out. Raises NoDocument for anything that cannot be read as YAML."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise NoDocument(f"is larger than {MOST_BYTES // 2**20} MB", line=0)
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise NoDocument(f"cannot be read: {error.strerror}", line=0) from error
    except UnicodeDecodeError as error:
        raise NoDocument(f"is not UTF-8: {error.reason} at byte {error.start}", line=0) from error
    return tuple(_documents(text))


def _documents(text: str) -> Iterator[Document]:
    try:
        loader = LOADER(text)
        try:
            while loader.check_node():
                root = loader.get_node()
                data = loader.construct_document(root)
                if data is not None and root is not None:
                    _bounded(data, root)
                    yield Document(data, root)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NoDocument(f"is no YAML: {error.problem}", line=mark.line + 1 if mark else 0) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # ValueError: a date like 2023-02-31; RecursionError: nesting nobody writes by hand.
        raise NoDocument(f"is no YAML: {str(error) or type(error).__name__}", line=0) from error


def _bounded(data: Any, root: yaml.Node) -> None:
    """Refuse what aliases blow up: counting stops at the limit, so a bomb costs no more than a large file."""
    left, stack = MOST_NODES, [data]
    while stack:
        left -= 1
        if left < 0:
            problem = f"holds more than {MOST_NODES:,} values once its aliases are followed"
            raise NoDocument(problem, line=root.start_mark.line + 1)
        value = stack.pop()
        if isinstance(value, dict):
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)


def _below(node: yaml.Node, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def first_error(errors: Sequence[Any]) -> tuple[tuple[str | int, ...], str]:
    """Return place and message of the first of pydantic's errors."""
    return tuple(errors[0]["loc"]), str(errors[0]["msg"])
