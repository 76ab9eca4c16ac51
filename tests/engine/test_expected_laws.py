"""Laws of counting what rules would have matched: all of it, or a word about what is lacking, for each rule its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from engine.dummy import SCOPE, DummyHunter, Event, Store
from engine.platform import dummy_platform, pack_of
from huntline.crew import Line, work
from huntline.fleet.expected import counting
from huntline.fleet.hunt import Shelf
from huntline.model.plan import Expected
from huntline.model.scope import Binding, Scope
from huntline.model.search import Part
from huntline.model.tenant import Tenant
from huntline.model.window import Window
from huntline.ports import Secrets

TODAY = date(2023, 4, 1)
OTHER = replace(SCOPE, name="other", title="Another table")


class Torn(DummyHunter):
    """Holds nothing of the other table that anybody could read."""

    def reach(self, scopes: Sequence[Scope], binding: Mapping[str, Binding], wanted: Window) -> Sequence[Part]:
        (good,) = DummyHunter.reach(self, scopes, binding, wanted)
        bad = replace(
            good, key="2", place="2", title="Other", scopes=(OTHER.name,), state="denied", words="not for you"
        )
        return (good, bad)


def test_a_rule_is_counted_by_day_over_seven_and_thirty_whole_days() -> None:
    """Today is not over: its events would make every rule look quieter."""
    days = (-31, -30, -8, -7, -1, 0)

    assert Expected(2, 4) == counted(Store(_events(*days)), DummyHunter)["p/evil/table"]


def test_what_is_lacking_of_one_scope_is_said_of_its_rules_alone() -> None:
    """Said of all, it would make nobody read it."""
    found = counted(Store(_events(-1)), Torn)

    assert (Expected(1, 1), Expected(0, 0, "Other: not for you")) == (found["p/evil/table"], found["p/evil/other"])


def counted(store: Store, kind: type[DummyHunter]) -> Mapping[str, Expected]:
    """Count as the command does, of a tenant with two tables."""

    def hunter(_settings: object, _secrets: Secrets) -> DummyHunter:
        return kind(store)

    platform = replace(dummy_platform(store), scopes=lambda _: (SCOPE, OTHER), hunter=hunter)
    course = counting(
        Tenant("t", "c", "dummy", {}), platform, pack_of(store, "evil"), shelf=Shelf(), today=TODAY, tell=lambda _: None
    )
    ((_, end),) = work([Line("t", course, 1)], threads=1)
    assert not isinstance(end, Exception), end
    return end


def _events(*days: int) -> tuple[Event, ...]:
    noon = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)
    return tuple(Event(str(day), noon + timedelta(days=day), "evil") for day in days)
