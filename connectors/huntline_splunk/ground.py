"""Where a scope's events stand: the indexes its search names, the terms that tstats counts by, and what lies in an archive."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from huntline.translate.translator import Bound
from huntline_splunk.client import Client, entries_of
from huntline_splunk.jobs import moment, truth
from huntline_splunk.limits import told_of

INDEXED = ("index", "source", "sourcetype", "host")
TERM = re.compile(r'(?:NOT\s+)?([\w.]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s()"]+)')
NAMED = re.compile(r'\bindex\s*=\s*(?:"([^"]+)"|([^\s()"]+))')


@dataclass(frozen=True, slots=True)
class Index:
    """An index as the server tells of it. `archive`: where what it freezes goes, "" where that is deleted."""

    name: str
    oldest: datetime | None  # of its events; None: it holds none
    archive: str


def indexes(client: Client) -> tuple[Index, ...]:
    """Return the indexes the role is told of; none where it is told nothing."""
    told = told_of(client, "data/indexes", count="0", datatype="event")
    return tuple(
        Index(name, _oldest(one), _archive(one)) for name, one in entries_of(told) if not truth(one.get("disabled"))
    )


def models(client: Client) -> frozenset[str]:
    """Return the names of the data models; none where the role is told of none."""
    return frozenset(name for name, _ in entries_of(told_of(client, "datamodel/model", count="0")))


def patterns_of(bound: Bound) -> tuple[str, ...]:
    """Return the names and patterns of indexes a store's search names; () where it leaves them to somebody else."""
    return tuple(dict.fromkeys(quoted or plain for quoted, plain in NAMED.findall(bound.native("search"))))


def named_by(patterns: Sequence[str], index: str) -> bool:
    """Say whether an index is one of those; a pattern names those that begin with `_` only if it does so itself."""
    return any(
        fnmatchcase(index.lower(), one.lower()) and (one.startswith("_") or not index.startswith("_"))
        for one in patterns or ("*",)
    )


def terms_of(bound: Bound) -> str | None:
    """Return a store's search as tstats can count it: more events, where other fields narrow it; None where it cannot."""
    base = bound.native("search")
    return indexed_terms(base) if base else None


def indexed_terms(base: str) -> str | None:
    """Leave out what stands alone and is no indexed field; inside brackets that would make it less, and not more.

    >>> indexed_terms('index=a (source="b" OR source="c") EventCode=4688')
    'index=a (source="b" OR source="c")'
    """
    kept, at, depth = [], 0, 0
    for found in TERM.finditer(base):
        between = base[at : found.start()]
        depth += between.count("(") - between.count(")")
        kept.append(between)
        at = found.end()
        if found[1] in INDEXED:
            kept.append(found[0])
        elif depth or re.search(r"\bOR\s*$", between) or re.match(r"\s*OR\b", base[at:]):
            return None
    return re.sub(r"\s+", " ", "".join((*kept, base[at:]))).strip()


def _oldest(told: Mapping[str, Any]) -> datetime | None:
    return moment(told.get("minTime")) if str(told.get("totalEventCount", "")) != "0" else None


def _archive(told: Mapping[str, Any]) -> str:
    return ", ".join(_archives(told))


def _archives(told: Mapping[str, Any]) -> Iterator[str]:
    if truth(told.get("archiver.enableDataArchive")):
        yield "Splunk's own archive (DDAA)"
    if told.get("archiver.selfStorageProvider"):
        yield "self storage (DDSS)"
    if told.get("coldToFrozenDir") or told.get("coldToFrozenScript"):
        yield "frozen copies"
