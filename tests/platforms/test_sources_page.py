"""The page of sources says what the source files say; HUNTLINE_REWRITE=1 writes it anew."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from conformance.languages.labelled import PLATFORMS
from huntline.translate.sources import Source, sources_of

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sources.md"
HEAD = """# Sources of the SIEM platforms

Made from `connectors/huntline_<platform>/sources/`, where each file says where its names come from. A source that shows
another's events again is hunted only where the other is not there. Clock: what windows go by; id: what names an event.
The archive's sources are on [their own page](archive.md).
"""


def test_the_page_is_what_the_files_say() -> None:
    """An engineer looks here for the names a tenant may set."""
    wanted = "\n".join([HEAD, *(line for platform in PLATFORMS for line in _platform(platform))])
    if os.environ.get("HUNTLINE_REWRITE"):
        PAGE.write_text(wanted, encoding="utf-8")

    assert wanted == PAGE.read_text(encoding="utf-8")


def _platform(platform: str) -> Iterator[str]:
    yield f"## {platform.capitalize()}\n"
    for source in sources_of(f"huntline_{platform}"):
        yield f"### {source.name}: {source.title}\n"
        yield from _facts(source)
        yield "| scope | serves | Sigma log sources |\n|---|---|---|"
        for store in source.stores:
            served = ", ".join(sorted(str(one).replace("*", "\\*") for one in store.scope.logsources))
            yield f"| {store.scope.name}: {store.scope.title} | {', '.join(sorted(store.scope.serves))} | {served} |"
        yield ""


def _facts(source: Source) -> Iterator[str]:
    names = ", ".join(f"`{name}` ({usual})" for name, usual in source.names.items()) or "none"
    shows = f" Shows events of {source.represents} again." if source.represents else ""
    yield f"Clock `{source.time}`, id {', '.join(f'`{one}`' for one in source.id)}. Names: {names}.{shows}\n"
