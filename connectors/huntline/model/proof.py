"""A query set before labelled events on a platform, so that its owner can see it decide them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Proof:
    """`setup`: what must be sent first, in order (none where the query carries its events); `query` answers with `proof_id`."""

    setup: tuple[str, ...]
    query: str
