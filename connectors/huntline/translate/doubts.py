"""A platform package's doubts as data: facts it relies on that nobody has proved."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from huntline.documents import one_document
from huntline.model.doubt import Doubt

FILE = "doubts.yml"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    words: str = Field(min_length=1)
    kind: Literal["memory", "inferred"]
    matters_to: Literal["hunt", "rules"]
    checkable: bool


@cache
def doubts_of(package: str) -> Sequence[Doubt]:
    """Return the doubts of a package in its own order, none where it keeps none. Raises ValidationError for a wrong file."""
    with resources.as_file(resources.files(package) / FILE) as path:
        entries = one_document(path).data if path.is_file() else []
    return tuple(Doubt(**_Entry.model_validate(entry).model_dump()) for entry in entries)
