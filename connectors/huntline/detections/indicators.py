"""Indicator files of a pack: values with where they come from and what they are fit for, and selections of them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from huntline.detections.inside import broken, read_inside
from huntline.documents import Document
from huntline.errors import PackError

Kind: TypeAlias = Literal[
    "", "domain", "url", "ipv4", "sha256", "sha1", "md5", "path", "file-name", "user-agent", "cookie", "header"
]
Advice: TypeAlias = Literal["", "block", "alert", "hunt-only", "context"]
HEX = {"sha256": 64, "sha1": 40, "md5": 32}


@dataclass(frozen=True, slots=True)
class Indicator:
    """One value. `advice`: `context` means nothing by itself, its note says with what; "" where nobody graded it."""

    value: str
    kind: str = ""
    platform: str = ""
    stage: str = ""
    role: str = ""
    confidence: str = ""
    advice: str = ""
    sources: tuple[str, ...] = ()
    note: str = ""
    updated: date | None = None  # the day its file last changed


@dataclass(frozen=True, slots=True)
class Source:
    """Who published: `url` is "" where there is none to give."""

    title: str
    url: str = ""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Selection(_Strict):
    """A list of pack.yml: a file, and which of its indicators; each key of `where` narrows, its values widen."""

    file: str
    where: dict[Literal["kind", "platform", "stage", "role", "confidence", "advice"], tuple[str, ...]] = {}

    @model_validator(mode="before")
    @classmethod
    def _plain_file_too(cls, data: Any) -> Any:
        return {"file": data} if isinstance(data, str) else data

    @field_validator("where", mode="before")
    @classmethod
    def _plain_text_too(cls, where: Any) -> Any:
        if not isinstance(where, dict):
            return where
        return {key: (value,) if isinstance(value, str) else value for key, value in where.items()}


class _Entry(_Strict):
    value: str = Field(pattern=r"\S")
    kind: Kind = ""
    platform: str = ""
    stage: str = ""
    role: str = ""
    confidence: str = ""
    advice: Advice = ""
    sources: list[str] = []
    note: str = ""

    @model_validator(mode="after")
    def _is_of_its_kind(self) -> _Entry:
        if not self.value.isprintable():
            raise PydanticCustomError("text", "holds a character that cannot be printed")
        if not _LIKE.get(self.kind, bool)(self.value):
            raise PydanticCustomError("kind", "is no {kind}: {value}", {"kind": self.kind, "value": self.value})
        return self


class _File(_Strict):
    description: str = ""
    updated: date | None = None
    values: list[_Entry] = Field(min_length=1)

    @field_validator("values", mode="before")
    @classmethod
    def _plain_text_too(cls, values: Any) -> Any:
        if not isinstance(values, list):
            return values
        return [one if isinstance(one, dict) else {"value": one} for one in values]


class _Named(_Strict):
    name: str = Field(min_length=1)
    title: str
    url: str = Field("", pattern=r"^(https?://\S+)?$")


class _Sources(_Strict):
    description: str = ""
    values: list[_Named] = Field(min_length=1)


_Checked = TypeVar("_Checked", bound=_Strict)


def read_indicators(pack: Path, file: str, *, sources: Mapping[str, Source] | None) -> tuple[Indicator, ...]:
    """Return the indicators of a file in its order; `sources`: the only ones they may name, None for any.

    Raises PackError with file, line and key.
    """
    document, checked = _read(pack, file, _File)
    _refuse_twice(file, document, [entry.value.lower() for entry in checked.values])
    for at, entry in enumerate(checked.values):
        unknown = [name for name in entry.sources if sources is not None and name not in sources]
        if unknown:
            raise broken(file, document, ("values", at, "sources"), f"the source {unknown[0]!r} is not in the pack")
    return tuple(
        Indicator(**{**entry.model_dump(), "sources": tuple(entry.sources)}, updated=checked.updated)
        for entry in checked.values
    )


def read_sources(pack: Path, file: str) -> Mapping[str, Source]:
    """Return name -> source. Raises PackError with file, line and key."""
    document, checked = _read(pack, file, _Sources)
    _refuse_twice(file, document, [one.name for one in checked.values])
    return {one.name: Source(one.title, one.url) for one in checked.values}


def selected(
    indicators: Sequence[Indicator], where: Mapping[Any, Sequence[str]]
) -> tuple[tuple[Indicator, ...], str, str]:
    """Return what `where` selects, and key and words of what is wrong with it ("" where nothing is).

    A value that no indicator of the file has, but for advice, is a slip of the pen: the list would be short unseen.
    """
    for key, values in where.items():
        known = set(get_args(Advice)) if key == "advice" else {getattr(one, key) for one in indicators}
        for value in values:
            if value not in known:
                return (), key, f"no indicator has the {key} {value!r}; there are: {', '.join(sorted(known - {''}))}"
    chosen = tuple(one for one in indicators if all(getattr(one, key) in values for key, values in where.items()))
    return chosen, "", "" if chosen else "selects nothing"


def _read(pack: Path, file: str, shape: type[_Checked]) -> tuple[Document, _Checked]:
    advice = "name it relative to pack.yml"
    outside = PackError("an indicator list lies inside its pack", file=file, advice=advice)
    return read_inside(pack, file, shape, outside=outside, mend="mend the list")


def _refuse_twice(file: str, document: Document, texts: Sequence[str]) -> None:
    seen = set[str]()
    for at, text in enumerate(texts):
        if text in seen:
            raise broken(file, document, ("values", at), f"{text!r} is there twice", advice="keep one of them")
        seen.add(text)


def _hex(length: int) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(rf"[0-9a-fA-F]{{{length}}}", value) is not None


def _ipv4(value: str) -> bool:
    try:
        ipaddress.IPv4Address(value)
    except ValueError:
        return False
    return True


_LABEL = r"[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?"
_LIKE: Mapping[str, Callable[[str], bool]] = {
    **{kind: _hex(length) for kind, length in HEX.items()},
    "domain": lambda value: re.fullmatch(rf"{_LABEL}(\.{_LABEL})+", value) is not None,
    "ipv4": _ipv4,
    "header": lambda value: re.fullmatch(r"[A-Za-z0-9-]+: \S.*", value) is not None,
    "url": lambda value: re.fullmatch(r"(https?://)?[^\s/:]+(:\d+)?/\S*", value) is not None,
}
