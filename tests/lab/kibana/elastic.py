"""Kibana's questions to Elasticsearch, asked with the key of a rule and answered by the lab's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import orjson

from lab.elastic.app import ElasticLab
from lab.elastic.errors import Unbuilt
from lab.elastic.settings import Key
from lab.serve.exchange import Request

# Where a rule looks that names no index: the space's default patterns as they are set up (mem).
DEFAULT_INDEX = (
    "apm-*-transaction*", "auditbeat-*", "endgame-*", "filebeat-*", "logs-*", "packetbeat-*", "traces-apm*", "winlogbeat-*",
)  # fmt: skip
MOST = 10_000  # what one search gives; more than that the lab does not evaluate
CHOSEN = ("event_category_override", "event_category_field"), ("tiebreaker_field", "tiebreaker_field")


class Failure(Exception):
    """Elasticsearch refused: the words a rule's summary repeats."""


class Reader:
    """One key's view of an Elasticsearch at a moment."""

    def __init__(self, elastic: ElasticLab, key: Key, now: datetime) -> None:
        self._elastic, self._key, self._now = elastic, key, now

    def eql(self, rule: Mapping[str, Any], asked: Mapping[str, Any], size: int) -> list[str]:
        """Return the ids of the events an EQL rule finds, the newest so many."""
        own = {given: rule[name] for name, given in CHOSEN if name in rule}
        if rule.get("timestamp_field", "@timestamp") != "@timestamp":
            raise Unbuilt("an EQL rule with another timestamp field")
        body = {"query": rule["query"], "size": size, "filter": asked, **own}
        found = self.ask("POST", f"/{_path(looked_in(rule))}/_eql/search", body)
        return [one["_id"] for one in found["hits"]["events"]]

    def documents(self, patterns: list[str], asked: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return what a search finds; raises Unbuilt where that is more than one search gives."""
        found = self.ask(
            "POST", f"/{_path(patterns)}/_search", {"query": asked, "size": MOST, "track_total_hits": True}
        )
        if found["hits"]["total"]["value"] > MOST:
            raise Unbuilt(f"a rule over more than {MOST} documents of {patterns}")
        return list(found["hits"]["hits"])

    def resolved(self, patterns: list[str]) -> bool:
        """Tell whether any of the patterns means an index."""
        return any(self._resolves(one) for one in patterns)

    def denied(self, patterns: list[str]) -> list[str]:
        """Return the patterns the key may not read."""
        body = {"index": [{"names": patterns, "privileges": ["read"]}]}
        held = self.ask("POST", "/_security/user/_has_privileges", body)["index"]
        return [one for one in patterns if not held[one]["read"]]

    def lacking(self, patterns: list[str], field: str) -> list[str]:
        """Return the indices in which a field is not mapped."""
        path = f"/{_path(patterns)}/_field_caps"
        found = self.ask(
            "POST", path, {"fields": [field]}, fields=field, include_unmapped="true", ignore_unavailable="true"
        )
        unmapped = found["fields"].get(field, {}).get("unmapped")
        return list(unmapped.get("indices", found["indices"])) if unmapped else []

    def ask(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Return an answer's body; raises Failure."""
        headers = {"authorization": f"ApiKey {self._key.encoded}"}
        sent = b"" if body is None else orjson.dumps(body)
        answer = self._elastic.answer(Request(0, method, path, query, headers, sent, self._now, (), _at_once))
        if answer.status >= 400:
            error = answer.body["error"]
            raise Failure(f"{error['type']}: {error['reason']}")
        return answer.body

    def _resolves(self, pattern: str) -> bool:
        try:
            found = self.ask("GET", f"/_resolve/index/{quote(pattern, safe='*,')}")
        except Failure as failed:
            if str(failed).startswith("index_not_found_exception"):
                return False
            raise
        return bool(found["indices"] or found["data_streams"])


def looked_in(rule: Mapping[str, Any]) -> list[str]:
    """Return the patterns a rule searches; raises Unbuilt for a data view, which the lab does not keep."""
    if rule.get("data_view_id"):
        raise Unbuilt("a rule over a data view")
    return rule.get("index") or list(DEFAULT_INDEX)


def _path(patterns: list[str]) -> str:
    return quote(",".join(patterns), safe="*,:")


def _at_once(_: float) -> None:
    """Wait for nothing: an execution has no client to be slow for."""
