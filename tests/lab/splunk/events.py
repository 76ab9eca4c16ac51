"""Events as an index holds them, each a row the SPL engine reads; many share their fields, so they cost little."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

Values: TypeAlias = Mapping[str, "str | list[str]"]
INDEXED = (
    "_time",
    "_indextime",
    "index",
    "host",
    "source",
    "sourcetype",
    "splunk_server",
)  # what tstats can see (docs)


@dataclass(frozen=True, slots=True)
class Made:
    """An event before it is indexed: its time and arrival (epoch seconds), what search extracts, its text.

    `fields` holds host, source and sourcetype too. `models` has the event as each dataset of a data model shows it, `stored`
    what the index has otherwise than a search shows it, as a source type that is renamed (docs: props.conf, rename).
    """

    moment: float
    arrived: int
    fields: Values
    raw: str
    models: Mapping[str, Values] = field(default_factory=dict)
    stored: Values | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket: of one index on one peer; `number` is its local id."""

    index: str
    peer: str
    guid: str
    number: int

    @property
    def id(self) -> str:
        return f"{self.index}~{self.number}~{self.guid}"


class Event(Mapping[str, "str | list[str]"]):
    """An indexed event as a row: `_bkt` and `_cd` tell it from every other."""

    __slots__ = ("address", "made", "place")

    def __init__(self, made: Made, place: Place, address: int) -> None:
        self.made, self.place, self.address = made, place, address

    def get(self, name: str, default: str | list[str] | None = None) -> str | list[str] | None:  # type: ignore[override]
        """Return a field's value or values."""
        found = _OWN.get(name)
        return found(self) if found else self.made.fields.get(name, default)

    def __getitem__(self, name: str) -> str | list[str]:
        found = _OWN.get(name)
        return found(self) if found else self.made.fields[name]

    def __iter__(self) -> Iterator[str]:
        yield from _OWN
        yield from self.made.fields

    def __len__(self) -> int:
        return len(_OWN) + len(self.made.fields)

    @property
    def moment(self) -> float:
        return self.made.moment

    def plain(self) -> dict[str, str | list[str]]:
        """Return all fields."""
        return {**_own(self), **self.made.fields}

    @property
    def alike(self) -> tuple[int, int]:
        """Return what is equal for events that differ in nothing but fields that begin with an underscore."""
        return id(self.made.fields), id(self.place)


def seconds(moment: float) -> str:
    """Write epoch seconds as a field holds them: to the millisecond, without needless zeros."""
    return str(int(moment)) if moment == int(moment) else f"{moment:.3f}"


_OWN: Final[Mapping[str, Callable[[Event], str | list[str]]]] = {
    "_time": lambda one: seconds(one.made.moment),
    "_indextime": lambda one: str(one.made.arrived),
    "_raw": lambda one: one.made.raw,
    "_bkt": lambda one: one.place.id,
    "_cd": lambda one: f"{one.place.number}:{one.address}",
    "_si": lambda one: [one.place.peer, one.place.index],
    "_sourcetype": lambda one: one.made.fields["sourcetype"],
    "index": lambda one: one.place.index,
    "splunk_server": lambda one: one.place.peer,
    "linecount": lambda one: str(one.made.raw.count("\n") + 1),
}


def _own(event: Event) -> dict[str, str | list[str]]:
    return {name: found(event) for name, found in _OWN.items()}


class Shown(Mapping[str, "str | list[str]"]):
    """An event seen through other fields than its own: a dataset's, or the indexed ones only."""

    __slots__ = ("_fields", "event")

    def __init__(self, event: Event, fields: Values) -> None:
        self.event, self._fields = event, fields

    @property
    def moment(self) -> float:
        return self.event.made.moment

    def plain(self) -> dict[str, str | list[str]]:
        """Return all fields."""
        return {**_own(self.event), **self._fields}

    @property
    def alike(self) -> tuple[int, int]:
        return id(self._fields), id(self.event.place)

    def get(self, name: str, default: str | list[str] | None = None) -> str | list[str] | None:  # type: ignore[override]
        """Return a field's value or values."""
        found = _OWN.get(name)
        return found(self.event) if found else self._fields.get(name, default)

    def __getitem__(self, name: str) -> str | list[str]:
        found = _OWN.get(name)
        return found(self.event) if found else self._fields[name]

    def __iter__(self) -> Iterator[str]:
        yield from _OWN
        yield from self._fields

    def __len__(self) -> int:
        return len(_OWN) + len(self._fields)


def indexed(events: Iterable[Event]) -> Iterator[Shown]:
    """Yield events as tstats sees them: without what search would have to extract."""
    seen: dict[int, Values] = {}
    for event in events:
        fields = event.made.fields
        known = seen.get(id(fields))
        if known is None:
            known = seen[id(fields)] = {name: value for name, value in fields.items() if name in INDEXED}
        yield Shown(event, {**known, **event.made.stored} if event.made.stored else known)
