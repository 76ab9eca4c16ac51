"""The stand-in itself: three services behind one address, their routes, and the words of every refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from lab.sentinel import authority, identity, job_calls, tables
from lab.sentinel.again import Again
from lab.sentinel.call import Call, Workspace
from lab.sentinel.engine import Engine
from lab.sentinel.errors import Failed, arm_failed, logs_failed, signing_failed
from lab.sentinel.gate import Gates
from lab.sentinel.jobs import Jobs
from lab.sentinel.query import query
from lab.sentinel.rules import calls as rules
from lab.sentinel.rules.kept import Rules
from lab.sentinel.search import search
from lab.sentinel.searches import calls as searches
from lab.sentinel.searches.kept import Searches
from lab.sentinel.settings import Application, SentinelSettings
from lab.sentinel.store import Store
from lab.sentinel.tokens import who_manages, who_queries
from lab.sentinel.watchlists import calls as watchlists
from lab.sentinel.watchlists import item_calls as items
from lab.sentinel.watchlists.kept import Watchlists
from lab.sentinel.watchlists.sheets import sheets
from lab.serve.exchange import Answer, Request
from lab.serve.faults import Refusal
from lab.serve.routes import Route, Unserved, find

BENDS: Final = frozenset(
    {"partial", "partial_without_table", "empty", "no_content", "capped", "slow", "timeout", "queue_full"}
    | {"wrong_audience", "expired_token", "revoked", "wrong_secret", "expired_secret"}
    | {"search_job_slow", "search_job_failed", "lost_table", "raced", "lost_rule"}
    | {"lost_list", "list_slow", "list_failed"}
)
TABLE_VERSIONS: Final = frozenset(
    {"2021-12-01-preview", "2022-10-01", "2023-09-01", "2025-02-01", "2025-07-01"}
)  # the last is the specification's
RULE_VERSIONS: Final = frozenset(
    {"2021-10-01", "2022-11-01", "2023-02-01", "2023-11-01", "2024-03-01", "2024-09-01", "2025-03-01", "2025-06-01"}
    | {"2025-09-01", "2023-12-01-preview", "2025-07-01-preview", "2025-10-01-preview"}
)
SEARCH_VERSIONS: Final = TABLE_VERSIONS | {"2015-03-20", "2020-08-01"}
PERMISSION_VERSIONS: Final = frozenset({"2015-07-01", "2018-07-01", "2022-04-01"})
_WORKSPACE: Final = (
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.OperationalInsights/workspaces/{name}"
)
_RULES: Final = f"{_WORKSPACE}/providers/Microsoft.SecurityInsights/alertRules"
_LISTS: Final = f"{_WORKSPACE}/providers/Microsoft.SecurityInsights/watchlists"
_ITEMS: Final = f"{_LISTS}/{{alias}}/watchlistItems"
_SEARCHES: Final = f"{_WORKSPACE}/savedSearches"


@dataclass(frozen=True, slots=True)
class Entra:
    """What answers a route of the authority, before anybody has a token."""

    answer: Callable[[Request, SentinelSettings, Mapping[str, str]], Answer]

    def __call__(self, request: Request, settings: SentinelSettings, names: Mapping[str, str]) -> Answer:
        return self.answer(request, settings, names)


@dataclass(frozen=True, slots=True)
class Logs:
    """What answers a route of Log Analytics."""

    answer: Callable[[Call], Answer]

    def __call__(self, call: Call) -> Answer:
        return self.answer(call)


@dataclass(frozen=True, slots=True)
class Manager:
    """What answers a route of Resource Manager, and the api-versions it knows."""

    versions: frozenset[str]
    answer: Callable[[Call], Answer]

    def __call__(self, call: Call) -> Answer:
        return self.answer(call)


class SentinelLab:
    """One workspace that answers; `store` may change while it runs."""

    dated = True

    def __init__(self, store: Store, settings: SentinelSettings) -> None:
        self.store, self.settings = store, settings
        self.watchlists = Watchlists(settings)
        engine = Engine(store, lambda: sheets(self.watchlists))
        self.jobs = Jobs(store, engine, settings)
        self.rules = Rules(settings)
        self.searches = Searches()
        gates, again = Gates(settings), Again(store, engine)
        self.workspace = Workspace(
            settings, store, engine, again, gates, self.jobs, self.rules, self.watchlists, self.searches
        )

    def answer(self, request: Request) -> Answer:
        """Answer as the three services do, errors included."""
        if unknown := {one.word for one in request.bends} - BENDS:
            raise NotImplementedError(f"the bends {unknown}")
        try:
            answer = self._answered(request)
        except Failed as failed:
            answer = failed.answer
        kind = {} if answer.body is None else {"Content-Type": "application/json; charset=utf-8"}
        return _known_by(request, replace(answer, headers={**kind, **answer.headers}))

    def refuse(self, request: Request, refusal: Refusal) -> Answer:
        """Word a scripted refusal; `proxy` is a page of whatever stands before the services."""
        if refusal.kind == "proxy":
            return Answer(refusal.status, b"<html><body>Bad gateway</body></html>", {"Content-Type": "text/html"})
        if refusal.kind:
            raise NotImplementedError(f"a refusal of the kind {refusal.kind!r}")
        words = f"the lab refuses by {refusal.status}"
        if request.path.startswith("/v1/"):
            return logs_failed(refusal.status, "LabRefusal", words).answer
        if request.path.startswith("/subscriptions/"):
            return _known_by(request, arm_failed(refusal.status, "LabRefusal", words).answer)
        return signing_failed(refusal.status, 90033, "temporarily_unavailable", words).answer

    def _answered(self, request: Request) -> Answer:
        found = find(ROUTES, request.method, _cased(request.path))
        if isinstance(found, Unserved):
            return _unserved(request, found)
        action = found.route.action
        if isinstance(action, Entra):
            return action(request, self.settings, found.variables)
        if isinstance(action, Logs):
            return action(self._call(request, who_queries(request, self.settings), found.variables))
        return self._managed(action, request, found.variables)

    def _managed(self, action: Manager, request: Request, names: Mapping[str, str]) -> Answer:
        caller = who_manages(request, self.settings)
        headers = self.workspace.gates.manage(caller.id, writes=request.method != "GET")
        try:
            _versioned(request, action.versions)
            answer = action(self._call(request, caller, names))
        except Failed as failed:
            answer = failed.answer
        return replace(answer, headers={**answer.headers, **headers})

    def _call(self, request: Request, caller: Application, names: Mapping[str, str]) -> Call:
        return Call(self.workspace, request, caller, names)


def _known_by(request: Request, answer: Answer) -> Answer:
    """Add the ids that support asks for; Resource Manager gives a call two."""
    own = {"x-ms-request-id": str(UUID(int=request.number))}
    if request.path.startswith("/subscriptions/"):
        own["x-ms-correlation-request-id"] = str(UUID(int=request.number + (1 << 64)))
    return replace(answer, headers={**answer.headers, **own})


def _versioned(request: Request, known: frozenset[str]) -> None:
    """Raise Failed (400) for a request without an api-version, or with one that this provider does not know (docs)."""
    version = request.query.get("api-version")
    if version is None:
        words = "The api-version query parameter (?api-version=) is required for all requests."
        raise arm_failed(400, "MissingApiVersionParameter", words)
    if version not in known:
        words = f"The resource type could not be found for api version '{version}'. Known: {', '.join(sorted(known))}."
        raise arm_failed(400, "InvalidResourceType", words)


def _cased(path: str) -> str:
    """Spell the fixed segments of a path as the routes do: Resource Manager does not look at case (docs)."""
    return "/".join(FIXED.get(segment.lower(), segment) for segment in path.split("/"))


def _unserved(request: Request, found: Unserved) -> Answer:
    if request.path.startswith("/v1/"):
        return logs_failed(404, "PathNotFoundError", "The requested path does not exist").answer
    status = 405 if found.allowed else 404
    return arm_failed(
        status, "NotFound" if status == 404 else "MethodNotAllowed", f"{request.method} {request.path}"
    ).answer


ROUTES: tuple[Route[Entra | Logs | Manager], ...] = (
    Route(
        "GET", "/{tenant}/v2.0/.well-known/openid-configuration",
        Entra(lambda request, settings, names: authority.discovery(request, settings, names["tenant"])),
    ),
    Route(
        "POST", "/{tenant}/oauth2/v2.0/token",
        Entra(lambda request, settings, names: authority.token(request, settings, names["tenant"])),
    ),
    Route(
        "GET", "/metadata/identity/oauth2/token",
        Entra(lambda request, settings, _: identity.virtual_machine(request, settings)),
    ),
    Route("GET", "/msi/token", Entra(lambda request, settings, _: identity.app_service(request, settings))),
    Route("POST", "/v1/workspaces/{workspace}/query", Logs(query)),
    Route("POST", "/v1/workspaces/{workspace}/search", Logs(search)),
    Route("GET", _WORKSPACE, Manager(TABLE_VERSIONS, tables.workspace)),
    Route("GET", f"{_WORKSPACE}/tables", Manager(TABLE_VERSIONS, tables.tables)),
    Route("GET", f"{_WORKSPACE}/tables/{{table}}", Manager(TABLE_VERSIONS, tables.table)),
    Route("PUT", f"{_WORKSPACE}/tables/{{table}}", Manager(TABLE_VERSIONS, job_calls.start)),
    Route("DELETE", f"{_WORKSPACE}/tables/{{table}}", Manager(TABLE_VERSIONS, job_calls.delete)),
    Route("POST", f"{_WORKSPACE}/tables/{{table}}/cancelSearch", Manager(TABLE_VERSIONS, job_calls.cancel)),
    Route("GET", _RULES, Manager(RULE_VERSIONS, rules.rules)),
    Route("GET", f"{_RULES}/{{rule}}", Manager(RULE_VERSIONS, rules.rule)),
    Route("PUT", f"{_RULES}/{{rule}}", Manager(RULE_VERSIONS, rules.put)),
    Route("DELETE", f"{_RULES}/{{rule}}", Manager(RULE_VERSIONS, rules.delete)),
    Route("GET", _LISTS, Manager(RULE_VERSIONS, watchlists.watchlists)),
    Route("GET", f"{_LISTS}/{{alias}}", Manager(RULE_VERSIONS, watchlists.watchlist)),
    Route("PUT", f"{_LISTS}/{{alias}}", Manager(RULE_VERSIONS, watchlists.put)),
    Route("DELETE", f"{_LISTS}/{{alias}}", Manager(RULE_VERSIONS, watchlists.delete)),
    Route("GET", f"{_LISTS}/{{alias}}/watchlistStatuses/{{operation}}", Manager(RULE_VERSIONS, watchlists.status)),
    Route("GET", _ITEMS, Manager(RULE_VERSIONS, items.items)),
    Route("GET", f"{_ITEMS}/{{item}}", Manager(RULE_VERSIONS, items.item)),
    Route("PUT", f"{_ITEMS}/{{item}}", Manager(RULE_VERSIONS, items.put)),
    Route("DELETE", f"{_ITEMS}/{{item}}", Manager(RULE_VERSIONS, items.delete)),
    Route("GET", _SEARCHES, Manager(SEARCH_VERSIONS, searches.searches)),
    Route("GET", f"{_SEARCHES}/{{search}}", Manager(SEARCH_VERSIONS, searches.search)),
    Route("PUT", f"{_SEARCHES}/{{search}}", Manager(SEARCH_VERSIONS, searches.put)),
    Route("DELETE", f"{_SEARCHES}/{{search}}", Manager(SEARCH_VERSIONS, searches.delete)),
    Route(
        "GET", f"{_WORKSPACE}/providers/Microsoft.Authorization/permissions",
        Manager(PERMISSION_VERSIONS, tables.permissions),
    ),
)  # fmt: skip
FIXED: Mapping[str, str] = {
    segment.lower(): segment
    for route in ROUTES
    for segment in route.pattern.split("/")
    if segment and not segment.startswith("{")
}
