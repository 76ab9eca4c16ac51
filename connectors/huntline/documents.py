"""YAML documents with the line of every key, from text nobody vouches for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C loader where libyaml is there
    """YAML as people write it in rules: dates stay text, and only true and false are truth values."""


BOOL, TIMESTAMP = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag not in (BOOL, TIMESTAMP)]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(BOOL, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))

MARKER = re.compile(r"^---(?=\s|$)", re.MULTILINE)
"""Where a document begins: YAML allows it nowhere else, so a file can be cut there before it is parsed."""
DEEPEST = 60
MOST_BYTES = 2 * 2**20
MOST_NODES = 200_000
LONGEST_NUMBER = 128  # bits


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its data, the tree that knows the lines, and how many lines are above it in its file."""

    data: Any
    root: yaml.Node
    above: int

    def line(self, *place: str | int) -> int:
        """Return the line (1-based) of the deepest part of `place` that is there."""
        line, node = self.root.start_mark.line + 1, self.root
        for step in place:
            below = _below(node, step)
            if below is None:
                break
            line, node = below[0].start_mark.line + 1, below[1]
        return self.above + line


class NoDocument(Exception):
    """The text is no YAML that can be used; `line` is 1-based, 0 when it concerns the file as a whole."""

    def __init__(self, problem: str, *, line: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


def one_document(path: Path) -> Document:
    """Return the only document of a file. Raises NoDocument for anything else."""
    parts = tuple(read_parts(path))
    for part in parts:
        if isinstance(part, NoDocument):
            raise part
    documents = [part for part in parts if isinstance(part, Document)]
    if len(documents) != 1:
        raise NoDocument(f"holds {len(documents)} YAML documents instead of one", line=0)
    return documents[0]


def read_parts(path: Path) -> Iterator[Document | NoDocument]:
    """Yield the file's documents in order, empty ones left out; a broken one is told in its place and hides no other."""
    try:
        text = _text(path)
    except NoDocument as error:
        yield error
        return
    starts = [0, *(found.start() for found in MARKER.finditer(text))]
    for start, end in pairwise([*starts, len(text)]):
        part, above = text[start:end], text.count("\n", 0, start)
        if all(line[:1] in ("", "#", "%") for line in part.splitlines()):
            continue  # directives and comments above the first document
        try:
            yield from _documents(part, above)
        except NoDocument as error:
            yield NoDocument(error.problem, line=above + (error.line or (1 if above else 0)))


def _text(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():
            raise NoDocument("is no regular file", line=0)  # reading a pipe might never end
        if path.stat().st_size > MOST_BYTES:
            raise NoDocument(f"is larger than {MOST_BYTES // 2**20} MB", line=0)
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise NoDocument(f"cannot be read: {error.strerror}", line=0) from error
    except UnicodeDecodeError as error:
        raise NoDocument(f"is not UTF-8: {error.reason} at byte {error.start}", line=0) from error


def _documents(text: str, above: int) -> Iterator[Document]:
    try:
        _refuse_traps(text)
        loader = _Loader(text)
        try:
            while loader.check_node():
                root = loader.get_node()
                _refuse_repeats(root)
                data = loader.construct_document(root)
                if data is not None:
                    _bounded(data, root)
                    yield Document(data, root, above)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NoDocument(f"is no YAML: {error.problem}", line=mark.line + 1 if mark else 0) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise NoDocument(f"is no YAML: {str(error) or type(error).__name__}", line=0) from error


def _refuse_traps(text: str) -> None:
    """Refuse, before anything is built, nesting that ends in a crash and merge keys, which multiply."""
    brackets = text.count("[") + text.count("{") + text.count("- -")
    if brackets <= DEEPEST and " " * DEEPEST not in text and "<<" not in text:
        return
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        line = event.start_mark.line + 1 if event.start_mark else 0
        if depth > DEEPEST:
            raise NoDocument(f"nests deeper than {DEEPEST} levels", line=line)
        if isinstance(event, yaml.ScalarEvent) and event.value == "<<":
            raise NoDocument("has a merge key (<<): write the keys out", line=line)


def _refuse_repeats(root: yaml.Node) -> None:
    """Refuse a key that is there twice: the first of the two would be lost without a word."""
    stack, seen = [root], set[int]()
    while stack:
        node = stack.pop()
        if id(node) in seen or not isinstance(node, yaml.CollectionNode):
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys = set[str]()
            for key, value in node.value:
                stack.append(value)
                if isinstance(key, yaml.ScalarNode):
                    if key.value in keys:
                        raise NoDocument(f"has the key {key.value!r} twice", line=key.start_mark.line + 1)
                    keys.add(key.value)
        else:
            stack.extend(node.value)


def _bounded(data: Any, root: yaml.Node) -> None:
    """Refuse what aliases blow up: counting stops at the limit, so a bomb costs no more than a large file."""
    left, stack = MOST_NODES, [data]
    while stack:
        left -= 1
        if left < 0:
            problem = f"holds more than {MOST_NODES:,} values once its aliases are followed"
            raise NoDocument(problem, line=root.start_mark.line + 1)
        value = stack.pop()
        if isinstance(value, int) and value.bit_length() > LONGEST_NUMBER:
            raise NoDocument(f"holds a number of more than {LONGEST_NUMBER} bits", line=root.start_mark.line + 1)
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
