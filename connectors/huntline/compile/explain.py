"""Tell of one detection what each scope makes of it: fields, refusals, texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from huntline.compile.outcomes import Outcome, word
from huntline.errors import UserError
from huntline.model.pack import Detection, Pack
from huntline.model.query import Query, Refused, Rule
from huntline.ports import Renderer


def detection_named(pack: Pack, name: str) -> Detection:
    """Return the detection with this id, title or file stem. Raises UserError."""
    for one in pack.detections:
        if name in (one.id, one.title, one.file, one.file.rpartition("/")[2].rpartition(".")[0]):
            return one
    raise UserError(f"the pack {pack.id} has no detection {name!r}", advice="name its id, its title or its file's stem")


def explained(found: Sequence[Outcome], renderer: Renderer) -> Iterator[str]:
    """Yield lines, scope by scope; scopes that do not hold the log source are named last."""
    for one in found:
        if one.served:
            yield f"== {one.scope.name}: {one.scope.title}"
            yield from _form("rule", one.rule, renderer)
            yield from _form("hunt", one.hunt, renderer)
            yield ""
    silent = [one.scope.name for one in found if not one.served]
    if silent:
        yield f"not served by: {', '.join(silent)}"


def _form(name: str, one: Rule | Query | Refused | None, renderer: Renderer) -> Iterator[str]:
    match one:
        case None:
            return
        case Refused(code=code, file=file, line=line, construct=construct):
            yield f"-- {name}: {word(one)} ({code}) {construct} [{file}:{line}]"
        case _:
            yield f"-- {name}: {word(one)}"
            for read in one.reads:
                yield f"   {', '.join(read.sigma) or '(added)'} -> {read.field}"
            yield from renderer.text(one, ())[1].rstrip("\n").splitlines()
