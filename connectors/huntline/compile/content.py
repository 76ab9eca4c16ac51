"""What compile leaves to be read, reviewed and imported: one file per query, the platform's packages, what is supported."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version

from huntline.compile.outcomes import Outcome
from huntline.compile.support import support
from huntline.model.artifact import Artifact
from huntline.model.pack import Detection, Pack
from huntline.model.query import Query, Refused, Rule
from huntline.ports import Renderer

MANIFEST = "manifest.json"


def content(
    pack: Pack, platform: str, found: Sequence[Outcome], renderer: Renderer, tools: Sequence[str]
) -> dict[str, str]:
    """Return file -> text, sorted and byte-stable; `tools` are the distributions whose versions the manifest names."""
    files = dict(_queries(pack, found, renderer))
    files |= renderer.package(_artifacts(pack, found, renderer), pack=pack)
    files["SUPPORT.md"] = support(pack, platform, found)
    versions = {name: version(name) for name in sorted({"huntline", *tools})}
    told = {"pack": {"id": pack.id, "hash": pack.hash}, "platform": platform, "tools": versions}
    return dict(sorted(with_manifest(files, told).items()))


def with_manifest(files: Mapping[str, str], told: Mapping[str, object]) -> dict[str, str]:
    """Add the manifest that the writer needs: what is told of the files, their names and hashes."""
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in sorted(files.items())}
    return {**files, MANIFEST: json.dumps({**told, "files": hashes}, indent=1, ensure_ascii=False) + "\n"}


def file_names(detections: Sequence[Detection]) -> Mapping[str, str]:
    """Return a name for the files of each detection, by its id: the stem of its own file, told apart where two share it."""
    stems = {
        one.id: re.sub(r"[^A-Za-z0-9_.-]", "_", one.file.rpartition("/")[2].rpartition(".")[0]) for one in detections
    }
    shared = {stem for stem, count in Counter(stems.values()).items() if count > 1}
    safe = {one.id: re.sub(r"[^A-Za-z0-9_.-]", "_", one.id) for one in detections}
    return {key: f"{stem}-{safe[key]}" if stem in shared else stem for key, stem in stems.items()}


def _queries(pack: Pack, found: Sequence[Outcome], renderer: Renderer) -> Iterator[tuple[str, str]]:
    names = file_names(pack.detections)
    for one in found:
        for folder, query in (("rules", one.rule), ("hunts", one.hunt)):
            if query is not None and not isinstance(query, Refused):
                ending, text = renderer.text(query, _heading(pack, one, query))
                yield f"{folder}/{one.scope.name}/{names[one.detection.id]}{ending}", text


def _heading(pack: Pack, one: Outcome, query: Rule | Query) -> list[str]:
    """Say where a text comes from and what it may be trusted with."""
    detection = one.detection
    kind = "rule, exact" if isinstance(query, Rule) else f"hunt, {_fit(query)}"
    reads = [f"{read.field} ({', '.join(read.sigma)})" if read.sigma else read.field for read in query.reads]
    return [
        detection.title,
        f"Sigma rule {detection.id}, {detection.file}, level {detection.level}, of the pack {pack.id}",
        f"{one.scope.title}: {query.logsource}; {kind}",
        f"Reads {', '.join(reads) or 'no field'}",
        f"Made by huntline compile; hash {query.hash[:16]}",
    ]


def _fit(query: Query) -> str:
    blind = f"in part: blind in what rests on {', '.join(query.lacks)}" if query.lacks else ""
    return blind or ("exact" if query.exact else "finds more, never less")


def _artifacts(pack: Pack, found: Sequence[Outcome], renderer: Renderer) -> list[Artifact]:
    return [
        artifact
        for one in found
        if isinstance(one.rule, Rule)
        for artifact in renderer.artifacts(one.detection, one.rule, pack=pack.id)
    ]
