"""Somebody who deploys, and others, each with a service of the SDK in a namespace."""

from __future__ import annotations

from typing import Any

from splunklib import client

from lab.splunk.settings import ADMIN, DEPLOYER, PERSON, User
from lab_tests.splunk.served import Deployed, connect

APP = "huntline"
SEARCHES = f"/servicesNS/nobody/{APP}/saved/searches"
TEXT = "search index=sysmon EventCode=1"
RULE = {
    "search": TEXT, "is_scheduled": 1, "cron_schedule": "*/5 * * * *", "alert_type": "number of events",
    "alert_comparator": "greater than", "alert_threshold": "0", "alert.severity": 4, "dispatch.index_earliest": "-10m",
    "dispatch.index_latest": "-5m", "dispatch.allow_partial_results": 0, "action.huntline.param.key": "ours/1",
}  # fmt: skip
NAME = "3CX - a rule"


def ours(there: Deployed, user: User = DEPLOYER, *, owner: str = "nobody", app: str = APP) -> client.Service:
    """Log a user in, in a namespace."""
    return connect(there.running, username=user.name, password=user.password, owner=owner, app=app)


def rule(service: client.Service, name: str = NAME, /, **changed: Any) -> client.SavedSearch:
    """Make a saved search like ours."""
    return service.saved_searches.create(name, **{**RULE, **changed})


def administrator(there: Deployed) -> client.Service:
    return ours(there, ADMIN)


def person(there: Deployed, *, owner: str = PERSON.name, app: str = APP) -> client.Service:
    return ours(there, PERSON, owner=owner, app=app)
