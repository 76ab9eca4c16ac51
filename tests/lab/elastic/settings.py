"""What a stand-in is set to: version, limits, keys, remotes. Every default is the real platform's, however unkind."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

License = Literal["basic", "trial", "platinum", "enterprise"]


@dataclass(frozen=True, slots=True)
class Grant:
    """Index privileges on name patterns, as an API key's role descriptor holds them."""

    names: tuple[str, ...]
    privileges: frozenset[str] = frozenset({"read", "view_index_metadata"})


@dataclass(frozen=True, slots=True)
class Application:
    """Privileges of an application on its resources, as Kibana keeps its own: `feature_siemV3.all` on `space:default`."""

    privileges: frozenset[str]
    resources: tuple[str, ...] = ("*",)
    name: str = "kibana-.kibana"


@dataclass(frozen=True, slots=True)
class Key:
    """An API key; the default may read everything and see no cluster state (2.2: the hunt key)."""

    id: str
    secret: str
    grants: tuple[Grant, ...] = (Grant(("*",)),)
    cluster: frozenset[str] = frozenset()
    expires: datetime | None = None
    revoked: bool = False
    applications: tuple[Application, ...] = ()

    @property
    def encoded(self) -> str:
        """Return the key as clients send it after `ApiKey `."""
        return base64.b64encode(f"{self.id}:{self.secret}".encode()).decode()


@dataclass(frozen=True, slots=True)
class Remote:
    """A cluster behind this one. `skip_unavailable` is true by default since 8.15 [E15]."""

    name: str
    connected: bool = True
    skip_unavailable: bool = True


HUNTER = Key("lab-hunter", "lab-hunter-secret-5d0f1c")


@dataclass(frozen=True, slots=True)
class ElasticSettings:
    """One cluster.

    `max_result_window` bounds size and from + size [E2]; for EQL's size that is inferred, upstream left it open [E12].
    `total_hits` is where counting stops unless track_total_hits says otherwise [E1].
    `default_allow_partial` is the cluster setting xpack.eql.default_allow_partial_results; unset it is true from 8.18 on
    [E2][E3]. `missing_target_fails` unset: 8.x errors where only missing indices are named, 9.x answers empty (2.3).
    `max_buckets` is search.max_buckets, `max_clauses` indices.query.bool.max_clause_count, whose real value goes by heap,
    `searches_at_once` the search pool with its queue (mem).
    `search_seconds` is how long each search takes, `precise_to` the cardinality count that is still exact (docs: 3,000).
    """

    version: str = "8.19.3"
    name: str = "lab"
    keys: tuple[Key, ...] = (HUNTER,)
    remotes: tuple[Remote, ...] = ()
    license: License = "basic"
    default_size: int = 10
    max_result_window: int = 10_000
    total_hits: int = 10_000
    max_buckets: int = 65_536
    max_clauses: int = 30_000
    searches_at_once: int = 1_000
    default_allow_partial: bool | None = None
    missing_target_fails: bool | None = None
    search_seconds: float = 0.0
    precise_to: int = 3_000

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])

    @property
    def missing_fails(self) -> bool:
        """Tell whether an EQL search of missing indices only is an error."""
        return self.major < 9 if self.missing_target_fails is None else self.missing_target_fails

    @property
    def allow_partial(self) -> bool:
        """Tell whether an EQL search goes on without failed shards unless told otherwise."""
        return True if self.default_allow_partial is None else self.default_allow_partial
