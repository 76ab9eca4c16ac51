"""Detection rules as the file Kibana imports: one rule a line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from huntline.model.artifact import Artifact
from huntline.model.pack import Pack
from huntline.translate.batches import batches
from huntline_elastic.artifact import marked

MOST_RULES, MOST_CHARACTERS = 10_000, 9_500_000  # of one import: 10,000 rules and 10 MB


def package(artifacts: Sequence[Artifact], pack: Pack) -> Mapping[str, str]:  # noqa: ARG001 (each rule names its pack)
    """Return `rules.ndjson`, all disabled; what is beyond the limits of an import in `rules-2.ndjson` and on."""
    lines = [
        f"{json.dumps(marked(one, on=False), sort_keys=True)}\n" for one in sorted(artifacts, key=lambda one: one.key)
    ]
    files = batches("rules.ndjson", lines, len, most=MOST_RULES, longest=MOST_CHARACTERS)
    return {name: "".join(some) for name, some in files}
