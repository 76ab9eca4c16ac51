"""A native object as we want it on a platform: a saved search, a detection rule, an analytics rule, a list."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from huntline.model.jsonable import dumps
from huntline.model.pack import Json


@dataclass(frozen=True, slots=True)
class Artifact:
    """`body` holds the fields we manage, without the mark. `needs`: keys of what must be there first."""

    key: str  # pack/detection/scope: what it is of, for ever
    kind: str
    remote_id: str  # deterministic: made from the key alone
    body: Mapping[str, Json]
    needs: tuple[str, ...] = ()

    @property
    def hash(self) -> str:
        """Digest of what we manage: tells whether somebody changed it, or we did."""
        return hashlib.sha256(dumps([self.kind, self.remote_id, self.body]).encode()).hexdigest()

    @property
    def mark(self) -> str:
        """What the stored object bears beside its fields, so that it is known for ours: key and content hash."""
        return f"huntline:{self.key}:{self.hash[:16]}"
