"""What people decided about fields that were changed on a platform: keep, overwrite, or let be."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from sqlalchemy import Connection, select

from huntline.ledger.schema import CHOICES
from huntline.ledger.upsert import upsert
from huntline.model.jsonable import dumps, moment_text
from huntline.model.pack import Json

Word: TypeAlias = Literal["adopt", "overwrite", "ignore"]


@dataclass(frozen=True, slots=True)
class Choice:
    """`path` of a field, "state" for whether it is on, "" for the object as a whole; `value`: what stood there then.

    adopt: that value is what we want there from now on. overwrite: that value may be replaced; another one may not.
    ignore: whatever stands there is the customer's.
    """

    kind: str
    remote_id: str
    path: str
    word: Word
    value: Json
    who: str


Choices: TypeAlias = Mapping[tuple[str, str, str], Choice]  # by kind, remote id, path


def choices_of(connection: Connection, tenant: str) -> Choices:
    rows = connection.execute(select(CHOICES).where(CHOICES.c.tenant == tenant)).mappings()
    return {
        (row["kind"], row["remote_id"], row["path"]): Choice(
            row["kind"], row["remote_id"], row["path"], row["choice"], json.loads(row["value"]), row["who"]
        )
        for row in rows
    }


def choose(connection: Connection, tenant: str, choices: Sequence[Choice]) -> None:
    """Write choices down, each in place of an earlier one about the same field."""
    now = moment_text(datetime.now(UTC))
    rows = [
        {
            "tenant": tenant,
            "kind": one.kind,
            "remote_id": one.remote_id,
            "path": one.path,
            "choice": one.word,
            "value": dumps(one.value),
            "who": one.who,
            "at": now,
        }
        for one in choices
    ]
    upsert(connection, CHOICES, rows, keep=frozenset())
