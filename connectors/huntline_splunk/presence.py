"""Which scopes a deployment holds data of: two searches for all of them, since rules are planned for many tenants at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from huntline.errors import Terminal, Unauthenticated
from huntline.model.window import Window
from huntline.translate.translator import Bound
from huntline_splunk.artifact import definition_of
from huntline_splunk.census import events_of
from huntline_splunk.client import Client
from huntline_splunk.ground import models, terms_of
from huntline_splunk.literals import text
from huntline_splunk.pages import utc_now
from huntline_splunk.rows import EPOCH
from huntline_splunk.space import Place, listed
from huntline_splunk.table import Tables

LATELY = timedelta(days=30)  # in which a data model has to hold something: it is searched, not looked up
EVER = Window(EPOCH, datetime(2100, 1, 1, tzinfo=UTC))


def absent(macros: Place, bounds: Sequence[Bound]) -> dict[str, str]:
    """Return the scopes of which nothing is there or may be read, each with why. What nobody tells is not absent.

    Indexes are asked by what is indexed, of all times; data models by the first event of the last days, and so are macros
    that somebody made lead elsewhere.
    """
    client, now = macros.client, utc_now().replace(microsecond=0)
    known, lately = models(client), Window(now - LATELY, now)
    gone = {one.store.scope.name: model for one in bounds if known and (model := _model(one)) and model not in known}
    there = [one for one in bounds if one.store.scope.name not in gone]
    empty = [
        *_empty(client, [one for one in there if not _model(one)], EVER, _counted),
        *_empty(client, [one for one in there if _model(one)], lately, _first),
    ]
    moved = _moved(macros, empty)
    still = [*(one for one in empty if one not in moved), *_empty(client, moved, lately, _by_macro)]
    return {name: f"there is no data model {model}" for name, model in gone.items()} | {
        one.store.scope.name: _why(one) for one in still
    }


def _moved(macros: Place, bounds: Sequence[Bound]) -> list[Bound]:
    """Return those whose macro stands in the app and says something else than we would."""
    if not bounds:
        return []
    told = {one.name: one.content.get("definition") for one in listed(macros) if one.app == macros.app and one.shared}
    return [one for one in bounds if told.get(one.native("macro"), definition_of(one)) != definition_of(one)]


def _empty(client: Client, bounds: Sequence[Bound], window: Window, one_row: Callable[[Bound], str]) -> Iterator[Bound]:
    """Yield those that a search which goes through finds nothing of; one that does not go through says nothing."""
    if not bounds:
        return
    first, *others = (f"{one_row(one)} | eval scope={text(one.store.scope.name)}" for one in bounds)
    asked = "".join((first, *(f" | append [{one}]" for one in others)))
    try:
        counts = {str(row["scope"]): int(float(row["count"])) for row in Tables(client).rows(asked, window)}
    except Unauthenticated:
        raise
    except Terminal:
        return
    yield from (one for one in bounds if counts.get(one.store.scope.name) == 0)


def _counted(bound: Bound) -> str:
    terms = terms_of(bound)
    return f"| tstats count where {terms}" if terms else _first(bound)


def _first(bound: Bound) -> str:
    """Find one event and stop."""
    return f"{events_of(bound)} | head 1 | stats count"


def _by_macro(bound: Bound) -> str:
    return f"{'|' if _model(bound) else 'search'} `{bound.native('macro')}` | head 1 | stats count"


def _why(bound: Bound) -> str:
    if _model(bound):
        return f"data model {_model(bound)} held nothing in the last {LATELY.days} days"
    return f"nothing is stored under {bound.native('search')}, or may be read"


def _model(bound: Bound) -> str:
    return bound.native("datamodel").partition(".")[0]
