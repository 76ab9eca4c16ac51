"""The ids of what we write: made of an object's key alone, so that the same object is found again for ever."""

from __future__ import annotations

from uuid import UUID, uuid5

OURS = UUID("0d0a4f5e-3f43-5d57-8f0e-6a3c1b7e9d24")
"""The namespace of our ids: never to change, or every rule out there is foreign."""


def id_of(key: str) -> str:
    return str(uuid5(OURS, key))
