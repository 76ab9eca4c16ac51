"""Azure Resource Manager: the tables of a workspace, the search jobs that make tables, its analytics rules and watchlists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from huntline.errors import QueryRejected, Transient, Unreadable
from huntline.model.window import Window
from huntline_sentinel.client import SLACK
from huntline_sentinel.faults import Missing
from huntline_sentinel.http import Answer, Http
from huntline_sentinel.settings import Settings
from huntline_sentinel.tokens import Tokens

MOST_PAGES = 1_000
RULES = "/providers/Microsoft.SecurityInsights/alertRules"
WATCHLISTS = "/providers/Microsoft.SecurityInsights/watchlists"
ITEMS = "watchlistItems"


@dataclass(frozen=True, slots=True)
class Table:
    """How a table is kept. `columns`: name -> type; None where the answer does not say."""

    name: str
    plan: str  # Analytics, Basic, Auxiliary
    interactive: timedelta
    total: timedelta
    columns: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Job:
    """A search job as its table stands. `note`: what was said of it when it was started."""

    name: str
    state: str  # Updating, InProgress, Succeeded, Deleting
    progress: float | None  # 0 to 1
    records: int
    scanned: float  # GB
    note: str


class Arm:
    """A connection to the management of one workspace."""

    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        """Prepare the connection; nothing is sent."""
        self._settings, self._tokens = settings, tokens
        self._http = Http(settings, read=min(settings.timeout, SLACK))
        self._audience = settings.audiences.management or settings.management

    def tables(self) -> Mapping[str, Table]:
        """Return every table of the workspace by name."""
        return {one["name"]: _table(one) for one in self.listed("/tables")}

    def workspace(self) -> Mapping[str, Any]:
        return self._body(self._ask("GET", ""))

    def now(self) -> datetime | None:
        """Return the time of Resource Manager, to the second, from the head of an answer."""
        told = self._ask("GET", "").headers.get("date", "")
        try:
            return parsedate_to_datetime(told).astimezone(UTC)
        except ValueError:
            return None

    def permissions(self) -> tuple[frozenset[str], ...]:
        """Return what the caller may do in the workspace and what is taken away again: (actions, notActions), patterns."""
        found = list(self.listed("/providers/Microsoft.Authorization/permissions", "2022-04-01"))
        return (
            frozenset(action for one in found for action in one.get("actions") or ()),
            frozenset(action for one in found for action in one.get("notActions") or ()),
        )

    def job(self, name: str) -> Job | None:
        """Return a search job, None where there is none of the name."""
        try:
            body = self._body(self._ask("GET", f"/tables/{name}"))
        except Missing:
            return None
        told = body.get("properties") or {}
        counts, asked = told.get("resultStatistics") or {}, told.get("searchResults") or {}
        progress = counts.get("progress")
        return Job(
            name=name,
            state=str(told.get("provisioningState", "")),
            progress=None if progress is None else min(1.0, float(progress) / 100),
            records=int(counts.get("ingestedRecords") or 0),
            scanned=float(counts.get("scannedGb") or 0),
            note=str(asked.get("description") or ""),
        )

    def begin(self, name: str, query: str, window: Window, *, limit: int, note: str) -> None:
        """Start a search job; whoever calls has looked that there is none of the name: each one is paid for."""
        asked = {
            "query": query,
            "limit": limit,
            "startSearchTime": _text(window.start),
            "endSearchTime": _text(window.end),
            "description": note,
        }
        self._ask("PUT", f"/tables/{name}", body={"properties": {"searchResults": asked}})

    def cancel(self, name: str) -> None:
        """Stop a search job; one that has ended or is not there is success."""
        try:
            self._ask("POST", f"/tables/{name}/cancelSearch")
        except (QueryRejected, Unreadable):
            return

    def remove(self, name: str) -> None:
        """Delete a table; absent is success."""
        try:
            self._ask("DELETE", f"/tables/{name}")
        except Missing:
            return

    def rules(self) -> Iterator[Mapping[str, Any]]:
        """Yield every analytics rule of the workspace, of all kinds."""
        return self.listed(RULES, self._settings.rules_api_version)

    def rule(self, method: str, name: str, body: Any = None) -> Answer:
        """Read, write or delete one analytics rule. Raises Missing, and Conflict for a state that stands against it."""
        return self._ask(method, f"{RULES}/{name}", body=body, version=self._settings.rules_api_version)

    def watchlists(self) -> Iterator[Mapping[str, Any]]:
        """Yield every watchlist of the workspace, without what is in them."""
        return self.listed(WATCHLISTS, self._settings.rules_api_version)

    def watchlist(self, alias: str) -> Mapping[str, Any]:
        """Return one watchlist, without what is in it. Raises Missing."""
        return self._body(self._ask("GET", f"{WATCHLISTS}/{alias}", version=self._settings.rules_api_version))

    def put_watchlist(self, alias: str, body: Mapping[str, Any]) -> Answer:
        """Write one watchlist; what is uploaded is added to what is in it. Raises Conflict."""
        return self._ask("PUT", f"{WATCHLISTS}/{alias}", body=body, version=self._settings.rules_api_version)

    def remove_watchlist(self, alias: str) -> Answer:
        """Delete one watchlist; absent is success. Raises Conflict while something is uploaded."""
        return self._ask("DELETE", f"{WATCHLISTS}/{alias}", version=self._settings.rules_api_version)

    def watchlist_items(self, alias: str) -> Iterator[Mapping[str, Any]]:
        """Yield what is in one watchlist. Raises Missing."""
        return self.listed(f"{WATCHLISTS}/{alias}/{ITEMS}", self._settings.rules_api_version)

    def remove_watchlist_item(self, alias: str, item: str) -> None:
        """Delete one item; absent is success."""
        try:
            self._ask("DELETE", f"{WATCHLISTS}/{alias}/{ITEMS}/{item}", version=self._settings.rules_api_version)
        except Missing:
            return

    def listed(self, path: str, version: str = "") -> Iterator[Mapping[str, Any]]:
        """Yield the entries of a list, page by page. Raises Unreadable for a next page elsewhere, or without end."""
        answer = self._ask("GET", path, version=version)
        for _ in range(MOST_PAGES):
            body = self._body(answer)
            yield from body.get("value") or ()
            link = body.get("nextLink")
            if not link:
                return
            if urlsplit(link)[:2] != urlsplit(self._settings.management)[:2]:
                raise Unreadable("the next page of a list lies on another server")
            answer = self._http.send("GET", link, token=self.token)
        raise Unreadable("a list without end")

    @property
    def token(self) -> str:
        return self._tokens.of(self._audience).token

    def _ask(self, method: str, path: str, *, body: Any = None, version: str = "") -> Answer:
        url = f"{self._settings.management}{self._settings.path}{path}"
        params = {"api-version": version or self._settings.api_version}
        return self._http.send(method, url, token=self.token, params=params, body=body)

    @staticmethod
    def _body(answer: Answer) -> Mapping[str, Any]:
        if not isinstance(answer.body, Mapping):
            raise Transient(f"{answer.status}: an answer without content")
        return answer.body


def _table(given: Mapping[str, Any]) -> Table:
    told = given.get("properties") or {}
    schema = told.get("schema") or {}
    columns = [*(schema.get("columns") or ()), *(schema.get("standardColumns") or ())]
    interactive = timedelta(days=int(told.get("retentionInDays") or 0))
    total = timedelta(days=int(told.get("totalRetentionInDays") or 0))
    return Table(
        name=given["name"],
        plan=str(told.get("plan") or "Analytics"),
        interactive=interactive,
        total=max(total, interactive),
        columns={one["name"]: str(one.get("type") or "").lower() for one in columns} or None,
    )


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"
