"""A fact a platform's package relies on without proof, known from memory or inferred."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Doubt:
    """`checkable`: a probe can settle it on a real platform, by a finding of its name."""

    id: str
    words: str
    kind: Literal["memory", "inferred"]
    matters_to: Literal["hunt", "rules"]
    checkable: bool
