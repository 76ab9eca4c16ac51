"""Resource Manager: the workspace, its tables with plan and retention, and what the caller may do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.kql.model import KqlType
from lab.sentinel.call import Call
from lab.sentinel.columns import ARM_TYPES, HIDDEN, SHOWN
from lab.sentinel.errors import forbidden, not_found
from lab.sentinel.job import written as job_told
from lab.sentinel.paging import paged
from lab.sentinel.roles import PERMISSIONS, TABLES, WORKSPACE, allows
from lab.sentinel.store import Table
from lab.serve.exchange import Answer

TYPE = "Microsoft.OperationalInsights/workspaces"


def workspace(call: Call) -> Answer:
    """GET the workspace."""
    need(call, WORKSPACE)
    said = call.settings
    properties = {
        "customerId": said.workspace,
        "provisioningState": "Succeeded",
        "sku": {"name": "PerGB2018"},
        "retentionInDays": 90,
        "features": {"enableLogAccessUsingOnlyResourcePermissions": True},
        "publicNetworkAccessForQuery": "Enabled",
    }
    return Answer(
        200, {"id": said.id, "name": said.name, "type": TYPE, "location": said.location, "properties": properties}
    )


def tables(call: Call) -> Answer:
    """GET all tables: the next page, where there is one, by `nextLink`, an address of its own."""
    need(call, TABLES)
    there = [one for name, one in sorted(call.workspace.store.tables().items()) if one.kind != "Function"]
    seen = [one for one in there if call.workspace.jobs.visible(one.name)]
    return Answer(200, paged(call, [written(call, one) for one in seen]))


def table(call: Call) -> Answer:
    """GET one table: a look at the search job it may be of."""
    need(call, TABLES)
    name = call.names["table"]
    if call.bent("lost_table") is not None:
        call.workspace.jobs.lose(name)
    if job := call.workspace.jobs.leaving(name):
        return Answer(200, _named(call, name, job_told(job)), search=name)
    said = written(call, found(call))
    call.workspace.jobs.look(name)
    return Answer(200, said, search=name if "searchResults" in said["properties"] else "")


def permissions(call: Call) -> Answer:
    """GET what the caller may do in the workspace: open to whoever may read anything there (docs)."""
    need(call, PERMISSIONS)
    role = call.caller.role
    granted = {"actions": list(role.actions), "notActions": list(role.but), "dataActions": [], "notDataActions": []}
    return Answer(200, {"value": [granted]})


def need(call: Call, action: str) -> None:
    """Raise Failed for a workspace that is not there (404), or an action the caller may not take (403)."""
    said = call.settings
    if not allows(call.caller.role, action):
        raise forbidden(call.caller.id, action, said.id)
    asked = (call.names["subscription"], call.names["group"], call.names["name"])
    if tuple(map(str.lower, asked)) != (said.subscription, said.group.lower(), said.name.lower()):
        raise not_found(TYPE, call.names["name"])


def found(call: Call) -> Table:
    """Return the table a call names; raises Failed (404) for one that is not there, or not yet."""
    name = call.names["table"]
    there = call.workspace.store.tables().get(name)
    if there is None or there.kind == "Function" or not call.workspace.jobs.visible(name):
        raise not_found(f"{TYPE}/tables", name)
    return there


def written(call: Call, one: Table) -> dict[str, Any]:
    """Write a table as Resource Manager does."""
    properties: dict[str, Any] = {
        "totalRetentionInDays": one.keep.total,
        "archiveRetentionInDays": one.keep.total - one.keep.interactive,
        "plan": one.keep.plan,
        "retentionInDaysAsDefault": False,
        "totalRetentionInDaysAsDefault": False,
        "schema": _schema(one),
        "provisioningState": "Succeeded",
        "retentionInDays": one.keep.interactive,
    } | call.workspace.jobs.told(one.name)
    return _named(call, one.name, properties)


def _named(call: Call, name: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"properties": properties, "id": f"{call.settings.id}/tables/{name}", "name": name, "type": f"{TYPE}/tables"}


def _schema(one: Table) -> dict[str, Any]:
    own = {name: kind for name, kind in one.answered.items() if name not in SHOWN and name not in HIDDEN}
    standard = {name: kind for name, kind in one.answered.items() if name not in own}
    said: dict[str, Any] = {"name": one.name, "tableType": one.kind, "tableSubType": "DataCollectionRuleBased"}
    if one.kind == "Microsoft":
        return said | {"standardColumns": _columns(standard | own), "solutions": ["SecurityInsights"]}
    return said | {"columns": _columns(own), "standardColumns": _columns(standard), "solutions": ["LogManagement"]}


def _columns(columns: Mapping[str, KqlType]) -> list[dict[str, Any]]:
    return [
        {"name": name, "type": ARM_TYPES[kind], "isDefaultDisplay": name not in HIDDEN, "isHidden": name in HIDDEN}
        for name, kind in columns.items()
    ]
