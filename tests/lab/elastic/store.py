"""All indices of a cluster and of the clusters behind it; changes while searches run."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from lab.elastic.documents import Document, Field, Index, Tier, index

Tiering = Callable[[str], Tier]  # a month such as 2023-03 -> its tier


class Store:
    """Indices by cluster and base name; what a search has taken it keeps, whatever changes meanwhile."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._indices: dict[tuple[str, str], Index] = {}
        self._generations: dict[tuple[str, str], int] = defaultdict(int)

    def add(
        self,
        stream: str,
        mapping: Mapping[str, Field],
        documents: Iterable[Document],
        *,
        tier: Tiering = lambda _: "hot",
        cluster: str = "",
        mappings: Mapping[str, Mapping[str, Field]] | None = None,
    ) -> None:
        """Add documents to a data stream, a backing index for each month of arrival: late events sit in newer ones (2.3).

        `mappings` gives months a mapping of their own; documents must have been made for it.
        """
        months: dict[str, list[Document]] = defaultdict(list)
        for one in documents:
            months[f"{datetime.fromtimestamp(one.ingested // 1000, UTC):%Y-%m}"].append(one)
        for month, inside in sorted(months.items()):
            made = (mappings or {}).get(month, mapping)
            self._put(stream, month, index("", stream, made, inside, tier=tier(month)), cluster)

    def ingest(self, stream: str, documents: Iterable[Document], *, cluster: str = "") -> None:
        """Add documents to the newest backing index of a stream, as arriving data does."""
        with self._lock:
            newest = max(one.base for one in self._indices.values() if (one.stream, one.cluster) == (stream, cluster))
            old = self._indices[cluster, newest]
            made = index(newest, stream, old.mapping, (*old.documents, *documents), tier=old.tier)
            self._indices[cluster, newest] = replace(made, cluster=cluster)

    def hold(self, made: Index) -> None:
        """Keep a plain index as it is now, in place of what it was."""
        with self._lock:
            self._indices[made.cluster, made.base] = made

    def delete(self, pattern: str, *, cluster: str = "") -> None:
        """Delete backing indices by the pattern of their base name, as ILM's delete phase does."""
        with self._lock:
            gone = [place for place in self._indices if place[0] == cluster and fnmatchcase(place[1], pattern)]
            for place in gone:
                del self._indices[place]

    def move(self, pattern: str, tier: Tier, *, cluster: str = "") -> None:
        """Move backing indices to another tier; from cold on their names change."""
        with self._lock:
            for place, one in self._indices.items():
                if place[0] == cluster and fnmatchcase(place[1], pattern):
                    self._indices[place] = replace(one, tier=tier)

    def indices(self, cluster: str = "") -> tuple[Index, ...]:
        """Return a cluster's indices, oldest first within a stream."""
        with self._lock:
            return tuple(one for place, one in sorted(self._indices.items()) if place[0] == cluster)

    def generation(self, stream: str, cluster: str = "") -> int:
        """Return how many backing indices a stream ever had; more than it has now means some were deleted."""
        return self._generations[cluster, stream]

    def _put(self, stream: str, month: str, made: Index, cluster: str) -> None:
        with self._lock:
            self._generations[cluster, stream] += 1
            base = f".ds-{stream}-{month.replace('-', '.')}.01-{self._generations[cluster, stream]:06}"
            self._indices[cluster, base] = replace(made, base=base, cluster=cluster)
