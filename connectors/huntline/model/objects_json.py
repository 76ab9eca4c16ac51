"""Objects on platforms, and plans about them, to JSON and back without loss: as plan files and the ledger keep them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed
from huntline.model.jsonable import moment_of, moment_text
from huntline.model.mark import Mark
from huntline.model.plan import Change, Difference, Expected, Plan, TenantPlan


def deployed_json(one: Deployed) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "remote_id": one.remote_id,
        "name": one.name,
        "mark": one.mark and [one.mark.key, one.mark.hash],
        "home": one.home,
        "managed": one.managed,
        "whole": one.whole,
        "revision": one.revision,
        "state": one.state,
        "changed_by": one.changed_by,
        "changed_at": one.changed_at and moment_text(one.changed_at),
        "words": one.words,
    }


def deployed_of(data: Mapping[str, Any]) -> Deployed:
    mark = Mark(*data["mark"]) if data["mark"] else None
    changed_at = moment_of(data["changed_at"]) if data["changed_at"] else None
    return Deployed(**{**data, "mark": mark, "changed_at": changed_at})


def plan_json(plan: Plan) -> dict[str, Any]:
    tenants = [tenant_plan_json(one) for one in plan.tenants]
    return {"made": moment_text(plan.made), "tenants": tenants, "lost": list(plan.lost)}


def plan_of(data: Mapping[str, Any]) -> Plan:
    tenants = tuple(_tenant_plan_of(one) for one in data["tenants"])
    return Plan(moment_of(data["made"]), tenants, tuple(data["lost"]))


def tenant_plan_json(one: TenantPlan) -> dict[str, Any]:
    return {
        "tenant": one.tenant,
        "customer": one.customer,
        "platform": one.platform,
        "place": one.place,
        "ring": one.ring,
        "pack": one.pack,
        "pack_hash": one.pack_hash,
        "changes": [_change_json(change) for change in one.changes],
        "warnings": list(one.warnings),
    }


def _tenant_plan_of(data: Mapping[str, Any]) -> TenantPlan:
    changes = tuple(_change_of(change) for change in data["changes"])
    return TenantPlan(**{**data, "changes": changes, "warnings": tuple(data["warnings"])})


def _change_json(one: Change) -> dict[str, Any]:
    return {
        "action": one.action,
        "key": one.key,
        "kind": one.kind,
        "remote_id": one.remote_id,
        "name": one.name,
        "reason": one.reason,
        "artifact": one.artifact and _artifact_json(one.artifact),
        "on": one.on,
        "instead": one.instead,
        "differences": [[d.path, d.now, d.wanted, d.owner, d.kept] for d in one.differences],
        "seen": one.seen,
        "expected": one.expected and [one.expected.last_7_days, one.expected.last_30_days, one.expected.words],
    }


def _change_of(data: Mapping[str, Any]) -> Change:
    artifact = _artifact_of(data["artifact"]) if data["artifact"] else None
    differences = tuple(Difference(*one) for one in data["differences"])
    expected = Expected(*data["expected"]) if data["expected"] else None
    return Change(**{**data, "artifact": artifact, "differences": differences, "expected": expected})


def _artifact_json(one: Artifact) -> dict[str, Any]:
    return {
        "key": one.key,
        "kind": one.kind,
        "remote_id": one.remote_id,
        "name": one.name,
        "body": one.body,
        "needs": list(one.needs),
    }


def _artifact_of(data: Mapping[str, Any]) -> Artifact:
    return Artifact(**{**data, "needs": tuple(data["needs"])})
