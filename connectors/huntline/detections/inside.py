"""Read a file that pack.yml names: it lies inside the pack, and every fault has file, line and key."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from huntline.documents import Document, NoDocument, first_error, one_document
from huntline.errors import PackError

PAGE = "see docs/reference/pack.md"

_Shape = TypeVar("_Shape", bound=BaseModel)


def read_inside(
    pack: Path, file: str, shape: type[_Shape], *, outside: PackError, mend: str
) -> tuple[Document, _Shape]:
    """Return a file's document and its content. Raises `outside` for a place that is not the pack's, else PackError.

    `mend`: the advice for what is no document at all.
    """
    if PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts or "\0" in file:
        raise outside
    return read_checked(pack / file, file, shape, mend=mend)


def read_checked(path: Path, file: str, shape: type[_Shape], *, mend: str) -> tuple[Document, _Shape]:
    """Return the document at a path and its content; `file` is what errors call it. Raises PackError."""
    try:
        document = one_document(path)
        return document, shape.model_validate(document.data)
    except NoDocument as error:
        raise PackError(error.problem, file=file, line=error.line, advice=mend) from error
    except ValidationError as error:
        raise broken(file, document, *first_error(error.errors())) from error


def broken(file: str, document: Document, place: tuple[str | int, ...], words: str, *, advice: str = PAGE) -> PackError:
    """Return the error of a place in a document."""
    key, line = ".".join(map(str, place)), document.line(*place)
    return PackError(words, file=file, line=line, key=key, advice=advice)
