"""The stand-in itself: headers, keys, routes, and the words of every refusal."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from lab.elastic import admin, holdings, later, plain, searches, security, writing
from lab.elastic.call import Call, Cluster
from lab.elastic.errors import Failed, Unbuilt, answer_of, refused
from lab.elastic.filter_path import filtered
from lab.elastic.parameters import parameters
from lab.elastic.settings import ElasticSettings
from lab.elastic.shards import BENDS
from lab.elastic.store import Store
from lab.elastic.tasks import Tasks
from lab.serve.exchange import Answer, Request, bend
from lab.serve.faults import Refusal
from lab.serve.routes import Route, Unserved, find

VENDOR = re.compile(r"application/vnd\.elasticsearch\+json;\s*compatible-with=(\d+)")
SEARCHES = frozenset({"search", "count", "async", "eql"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What answers a route, and the row of parameters it takes."""

    parameters: str
    answer: Callable[[Call], Answer]

    def __call__(self, call: Call) -> Answer:
        return self.answer(call)


class ElasticLab:
    """One cluster that answers; `store` may change while it runs, `tasks` tell what was left behind."""

    dated = False  # Elasticsearch sends no Date header (mem)

    def __init__(self, store: Store, settings: ElasticSettings | None = None) -> None:
        self.store, self.tasks = store, Tasks()
        self.settings = settings or ElasticSettings()

    def answer(self, request: Request) -> Answer:
        """Answer as Elasticsearch does, errors included."""
        if unknown := {one.word for one in request.bends} - BENDS:
            raise Unbuilt(f"the bends {unknown}")
        try:
            answer = self._answered(request)
        except Failed as failed:
            answer = answer_of(failed, {"WWW-Authenticate": "ApiKey"} if failed.status == 401 else {})
        return Answer(answer.status, answer.body, {**answer.headers, **self._headers(request)}, answer.search)

    def refuse(self, request: Request, refusal: Refusal) -> Answer:
        """Word a scripted refusal; `proxy` is a page of whatever stands before Elasticsearch, without its header."""
        if refusal.kind == "proxy":
            return Answer(refusal.status, b"<html><body>Bad gateway</body></html>", {"Content-Type": "text/html"})
        return Answer(refusal.status, answer_of(refused(refusal)).body, self._headers(request))

    def _answered(self, request: Request) -> Answer:
        self._compatible(request)
        key = security.authenticate(request, self.settings)
        found = find(ROUTES, request.method, request.path)
        if isinstance(found, Unserved):
            return _unserved(request, found)
        endpoint = found.route.action
        given = parameters(endpoint.parameters, request.query, request.path)
        call = Call(Cluster(self.settings, self.store, self.tasks), request, key, found.variables, given)
        answer = self._placed(endpoint, call) if endpoint.parameters in SEARCHES else endpoint(call)
        body = filtered(answer.body, given["filter_path"]) if given["filter_path"] else answer.body
        return Answer(answer.status, body, answer.headers, answer.search)

    def _placed(self, endpoint: Endpoint, call: Call) -> Answer:
        self.tasks.enter(self.settings.searches_at_once)
        try:
            return endpoint(call)
        finally:
            self.tasks.leave()

    def _compatible(self, request: Request) -> None:
        """Refuse a client of another major than this one or the one before (4a; the words as quoted in public reports)."""
        for name in ("accept", "content-type"):
            asked = VENDOR.search(request.headers.get(name, ""))
            major = self.settings.major
            if asked and int(asked[1]) not in {major, major - 1}:
                header = name.title()
                reason = f"{header} version must be either version {major} or {major - 1}, but found {asked[1]}."
                inner = {"type": "status_exception", "reason": f"{reason} {header}={request.headers[name]}"}
                raise Failed(
                    400, "media_type_header_exception", f"Invalid media-type value on headers [{header}]", inner=inner
                )

    def _headers(self, request: Request) -> dict[str, str]:
        """Write the product header, without which the client refuses to go on [L2], and what the request asks back."""
        asked = VENDOR.search(request.headers.get("accept", ""))
        kind = f"application/vnd.elasticsearch+json;compatible-with={asked[1]}" if asked else "application/json"
        said = {"Content-Type": kind}
        if not bend(request, "not_elastic"):
            said["X-Elastic-Product"] = "Elasticsearch"
        if "x-opaque-id" in request.headers:
            said["X-Opaque-Id"] = request.headers["x-opaque-id"]
        if warning := bend(request, "warning"):
            said["Warning"] = f'299 Elasticsearch-{self.settings.version}-lab "{warning.name}"'
        return said


def _unserved(request: Request, found: Unserved) -> Answer:
    """Say that no endpoint has this path, or not this method (docs)."""
    if not found.allowed:
        return Answer(400, {"error": f"no handler found for uri [{request.path}] and method [{request.method}]"})
    allowed = ", ".join(found.allowed)
    reason = f"Incorrect HTTP method for uri [{request.path}] and method [{request.method}], allowed: [{allowed}]"
    return Answer(405, {"error": reason, "status": 405}, {"Allow": allowed})


def _both(pattern: str, endpoint: Endpoint) -> tuple[Route[Endpoint], ...]:
    return (Route("GET", pattern, endpoint), Route("POST", pattern, endpoint))


def _async(kind: str, path: str, get: str, status: str) -> tuple[Route[Endpoint], ...]:
    return (
        Route("GET", f"{path}/{{id}}", Endpoint(get, partial(later.get_task, kind=kind))),
        Route("DELETE", f"{path}/{{id}}", Endpoint("none", partial(later.delete_task, kind=kind))),
        Route("GET", f"{path}/status/{{id}}", Endpoint(status, partial(later.task_status, kind=kind))),
    )


BULK = ("/_bulk", "/{index}/_bulk")
ROUTES: tuple[Route[Endpoint], ...] = (
    Route("GET", "/", Endpoint("none", admin.root)),
    Route("HEAD", "/", Endpoint("none", admin.root)),
    Route("GET", "/_license", Endpoint("license", admin.license_)),
    Route("GET", "/_cluster/settings", Endpoint("settings", admin.settings)),
    Route("GET", "/_remote/info", Endpoint("none", admin.remotes)),
    Route("GET", "/_security/_authenticate", Endpoint("none", security.who)),
    *_both("/_security/user/_has_privileges", Endpoint("none", security.privileges)),
    *_both("/_resolve/index/{name}", Endpoint("resolve", holdings.resolve_index)),
    *(Route(method, path, Endpoint("bulk", writing.bulk)) for method in ("POST", "PUT") for path in BULK),
    Route("GET", "/_security/api_key", Endpoint("api_key", security.own_key)),
    Route("PUT", "/{index}", Endpoint("none", plain.create)),
    Route("HEAD", "/{index}", Endpoint("none", plain.exists)),
    Route("DELETE", "/{index}", Endpoint("none", plain.delete)),
    Route("PUT", "/{index}/_mapping", Endpoint("none", plain.put_mapping)),
    *_both("/{index}/_refresh", Endpoint("none", plain.refresh)),
    Route("DELETE", "/_data_stream/{name}", Endpoint("none", writing.delete_stream)),
    Route("GET", "/_data_stream", Endpoint("data_stream", holdings.data_streams)),
    Route("GET", "/_data_stream/{name}", Endpoint("data_stream", holdings.data_streams)),
    Route("GET", "/{index}/_ilm/explain", Endpoint("ilm", holdings.ilm_explain)),
    Route("GET", "/{index}/_settings", Endpoint("index_settings", holdings.index_settings)),
    Route("GET", "/{index}/_mapping", Endpoint("mapping", holdings.mapping)),
    *_both("/_field_caps", Endpoint("field_caps", holdings.field_caps)),
    *_both("/{index}/_field_caps", Endpoint("field_caps", holdings.field_caps)),
    *_both("/_search", Endpoint("search", searches.run_search)),
    *_both("/{index}/_search", Endpoint("search", searches.run_search)),
    *_both("/{index}/_count", Endpoint("count", searches.run_count)),
    Route("POST", "/{index}/_pit", Endpoint("pit", searches.open_pit)),
    Route("DELETE", "/_pit", Endpoint("none", searches.close_pit)),
    Route("POST", "/{index}/_async_search", Endpoint("async", searches.run_async)),
    *_async("async", "/_async_search", "async_get", "async_status"),
    *_both("/{index}/_eql/search", Endpoint("eql", searches.run_eql)),
    *_async("eql", "/_eql/search", "eql_get", "eql_status"),
)
