"""What a platform says of its query language, so that detections can be written in it."""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias

from huntline.model.predicate import Predicate, Test
from huntline.translate.loosen import Short
from huntline.translate.translator import Bound

Form: TypeAlias = Literal["rule", "hunt", "job"]


class Language(Protocol):
    """Pure; `bound` gives names, fields and types."""

    @property
    def types(self) -> tuple[str, ...]:
        """The types a field may have."""
        ...

    @property
    def longest(self) -> int:
        """Characters a hunting text may have."""
        ...

    def short(self, test: Test, bound: Bound, form: Form) -> Short | None:
        """Return what the language cannot say of a test in a search of this form, None where it says it exactly."""
        ...

    def condition(self, predicate: Predicate, bound: Bound, form: Form) -> str:
        """Write a predicate that `short` has nothing against, or that was loosened; TRUE and FALSE too."""
        ...

    def hunt(self, predicate: Predicate, bound: Bound, form: Form) -> str:
        """Write the search for all events of the store for which the predicate holds, without a window."""
        ...

    def rule(self, population: Predicate, predicate: Predicate, bound: Bound) -> str:
        """Write the search a rule runs, exact. Raises Lost for what cannot be said."""
        ...
