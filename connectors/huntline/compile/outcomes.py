"""Every detection of a pack on every scope of a platform: what hunts, what alerts, or the reason why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from huntline.model.pack import Detection
from huntline.model.query import Query, Refused, Rule
from huntline.model.scope import Binding, Scope
from huntline.ports import Compiler, Renderer

Word: TypeAlias = Literal["exact", "superset", "in part", "refused", "not served", "-"]
Tally: TypeAlias = Mapping[Word, int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One detection on one scope. None: the scope serves no search of that form."""

    detection: Detection
    scope: Scope
    rule: Rule | Refused | None
    hunt: Query | Refused | None

    @property
    def served(self) -> bool:
        """Whether the scope holds the detection's log source at all."""
        return any(one is not None and not _unserved(one) for one in (self.rule, self.hunt))


def outcomes(
    detections: Sequence[Detection], scopes: Sequence[Scope], compiler: Compiler, renderer: Renderer
) -> Iterator[Outcome]:
    """Compile everything, by detection in the order given, then by scope."""
    binding = {scope.name: Binding(scope.name, {}, {}) for scope in scopes}
    for detection in detections:
        for scope in scopes:
            rules = "rule" in scope.serves
            hunts = "hunt" in scope.serves
            yield Outcome(
                detection,
                scope,
                renderer.rule(detection, scope, binding[scope.name]) if rules else None,
                compiler.compile(detection, scope, binding[scope.name]) if hunts else None,
            )


def word(one: Rule | Query | Refused | None) -> Word:
    """Say in a word what became of a detection on a scope."""
    match one:
        case None:
            return "-"
        case Refused():
            return "not served" if _unserved(one) else "refused"
        case Query(lacks=(_, *_)):
            return "in part"
        case Query(exact=False):
            return "superset"
        case _:
            return "exact"


def tallies(found: Sequence[Outcome]) -> Iterator[tuple[Scope, Tally, Tally]]:
    """Count scope by scope what became of the rules and of the hunts it serves, in the order the scopes come."""
    for scope in {one.scope.name: one.scope for one in found}.values():
        here = [one for one in found if one.scope.name == scope.name and one.served]
        yield scope, _tally([word(one.rule) for one in here]), _tally([word(one.hunt) for one in here])


def _tally(words: Sequence[Word]) -> Tally:
    return {known: words.count(known) for known in get_args(Word) if known in words and known != "-"}


def _unserved(one: Rule | Query | Refused) -> bool:
    return isinstance(one, Refused) and one.code == "not_served"
