"""The words of a command that is neither search nor an expression, read from left to right."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lab.spl.errors import SplError
from lab.spl.pipeline import bracket
from lab.spl.strings import closing, search_text

_WORD = re.compile(r"""(?:\\.|[^\s()\[\]",=\\])+""", re.DOTALL)
_SAID = {"word": "a word", "quoted": "a quoted text", "sub": "a sub-search", "end": "the end"}
_TRUTHS = {"t": True, "true": True, "1": True, "f": False, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Word:
    """A word, quoted text, sub-search or sign at [start, end) of the whole text."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(slots=True)
class Words:
    """Where a command's parser stands."""

    source: str
    found: tuple[Word, ...]
    at: int = field(default=0)

    @property
    def now(self) -> Word:
        return self.found[self.at]

    @property
    def then(self) -> Word:
        return self.found[min(self.at + 1, len(self.found) - 1)]

    def done(self) -> bool:
        return self.now.kind == "end"

    def take(self, *kinds: str) -> Word:
        word = self.now
        if word.kind not in kinds:
            raise SplError(
                f"expected {' or '.join(_SAID.get(kind, kind) for kind in kinds)}, not {word.text}", word.start
            )
        self.at += 1
        return word

    def comes(self, *keywords: str) -> bool:
        """Tell whether one of these keywords is next; case does not count."""
        return self.now.kind == "word" and self.now.text.lower() in keywords

    def skip(self, *keywords: str) -> bool:
        if self.comes(*keywords):
            self.at += 1
            return True
        return False

    def sign(self, kind: str) -> bool:
        if self.now.kind == kind:
            self.at += 1
            return True
        return False

    def name(self) -> str:
        """Take a field's name, bare or in double quotation marks."""
        word = self.take("word", "quoted")
        if "'" in word.text[:1] or not word.text:
            raise SplError("single quotation marks are for expressions", word.start)
        return word.text

    def names(self, *stops: str) -> tuple[str, ...]:
        """Take names up to a keyword, with commas or without; raises SplError where there is none."""
        names = [self.name()]
        while not self.done() and not self.comes(*stops):
            self.sign(",")
            names.append(self.name())
        return tuple(names)

    def renamed(self) -> tuple[str, str]:
        """Take `name` or `name AS other`."""
        name = self.name()
        return (name, self.name()) if self.skip("as") else (name, name)

    def options(self, *allowed: str) -> dict[str, str]:
        """Take all key=value pairs that come next; raises SplError for a key that is not allowed."""
        found: dict[str, str] = {}
        while self.now.kind == "word" and self.then.kind == "=":
            key = self.take("word")
            if key.text.lower() not in allowed:
                raise SplError(f"there is no argument {key.text}", key.start)
            self.take("=")
            found[key.text.lower()] = self.take("word", "quoted").text
        return found

    def whole(self, text: str, *, least: int = 0) -> int:
        """Read a whole number."""
        if not text.isdecimal() or int(text) < least:
            raise SplError(f"expected a number from {least}, not {text!r}", self.now.start)
        return int(text)

    def truth(self, text: str) -> bool:
        if text.lower() not in _TRUTHS:
            raise SplError(f"expected true or false, not {text!r}", self.now.start)
        return _TRUTHS[text.lower()]

    def end(self) -> None:
        self.take("end")


def words(source: str, start: int, end: int) -> Words:
    """Split source[start:end], whose brackets are known to balance."""
    found: list[Word] = []
    at = start
    while at < end:
        if source[at].isspace():
            at += 1
            continue
        found.append(_word(source, at, end))
        at = found[-1].end
    return Words(source, (*found, Word("end", "the end", end, end)))


def _word(source: str, at: int, end: int) -> Word:
    if source[at] == '"':
        close = closing(source, at, end)
        return Word("quoted", search_text(source[at + 1 : close]), at, close + 1)
    if source[at] == "[":
        close = bracket(source, at, end)
        return Word("sub", "a sub-search", at, close + 1)
    if source[at] in "(),=":
        return Word(source[at], source[at], at, at + 1)
    found = _WORD.match(source, at, end)
    if found is None:
        raise SplError(f"unexpected {source[at]!r}", at)
    return Word("word", found[0], at, found.end())
