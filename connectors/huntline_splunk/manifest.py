"""The macro that bears the marks of an app's macros and lookups, which have no place for one; and whether each was rolled out on.

A mark is noted before its object is written: one without it would be somebody's, and stay so after a kill. One that was noted
in vain is of nothing, or of an object that is not yet as it says, which is seen. Threads that wait to note something are served
together: the macro is read and written once for all of them.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from huntline.errors import Stale, Transient
from huntline.model.mark import Mark, marks_in
from huntline_splunk import space
from huntline_splunk.artifact import place_in
from huntline_splunk.entry import Entry
from huntline_splunk.package import MANIFEST
from huntline_splunk.space import Place

ON = "on"


@dataclass(frozen=True, slots=True)
class Noted:
    """It has no switch that would not break the searches that read it: what was last asked for is kept here."""

    mark: Mark
    on: bool


Notes: TypeAlias = Mapping[str, Noted]  # by kind and name


def notes_of(entry: Entry | None) -> dict[str, Noted]:
    """Read the marks of a manifest; none where there is none."""
    words = str(entry.content.get("definition", "")).strip().strip('"').split() if entry else []
    found: dict[str, Noted] = {}
    for word, following in zip(words, (*words[1:], ""), strict=False):
        for mark in marks_in(word):
            found[place_in(mark.key)] = Noted(mark, following == ON)
    return found


@dataclass(slots=True)
class Manifest:
    """The manifest of one app, for all threads of a deployer."""

    place: Place
    waiting: dict[str, Noted | None] = field(default_factory=dict)
    written: dict[str, Noted | None] = field(default_factory=dict)
    guard: threading.Lock = field(default_factory=threading.Lock)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def read(self) -> dict[str, Noted]:
        return notes_of(space.found(self.place, MANIFEST))

    def note(self, name: str, what: Noted | None) -> None:
        """Write what is to be known of an object, None for nothing any more, and return once it is there."""
        with self.guard:
            self.waiting[name] = what
        with self.turn:
            with self.guard:
                if name not in self.waiting:
                    return  # written with somebody else's
                taken, self.waiting = self.waiting, {}
            try:
                self._write({**self.written, **taken})
            except BaseException:
                with self.guard:
                    self.waiting = {**taken, **self.waiting}
                    self.waiting.pop(name, None)
                raise
            # Another member of a search head cluster may show the manifest as it was for some seconds yet.
            self.written |= taken

    def _write(self, changes: Mapping[str, Noted | None]) -> None:
        entry = space.found(self.place, MANIFEST)
        before = notes_of(entry)
        after = {name: one for name, one in {**before, **changes}.items() if one}
        if after == before:
            return
        form = {"definition": _definition(after)}
        if entry:
            space.changed(self.place, MANIFEST, form)
            return
        try:
            space.created(self.place, MANIFEST, {**form, "iseval": "0"})
        except Stale as error:
            raise Transient(f"somebody made it meanwhile: {error.problem}") from None


def _definition(notes: Notes) -> str:
    words = (f"{one.mark} {ON}" if one.on else str(one.mark) for _, one in sorted(notes.items()))
    return f'"{" ".join(words)}"'
