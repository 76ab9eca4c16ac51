"""Detection rules as the file Kibana imports, and the lists they read as the file Elasticsearch takes: one object a line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from huntline.model.artifact import Artifact
from huntline.translate.batches import batches
from huntline_elastic import indicators
from huntline_elastic.artifact import KIND, marked

MOST_RULES, MOST_CHARACTERS = 10_000, 9_500_000  # of one import: 10,000 rules and 10 MB


def package(artifacts: Sequence[Artifact]) -> Mapping[str, str]:
    """Return `rules.ndjson`, all disabled: a first rollout looks before it alerts; what is beyond the limits of an import in
    `rules-2.ndjson` and on.

    The lists that rules read are in `indicators.ndjson`, the body of a `_bulk` request, and the mappings of their index in
    `indicators.mapping.json`: by itself Elasticsearch would map labels and hashes as text, which matches otherwise.
    """
    made = sorted(artifacts, key=lambda one: one.key)
    lines = [f"{json.dumps(marked(one, on=False), sort_keys=True)}\n" for one in made if one.kind == KIND]
    files = batches("rules.ndjson", lines, len, most=MOST_RULES, longest=MOST_CHARACTERS)
    return {name: "".join(some) for name, some in files} | _lists([one for one in made if one.kind == indicators.KIND])


def _lists(lists: Sequence[Artifact]) -> dict[str, str]:
    if not lists:
        return {}
    lines = [
        _line({"index": {"_index": one.body["index"], "_id": name}}) + _line(document)
        for one in lists
        for name, document in indicators.documents(one, one.body, on=False).items()
    ]
    mappings = json.dumps({"mappings": indicators.MAPPINGS}, indent=1, sort_keys=True) + "\n"
    return {"indicators.mapping.json": mappings, "indicators.ndjson": "".join(lines)}


def _line(value: object) -> str:
    return f"{json.dumps(value, sort_keys=True)}\n"
