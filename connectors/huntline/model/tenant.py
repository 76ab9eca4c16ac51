"""Whose data is hunted: one environment on one platform, owned by a customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tenant:
    """`settings` go to the platform as they are; secrets in them are references, never values."""

    name: str
    customer: str
    platform: str
    settings: Mapping[str, object]
