"""Populations counted in one scan: events grouped by what their conditions ask, which is decided once for each group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from huntline.model.pack import LogSource
from huntline.model.predicate import Every, Never, Predicate, Some, Test, fields_of, tests
from huntline.model.window import Window
from huntline.translate.translator import Bound
from huntline_splunk.expression import expression
from huntline_splunk.literals import column, name, text
from huntline_splunk.rows import day_of
from huntline_splunk.table import Tables

DAY = "day=floor(_time/86400)"
CUT = "cut"
ENDS = {r"^\s*<Event": r"</Event>\s*$", r"^\s*\{": r"\}\s*$"}
"""How a text ends that begins so. A line over TRUNCATE bytes, 10,000 unless set otherwise, has lost its end (props.conf.spec)."""
SHORTEST_CUT = 2_500  # characters: one has up to four bytes
BETWEEN, NONE = "|", "-"  # stands between values, and for none, since a group needs a value; neither is asked for


@dataclass(frozen=True, slots=True)
class Population:
    logsource: LogSource
    fields: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """What a day holds of each population, by its number: events, events that prove it alive, and those with a field.

    `cut`: events that the indexer cut short.
    """

    events: Counter[int] = field(default_factory=Counter)
    alive: Counter[int] = field(default_factory=Counter)
    filled: Counter[tuple[int, str]] = field(default_factory=Counter)
    cut: Counter[int] = field(default_factory=Counter)


def census(
    tables: Tables, bound: Bound, window: Window, populations: Sequence[Population], *, fields: bool, sample: int = 1
) -> Mapping[date, Tally]:
    """Count populations by day, and with `fields` what each of theirs holds. Raises what `Tables` raises."""
    scope, found = bound.store.scope, dict[date, Tally]()
    asked = _Asked.of(bound, populations, fields=fields)
    for row in tables.rows(asked.search(bound), window, sample=sample):
        tally, count = found.setdefault(day_of(row["day"]), Tally()), int(row["n"])
        for number, one in enumerate(populations):
            if one.logsource in scope.alive and asked.holds(scope.alive[one.logsource], row):
                tally.alive[number] += count
            if not asked.holds(scope.logsources[one.logsource], row):
                continue
            tally.events[number] += count
            tally.cut[number] += int(row[CUT])
            for label, known in asked.fields.items():
                if known in one.fields:
                    tally.filled[number, known] += int(row[label])
    return found


def says(known: str, absent: str) -> str:
    """Write a field's values that say something, null where there is none."""
    words = dict.fromkeys(("", NONE, absent))
    return f"mvfilter({' AND '.join(f'{column(known)}!={text(word)}' for word in words)})"


def events_of(bound: Bound) -> str:
    """Write the search for all events of a scope."""
    base = bound.native("search")
    return f"search {base}" if base else f'| from datamodel:"{bound.native("datamodel")}"'


@dataclass(frozen=True, slots=True)
class _Asked:
    """Labels of what is grouped by: of a field's values those that are asked for, of any other test whether it holds."""

    values: Mapping[str, tuple[str, tuple[str, ...]]]  # by label: the field, its words in lower case
    flags: Mapping[str, Test]
    fields: Mapping[str, str]
    needed: tuple[str, ...]

    @classmethod
    def of(cls, bound: Bound, populations: Sequence[Population], *, fields: bool) -> _Asked:
        predicates = list(_predicates(bound, populations))
        atoms = dict.fromkeys(test for predicate in predicates for test in tests(predicate))
        words: dict[str, dict[str, None]] = {}
        for test in filter(_plain, atoms):
            words.setdefault(test.field, {}).update(dict.fromkeys(value.lower() for value in test.values))
        flags = [test for test in atoms if not _plain(test)]
        filled = dict.fromkeys(known for one in populations for known in one.fields) if fields else {}
        needed = {known for predicate in predicates for known in fields_of(predicate)} | set(filled)
        return cls(
            {f"v{n}": (known, tuple(asked)) for n, (known, asked) in enumerate(words.items())},
            {f"k{n}": test for n, test in enumerate(flags)},
            {f"f{n}": known for n, known in enumerate(filled)},
            tuple(sorted(needed)),
        )

    def search(self, bound: Bound) -> str:
        made = [DAY]
        for label, (known, words) in self.values.items():
            among = f"mvfilter(in(lower({column(known)}), {', '.join(map(text, words))}))"
            made.append(f"{label}=coalesce(lower(mvjoin({among}, {text(BETWEEN)})), {text(NONE)})")
        made += [f'{label}=if({expression(test)}, "1", {text(NONE)})' for label, test in self.flags.items()]
        made += [
            f"{label}=if(isnotnull({says(known, bound.source.absent)}), 1, null())"
            for label, known in self.fields.items()
        ]
        open_ = (f"match(_raw, {text(start)}) AND NOT match(_raw, {text(end)})" for start, end in ENDS.items())
        made.append(f"{CUT}=if(len(_raw)>={SHORTEST_CUT} AND ({' OR '.join(open_)}), 1, null())")
        counts = ", ".join(["count AS n", *(f"count({label}) AS {label}" for label in (*self.fields, CUT))])
        kept = ", ".join(name(known) for known in ("_time", "_raw", *self.needed))
        groups = ", ".join(["day", *self.values, *self.flags])
        return f"{events_of(bound)} | fields {kept} | eval {', '.join(made)} | stats {counts} by {groups}"

    def holds(self, predicate: Predicate, row: Mapping[str, Any]) -> bool:
        match predicate:
            case Test():
                return self._test(predicate, row)
            case Never(of):
                return not self.holds(of, row)
            case Every(of):
                return all(self.holds(part, row) for part in of)
            case Some(of):
                return any(self.holds(part, row) for part in of)

    def _test(self, test: Test, row: Mapping[str, Any]) -> bool:
        if not _plain(test):
            return any(row[label] == "1" for label, known in self.flags.items() if known == test)
        (label,) = [label for label, (known, _) in self.values.items() if known == test.field]
        return bool({value.lower() for value in test.values} & set(str(row[label]).split(BETWEEN)))


def _plain(test: Test) -> bool:
    return test.op == "is" and not test.cased and not any(BETWEEN in value or value == NONE for value in test.values)


def _predicates(bound: Bound, populations: Sequence[Population]) -> Iterator[Predicate]:
    scope = bound.store.scope
    for one in populations:
        yield scope.logsources[one.logsource]
        if one.logsource in scope.alive:
            yield scope.alive[one.logsource]
