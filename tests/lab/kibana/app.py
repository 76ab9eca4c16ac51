"""The stand-in itself: spaces, keys, headers, privileges, routes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import unquote

from lab.elastic.app import ElasticLab
from lab.elastic.errors import Failed, Unbuilt
from lab.elastic.security import authenticate
from lab.elastic.settings import Key
from lab.kibana import bulk, exceptions, export, find, preview, rules, status, transfer
from lab.kibana.call import Call, Kibana
from lab.kibana.errors import Refused, answer_of, platform, siem
from lab.kibana.settings import KibanaSettings
from lab.kibana.store import Space, make_store
from lab.serve.exchange import Answer, Request
from lab.serve.faults import Refusal
from lab.serve.routes import Route, Unserved
from lab.serve.routes import find as find_route

API = "2023-10-31"
BENDS = frozenset({"partial_failure", "import_errors", "lag", "stale_revision", "expired_key", "revoked_key"})
RULES = "/api/detection_engine/rules"
LISTS = "/api/exception_lists"
Needs = Literal["nothing", "read", "all"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What answers a route, what it needs of Kibana's privileges, and whether it is of the versioned API."""

    needs: Needs
    answer: Callable[[Call], Answer]
    versioned: bool = True

    def __call__(self, call: Call) -> Answer:
        return self.answer(call)


class KibanaLab:
    """One Kibana before one Elasticsearch, whose keys it knows; `store` may change while it runs."""

    dated = True

    def __init__(self, elastic: ElasticLab, settings: KibanaSettings | None = None) -> None:
        self.settings = settings or KibanaSettings()
        self.elastic, self.store = elastic, make_store(self.settings.spaces)

    def answer(self, request: Request) -> Answer:
        """Answer as Kibana does, errors included; one request at a time."""
        if unknown := {one.word for one in request.bends} - BENDS:
            raise Unbuilt(f"the bends {unknown}")
        with self.store.lock:
            self.store.number = request.number
            try:
                answer = self._answered(request)
            except Refused as refused:
                answer = answer_of(refused)
        return _headed(answer)

    def refuse(self, request: Request, refusal: Refusal) -> Answer:  # noqa: ARG002 (the frame's signature)
        """Word a scripted refusal; `proxy` is a page of whatever stands before Kibana."""
        if refusal.kind == "proxy":
            return Answer(refusal.status, b"<html><body>Bad gateway</body></html>", {"Content-Type": "text/html"})
        if refusal.kind:
            raise Unbuilt(f"no refusal of the kind {refusal.kind!r}")
        return _headed(answer_of(platform(refusal.status, f"the lab refuses by {refusal.status}")))

    def revoke(self, key: Key) -> None:
        """Invalidate an API key from now on, for both; the rules that run under it stop working [E4][E9]."""
        keys = tuple(replace(one, revoked=one.revoked or one.id == key.id) for one in self.elastic.settings.keys)
        self.elastic.settings = replace(self.elastic.settings, keys=keys)

    def _answered(self, request: Request) -> Answer:
        key = self._key(request)
        name, path = _space(request.path)
        if name not in self.store.spaces:
            raise platform(404, "Not Found")  # (lab)
        found = find_route(ROUTES, request.method, path)
        if isinstance(found, Unserved):
            raise platform(404, "Not Found")
        endpoint, space = found.route.action, self.store.spaces[name]
        self._headers(request, endpoint)
        allowed(key, endpoint.needs, space, request)
        return endpoint(Call(Kibana(self.settings, self.store, self.elastic), request, key, space, found.variables))

    def _key(self, request: Request) -> Key:
        """Ask Elasticsearch whose key it is; raises Refused (401) in Kibana's words (mem)."""
        try:
            return authenticate(request, self.elastic.settings)
        except Failed as failed:
            raise platform(401, f"[{failed.kind}]: {failed.reason}") from None

    def _headers(self, request: Request, endpoint: Endpoint) -> None:
        """Refuse writes without kbn-xsrf [E8] and calls of no version or another one (source)."""
        if request.method not in {"GET", "HEAD"} and "kbn-xsrf" not in request.headers:
            raise platform(400, "Request must contain a kbn-xsrf header.")
        asked = request.headers.get("elastic-api-version", "")
        if not asked and endpoint.versioned and self.settings.version_demanded:
            raise platform(400, f"Please specify a version via elastic-api-version header. Available versions: {API}")
        if asked and asked != API:
            where = f"[{request.method.lower()}] [{request.path}]"
            raise platform(400, f'No version "{asked}" available for {where}. Available versions are: {API}')


def allowed(key: Key, needs: Needs, space: Space, request: Request) -> None:
    """Raise Refused (403): without the feature by the platform, with read alone by the alerting framework (mem)."""
    if needs == "nothing":
        return
    level = status.level(key, space.name)
    if not level:
        reason = "this action is granted by the Kibana privileges [securitySolution]"
        raise platform(403, f"API [{request.method} {request.path}] is unauthorized for user, {reason}")
    if needs == "all" and level != "all":
        raise siem(403, 'Unauthorized by "siem" to write rules')


def _space(path: str) -> tuple[str, str]:
    """Take the space off a path: /s/{space}/api/... (2.1)."""
    parts = path.split("/", 3)
    return (unquote(parts[2]), f"/{parts[3]}") if len(parts) == 4 and parts[1] == "s" else ("default", path)


def _headed(answer: Answer) -> Answer:
    return Answer(answer.status, answer.body, {"kbn-name": "lab", "Content-Type": JSON, **answer.headers})


JSON = "application/json; charset=utf-8"
ROUTES: tuple[Route[Endpoint], ...] = (
    Route("GET", RULES, Endpoint("read", rules.read)),
    Route("POST", RULES, Endpoint("all", rules.create)),
    Route("PUT", RULES, Endpoint("all", rules.replace)),
    Route("PATCH", RULES, Endpoint("all", rules.change)),
    Route("DELETE", RULES, Endpoint("all", rules.delete)),
    Route("GET", f"{RULES}/_find", Endpoint("read", find.find)),
    Route("POST", f"{RULES}/_bulk_action", Endpoint("all", bulk.bulk_action)),
    Route("POST", f"{RULES}/_import", Endpoint("all", transfer.import_rules)),
    Route("POST", f"{RULES}/_export", Endpoint("read", export.export)),
    Route("POST", f"{RULES}/preview", Endpoint("read", preview.preview)),
    Route("GET", "/api/detection_engine/tags", Endpoint("read", find.tags)),
    Route("GET", "/api/detection_engine/privileges", Endpoint("read", status.privileges)),
    Route("GET", "/api/detection_engine/index", Endpoint("read", status.alerts_index)),
    Route("GET", LISTS, Endpoint("read", exceptions.read_list)),
    Route("POST", LISTS, Endpoint("all", exceptions.create_list)),
    Route("PUT", LISTS, Endpoint("all", exceptions.replace_list)),
    Route("DELETE", LISTS, Endpoint("all", exceptions.delete_list)),
    Route("GET", f"{LISTS}/items", Endpoint("read", exceptions.read_item)),
    Route("POST", f"{LISTS}/items", Endpoint("all", exceptions.create_item)),
    Route("PUT", f"{LISTS}/items", Endpoint("all", exceptions.replace_item)),
    Route("DELETE", f"{LISTS}/items", Endpoint("all", exceptions.delete_item)),
    Route("GET", "/api/status", Endpoint("nothing", status.status, versioned=False)),
    Route("GET", "/api/spaces/space", Endpoint("nothing", status.spaces, versioned=False)),
)
