"""A native object as we want it on a platform: a saved search, a detection rule, an analytics rule, a list."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from huntline.model.jsonable import dumps
from huntline.model.mark import Mark
from huntline.model.pack import Json


@dataclass(frozen=True, slots=True)
class Artifact:
    """`body` holds the fields we manage, without the mark, and without whether it is switched on.

    `needs`: keys of what must be there first.
    """

    key: str  # see key_of
    kind: str
    remote_id: str  # deterministic: made from the key alone
    name: str  # as people see it there
    body: Mapping[str, Json]
    needs: tuple[str, ...] = ()

    @property
    def hash(self) -> str:
        """Digest of what we manage: tells whether somebody changed it, or we did."""
        return hashlib.sha256(dumps([self.kind, self.remote_id, self.body]).encode()).hexdigest()

    @property
    def mark(self) -> Mark:
        """What the stored object bears beside its fields, so that it is known for ours."""
        return Mark(self.key, self.hash[:16])


def key_of(pack: str, *steps: str) -> str:
    """Return what an object is of, for ever: the pack, the detection, the scope; one word, as a mark takes it."""
    return re.sub(r"\s", "_", "/".join((pack, *steps)))
