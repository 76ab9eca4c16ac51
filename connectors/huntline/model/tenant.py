"""Whose data is hunted: one environment on one platform, owned by a customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Tenant:
    """`settings` go to the platform as they are; secrets in them are references, never values.

    `file` and `lines` (dotted key of a setting -> 1-based line) say where they were written; "" and none for those of
    a command line.
    """

    name: str
    customer: str
    platform: str
    settings: Mapping[str, object]
    file: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)
