"""A real Elasticsearch of its owner as a ground: a data stream of its own name, planted, hunted and removed."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

from elastic_transport import ApiResponse

from conformance.hunting.elastic_ground import KIND, SEARCH, window_of
from conformance.hunting.ground import Asked, Planted, Trouble
from huntline.ports import Hunter, Platform
from huntline_elastic.client import Client
from huntline_elastic.plugin import PLATFORM
from huntline_elastic.settings import Settings, read_settings

UNBREAKABLE = "nobody breaks the platform of an owner on purpose"
MOST = 1_000  # events of one bulk request


class Noting(Client):
    """A client that keeps what it was asked: a real platform shows nobody its journal."""

    def __init__(self, settings: Settings, key: str, heard: list[tuple[str, Mapping[str, Any], float]]) -> None:
        super().__init__(settings, lambda _: key)
        self.heard = heard

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None,
        body: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None,
        ticket: str,
    ) -> ApiResponse[Any]:
        self.heard.append((f"{method} {path}", body if isinstance(body, Mapping) else {}, monotonic()))
        return super().send(method, path, params=params, body=body, ticket=ticket)


@dataclass(slots=True)
class LiveGround:
    """`key` may read, create documents and delete the stream it names, and nothing else has to be there."""

    url: str
    key: str
    ca: str
    stream: str
    heard: list[tuple[str, Mapping[str, Any], float]] = field(default_factory=list)
    lacks: Mapping[str, str] = field(default_factory=lambda: {"faults": UNBREAKABLE, "jobs": UNBREAKABLE})
    platform: Platform = PLATFORM
    rows: int = 9

    @property
    def settings(self) -> dict[str, object]:
        known: dict[str, object] = {"url": self.url, "api_key": "env:HUNTLINE_LIVE_KEY", "timeout": 60.0}
        sources = {"elastic-defend": {"names": {"process": self.stream}}}
        return known | {"sources": sources} | ({"ca": self.ca} if self.ca else {})

    def connect(self) -> Hunter:
        assert PLATFORM.hunter is not None
        hunter = PLATFORM.hunter(self.settings, lambda _: self.key)
        hunter.client = Noting(read_settings(self.settings), self.key, self.heard)  # type: ignore[attr-defined]  # Elastic's
        return hunter

    def plant(self, events: Sequence[Planted]) -> None:
        """Write the events and wait until they can be found."""
        for start in range(0, len(events), MOST):
            lines = [line for one in events[start : start + MOST] for line in _lines(one)]
            self._send("POST", f"/{self.stream}/_bulk?refresh=true", "\n".join((*lines, "")))

    def remove(self) -> None:
        self._send("DELETE", f"/_data_stream/{self.stream}", "")

    def trouble(self, kind: Trouble) -> None:
        raise AssertionError(f"{kind}: {UNBREAKABLE}")

    def asked(self) -> Sequence[Asked]:
        sent = [(body, at) for what, body, at in self.heard if what.startswith("POST ") and what.endswith(SEARCH)]
        return tuple(Asked(window_of(body), at) for body, at in sorted(sent, key=lambda one: one[1]))

    def requests(self) -> int:
        return len(self.heard)

    def left(self) -> int:
        return 0  # laws about what is left need jobs, which are lacking here

    def _send(self, method: str, path: str, body: str) -> None:
        sdk = Client(read_settings(self.settings), lambda _: self.key)._sdk
        kind = {"content-type": "application/x-ndjson"} if body else {}
        got = sdk.perform_request(method, path, headers={"accept": "application/json", **kind}, body=body or None)
        assert not json.loads(got.body).get("errors"), got.body


@contextmanager
def live_ground(named: str) -> Iterator[LiveGround]:
    """Yield the ground of `elastic=URL`; the key is in HUNTLINE_LIVE_KEY, a CA's file in HUNTLINE_LIVE_CA."""
    platform, _, url = named.partition("=")
    assert platform == "elastic", f"--live takes elastic=URL, not {named!r}"
    stream = f"logs-huntline.laws-{secrets.token_hex(4)}"
    ground = LiveGround(url, os.environ["HUNTLINE_LIVE_KEY"], os.environ.get("HUNTLINE_LIVE_CA", ""), stream)
    try:
        yield ground
    finally:
        ground.remove()


def _lines(one: Planted) -> tuple[str, str]:
    source = {
        **KIND,
        "host.name": one.host,
        "@timestamp": _text(one.time),
        "event.ingested": _text(one.arrived or one.time),
    }
    if one.word:
        source["process.command_line"] = one.word
    return json.dumps({"create": {"_id": one.id}}), json.dumps(source)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
