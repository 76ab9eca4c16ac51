"""The bodies of exception lists and their items; the facts file says which operation takes which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lab.kibana.fields import LISTS, NAMESPACES, NONEMPTY, TEXTS
from lab.kibana.kinds import Anything, Kind, Record, Several, Text, Whole, Word

SYSTEMS: Final = Several(Word(("linux", "macos", "windows")))
OPEN: Final = Record({}, {}, open=True)
COMMENTS: Final = Several(Record({"comment": NONEMPTY}, {"id": NONEMPTY}))

LIST_NEEDS: Final[Mapping[str, Kind]] = {"name": Text(), "description": Text(), "type": LISTS}
LIST_MAY: Final[Mapping[str, Kind]] = {
    "list_id": NONEMPTY,
    "meta": OPEN,
    "namespace_type": NAMESPACES,
    "os_types": SYSTEMS,
    "tags": TEXTS,
    "version": Whole(1),
}
ITEM_NEEDS: Final[Mapping[str, Kind]] = {
    "type": Word(("simple",)),
    "name": NONEMPTY,
    "description": Text(),
    "entries": Several(Record({"type": Text(), "field": NONEMPTY}, {}, open=True)),
}
ITEM_MAY: Final[Mapping[str, Kind]] = {
    "comments": COMMENTS,
    "expire_time": Text(),
    "item_id": NONEMPTY,
    "meta": OPEN,
    "namespace_type": NAMESPACES,
    "os_types": SYSTEMS,
    "tags": Several(NONEMPTY),
}
REPLACING: Final[Mapping[str, Kind]] = {"_version": Text(), "id": NONEMPTY}

NEW_LIST = Record(LIST_NEEDS, LIST_MAY)
OLD_LIST = Record(LIST_NEEDS, {**LIST_MAY, **REPLACING})
NEW_ITEM = Record({**ITEM_NEEDS, "list_id": NONEMPTY}, ITEM_MAY)
OLD_ITEM = Record(ITEM_NEEDS, {**ITEM_MAY, **REPLACING, "list_id": NONEMPTY})
HELD: Final[Mapping[str, Record]] = {
    "CreateExceptionList": NEW_LIST,
    "UpdateExceptionList": OLD_LIST,
    "CreateExceptionListItem": NEW_ITEM,
    "UpdateExceptionListItem": OLD_ITEM,
}
"""By the vendor's name of the operation."""

OPERATORS = Word(("excluded", "included"))
_ENTRY: Final[Mapping[str, Kind]] = {"type": Text(), "field": NONEMPTY, "operator": OPERATORS}
ENTRIES: Final[Mapping[str, Record]] = {
    "match": Record({**_ENTRY, "value": NONEMPTY}, {}),
    "match_any": Record({**_ENTRY, "value": Several(NONEMPTY, 1)}, {}),
    "wildcard": Record({**_ENTRY, "value": NONEMPTY}, {}),
    "exists": Record(_ENTRY, {}),
    "list": Record({**_ENTRY, "list": Record({"id": NONEMPTY, "type": Text()}, {})}, {}),
    "nested": Record({"type": Text(), "field": NONEMPTY, "entries": Several(Anything(), 1)}, {}),
}
"""What an entry of an item holds, by its type."""
