"""Detection rules as the file Kibana imports: one rule a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from huntline.model.artifact import Artifact
from huntline.model.pack import Pack
from huntline_elastic.artifact import marked

MOST_RULES, MOST_CHARACTERS = 10_000, 9_500_000  # of one import: 10,000 rules and 10 MB


def package(artifacts: Sequence[Artifact], pack: Pack) -> Mapping[str, str]:  # noqa: ARG001 (each rule names its pack)
    """Return `rules.ndjson`; what is beyond the limits of an import in `rules-2.ndjson` and on."""
    lines = [f"{json.dumps(marked(one), sort_keys=True)}\n" for one in sorted(artifacts, key=lambda one: one.key)]
    return {
        "rules.ndjson" if number == 1 else f"rules-{number}.ndjson": "".join(some)
        for number, some in enumerate(_split(lines), 1)
    }


def _split(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    held: list[str] = []
    size = 0
    for one in lines:
        if held and (len(held) == MOST_RULES or size + len(one) > MOST_CHARACTERS):
            yield held
            held, size = [], 0
        held.append(one)
        size += len(one)
    if held:
        yield held
