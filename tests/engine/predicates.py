"""Predicates for Hypothesis, composed of the tests a law is about."""

from __future__ import annotations

from hypothesis import strategies as st

from huntline.model.predicate import Every, Never, Predicate, Some


def composed(tests: st.SearchStrategy[Predicate]) -> st.SearchStrategy[Predicate]:
    """Return trees of up to six tests, none of their joints empty."""
    return st.recursive(
        tests,
        lambda parts: st.one_of(
            st.lists(parts, min_size=1, max_size=3).map(lambda of: Every(tuple(of))),
            st.lists(parts, min_size=1, max_size=3).map(lambda of: Some(tuple(of))),
            parts.map(Never),
        ),
        max_leaves=6,
    )
