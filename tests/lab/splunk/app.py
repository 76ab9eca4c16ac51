"""The stand-in itself: who may, where to, and the words of every refusal."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace

from lab.serve.exchange import Answer, Request, bend
from lab.serve.faults import Refusal
from lab.serve.routes import Route, Unserved, find
from lab.splunk import admin, control, dispatch
from lab.splunk.access import Sessions, authenticate, login
from lab.splunk.bends import BENDS
from lab.splunk.call import Call, Deployment, given_of, mode_of
from lab.splunk.errors import Failed, Message, Unbuilt, messages_answer
from lab.splunk.jobs import Jobs
from lab.splunk.knowledge import make_knowledge
from lab.splunk.routes import KNOWLEDGE, Endpoint
from lab.splunk.settings import SplunkSettings
from lab.splunk.store import Store

NAMESPACE = re.compile(r"^/servicesNS/[^/]+/[^/]+(?=/)")
SERVED_BY_SPLUNK = frozenset(
    {"admin", "alerts", "apps", "authentication", "authorization", "cluster", "configs", "data", "licenser", "messages"}
    | {"properties", "saved", "search", "server", "shcluster", "storage", "workloads"}
)
LOGIN = "/services/auth/login"


class SplunkLab:
    """One search head that answers; `store` and `knowledge` may change while it runs, `jobs` tell what was left behind."""

    dated = True

    def __init__(
        self, store: Store, settings: SplunkSettings | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Serve a store; jobs wait, run and expire by the clock."""
        self.settings = settings or SplunkSettings()
        self.store, self.jobs, self.sessions = store, Jobs(clock), Sessions()
        self.knowledge = make_knowledge(self.settings.apps)
        self.deployment = Deployment(self.settings, self.store, self.jobs, self.knowledge)

    def answer(self, request: Request) -> Answer:
        """Answer as splunkd does, errors included; every answer ends its connection (4a)."""
        if unknown := {one.word for one in request.bends} - BENDS:
            raise Unbuilt(f"the bends {unknown}")
        try:
            answer = self._answered(request)
        except Failed as failed:
            answer = messages_answer(failed.status, [failed.message], mode_of(given_of(request)))
        return _ended(answer)

    def refuse(self, request: Request, refusal: Refusal) -> Answer:
        """Word a scripted refusal; `proxy` is a page of whatever stands before splunkd."""
        if refusal.kind == "proxy":
            page = Answer(refusal.status, b"<html><body>Bad gateway</body></html>", {"Content-Type": "text/html"})
            return _ended(page)
        if refusal.kind:
            raise Unbuilt(f"no refusal of the kind {refusal.kind!r}")
        said = Message("ERROR", f"the lab refuses by {refusal.status}")
        return _ended(messages_answer(refusal.status, [said], mode_of(given_of(request))))

    def _answered(self, request: Request) -> Answer:
        path = NAMESPACE.sub("/services", request.path).replace(
            "+", "%20"
        )  # the SDK writes a space so [L1: UrlEncoded]
        if path.rstrip("/") == LOGIN and request.method == "POST":
            return login(request, self.settings, self.sessions)
        asking, headers = authenticate(request, self.settings, self.sessions)
        user = replace(asking, role=asking.role.effective)
        if bend(request, "lost_job"):
            self.jobs.forget(user)
        found = find(ROUTES if self.settings.second_version else FIRST, request.method, path)
        if isinstance(found, Unserved):
            raise self._unserved(request, path, found)
        answer = found.route.action(Call(self.deployment, request, user, found.variables, given_of(request)))
        return Answer(answer.status, answer.body, {**answer.headers, **headers}, answer.search)

    def _unserved(self, request: Request, path: str, found: Unserved) -> Failed:
        """Say that no endpoint has this path, or not this method (mem); raises Unbuilt for what Splunk would serve."""
        if found.allowed:
            return Failed(405, f"Method Not Allowed: {request.method}")
        first, *rest = path.removeprefix("/services/").split("/")
        if first in SERVED_BY_SPLUNK and (self.settings.second_version or rest[:1] != ["v2"]):
            raise Unbuilt(f"{request.method} {request.path}")
        return Failed(404, "Not Found")


def _ended(answer: Answer) -> Answer:
    return Answer(
        answer.status, answer.body, {**answer.headers, "Connection": "Close", "Server": "Splunkd"}, answer.search
    )


def _jobs(base: str, *reads: str) -> tuple[Route[Endpoint], ...]:
    """Return the endpoints of a version: rows are read by GET, in v2 by POST too, as the SDK does [L1: Job.results]."""
    rows: dict[str, Endpoint] = {
        "results": control.results,
        "events": control.events,
        "results_preview": control.preview,
    }
    return (
        Route("POST", base, dispatch.create),
        Route("GET", base, control.listed),
        Route("POST", f"{base}/export", dispatch.export),
        Route("GET", f"{base}/{{sid}}", control.status),
        Route("DELETE", f"{base}/{{sid}}", control.cancel),
        Route("POST", f"{base}/{{sid}}/control", control.control),
        *(Route(read, f"{base}/{{sid}}/{name}", action) for name, action in rows.items() for read in reads),
    )


FIRST: tuple[Route[Endpoint], ...] = (
    Route("GET", "/services/server/info", admin.info),
    Route("GET", "/services/authentication/current-context", admin.context),
    Route("GET", "/services/authorization/roles", admin.roles),
    Route("GET", "/services/authorization/roles/{name}", admin.role),
    Route("GET", "/services/data/indexes", admin.indexes),
    Route("GET", "/services/data/indexes/{name}", admin.index),
    Route("GET", "/services/datamodel/model", admin.models),
    Route("GET", "/services/search/distributed/peers", admin.peers),
    Route("GET", "/services/data/federated/provider", admin.providers),
    Route("GET", "/services/properties/limits/search/search_retry", admin.setting),
    Route("GET", "/services/search/parser", admin.parser),
    *_jobs("/services/search/jobs", "GET"),
    *KNOWLEDGE,
)
ROUTES: tuple[Route[Endpoint], ...] = (
    *FIRST,
    Route("POST", "/services/search/v2/parser", admin.parser),
    *_jobs("/services/search/v2/jobs", "GET", "POST"),
)
