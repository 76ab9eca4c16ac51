"""Where the knowledge objects are asked for; a namespace in front is taken off before these are looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final, TypeAlias

from lab.serve.exchange import Answer
from lab.serve.routes import Route
from lab.splunk import alerts, apps, kv_documents, lookups, objects, saved_runs
from lab.splunk.call import Call
from lab.splunk.kv_collections import COLLECTIONS
from lab.splunk.lookups import DEFINITIONS, FILES
from lab.splunk.macros import MACROS
from lab.splunk.objects import Kind
from lab.splunk.saved import SEARCHES

Endpoint: TypeAlias = Callable[[Call], Answer]


def _routes(kind: Kind) -> tuple[Route[Endpoint], ...]:
    base, one = f"/services/{kind.path}", f"/services/{kind.path}/{{name}}"
    return (
        Route("GET", base, partial(objects.listed, kind)),
        Route("POST", base, partial(objects.made, kind)),
        Route("GET", one, partial(objects.shown, kind)),
        Route("POST", one, partial(objects.changed, kind)),
        Route("DELETE", one, partial(objects.removed, kind)),
        Route("GET", f"{one}/acl", partial(objects.access, kind)),
        Route("POST", f"{one}/acl", partial(objects.shared, kind)),
        Route("POST", f"{one}/enable", partial(objects.switched, kind, on=True)),
        Route("POST", f"{one}/disable", partial(objects.switched, kind, on=False)),
    )


SEARCH = "/services/saved/searches/{name}"
DATA = "/services/storage/collections/data/{name}"
ALERTS = "/services/alerts/fired_alerts"
KNOWLEDGE: Final[tuple[Route[Endpoint], ...]] = (
    *_routes(SEARCHES),
    Route("POST", f"{SEARCH}/dispatch", saved_runs.dispatched),
    Route("GET", f"{SEARCH}/history", saved_runs.history),
    Route("GET", f"{SEARCH}/scheduled_times", saved_runs.times),
    Route("GET", f"{SEARCH}/suppress", saved_runs.suppression),
    Route("POST", f"{SEARCH}/suppress", saved_runs.suppressed),
    Route("POST", f"{SEARCH}/acknowledge", saved_runs.acknowledged),
    Route("GET", ALERTS, alerts.listed),
    Route("GET", f"{ALERTS}/{{name}}", alerts.of_one),
    Route("DELETE", f"{ALERTS}/{{name}}", alerts.removed),
    *_routes(MACROS),
    *_routes(replace(MACROS, path="admin/macros")),
    *_routes(FILES),
    *_routes(DEFINITIONS),
    *_routes(COLLECTIONS),
    Route("GET", DATA, kv_documents.found),
    Route("POST", DATA, kv_documents.inserted),
    Route("DELETE", DATA, kv_documents.removed),
    Route("POST", f"{DATA}/batch_save", kv_documents.saved),
    Route("GET", f"{DATA}/{{key}}", kv_documents.one),
    Route("POST", f"{DATA}/{{key}}", kv_documents.replaced),
    Route("DELETE", f"{DATA}/{{key}}", kv_documents.dropped),
    Route("POST", "/services/data/lookup_edit/lookup_contents", lookups.edited),
    Route("GET", "/services/apps/local", apps.listed),
    Route("POST", "/services/apps/local", apps.made),
    Route("GET", "/services/apps/local/{name}", apps.shown),
)
