"""Can rules be written and run with this key: Kibana and its space, privileges, licence, and how long the key lives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from huntline.errors import HuntlineError, Transient, Unauthenticated
from huntline.ports import Finding
from huntline_elastic.client import Client, Kibana
from huntline_elastic.faults import Missing
from huntline_elastic.indicators import INDEX
from huntline_elastic.rows import EPOCH
from huntline_elastic.terrain import PRIVILEGES

APPLICATION = "kibana-.kibana"
WRITE_RULES = (
    *(f"feature_siem{version}.all" for version in ("", "V2", "V3", "V4", "V5")),
    "feature_securitySolutionRulesV1.all",
    "alerting:siem.eqlRule/siem/rule/create",
)
"""Any of them lets a key write rules: Security: All under the names it had, and the action that Kibana asks for in the end."""

FOR_ALERTS = ("manage", "write", "read", "view_index_metadata")
FOR_LISTS = ("read", "view_index_metadata", "create_index", "write")
SOON = timedelta(days=30)
Held: TypeAlias = Mapping[str, Mapping[str, bool]]  # index pattern -> privilege -> whether the key has it


def ready(client: Client, kibana: Kibana, space: str, patterns: Sequence[str]) -> Iterator[Finding]:
    """Yield what is found; nothing is changed. `patterns`: what the sources' rules read.

    Raises Unauthenticated and Transient; everything else is a finding.
    """
    yield _found("kibana", "unknown", lambda: _version(kibana))
    yield _found("space", "fail", lambda: _space(kibana, space))
    yield from _privileges(client, space, patterns)
    yield _found("licence of rules", "unknown", lambda: _licence(client))
    yield _found("life of the key", "unknown", lambda: _life(client))


def _found(name: str, otherwise: str, look: Callable[[], Finding]) -> Finding:
    """Return a finding; `otherwise`: what it means when the platform does not say."""
    try:
        return look()
    except (Unauthenticated, Transient):
        raise
    except HuntlineError as error:
        return Finding(name, otherwise, error.problem)  # type: ignore[arg-type]  # one of the four words


def _version(kibana: Kibana) -> Finding:
    version = kibana.ask("GET", "/api/status").body.get("version")
    if not version:
        return Finding("kibana", "unknown", "answers, and does not tell its version")
    number = str(version["number"])
    known = tuple(int(part) for part in number.split(".")[:2]) >= (8, 19)
    return Finding("kibana", "ok" if known else "warn", number if known else f"{number}: below 8.19, never tried")


def _space(kibana: Kibana, space: str) -> Finding:
    try:
        told = kibana.ask("GET", "/api/detection_engine/privileges").body
    except Missing:
        return Finding("space", "fail", f"there is no space {space}, or no Elastic Security in it")
    if not told.get("has_encryption_key", True):
        return Finding(
            "space", "fail", "Kibana has no encryption key (xpack.encryptedSavedObjects): no rule can be made"
        )
    return Finding("space", "ok", space)


def _privileges(client: Client, space: str, patterns: Sequence[str]) -> Iterator[Finding]:
    """Ask for all at once: the tenants of a fleet wait for each answer."""
    alerts = (f".alerts-security.alerts-{space}", f".lists-{space}", f".items-{space}")
    lists = (f"{INDEX}*",)
    data = tuple(one for one in patterns if ":" not in one and not one.startswith("-"))
    asked = [(alerts, FOR_ALERTS), (lists, FOR_LISTS), *([(data, PRIVILEGES)] if data else [])]
    resource = f"space:{space}"
    body = {
        "index": [{"names": list(names), "privileges": list(wanted)} for names, wanted in asked],
        "application": [{"application": APPLICATION, "privileges": list(WRITE_RULES), "resources": [resource]}],
    }
    try:
        told = client.ask("POST", "/_security/user/_has_privileges", body=body).body
    except (Unauthenticated, Transient):
        raise
    except HuntlineError as error:
        yield Finding("privileges", "unknown", f"the cluster does not say what the key may do: {error.problem}")
        return
    held = told["index"]
    yield _writes(told["application"][APPLICATION][resource], space)
    yield _holds("privileges for alerts", held, alerts, FOR_ALERTS)
    yield _holds("privileges for lists", held, lists, FOR_LISTS)
    yield _reads(held, data)


def _writes(held: Mapping[str, bool], space: str) -> Finding:
    if any(held.values()):
        return Finding("write rules", "ok", "Security: All")
    return Finding("write rules", "fail", f"the key lacks Security: All in the space {space}")


def _holds(name: str, held: Held, names: Sequence[str], privileges: Sequence[str]) -> Finding:
    without = [f"{wanted} on {one}" for one in names for wanted in privileges if not held[one].get(wanted)]
    return Finding(name, "warn" if without else "ok", f"missing: {', '.join(without)}" if without else "present")


def _reads(held: Held, patterns: Sequence[str]) -> Finding:
    """Rules read with the key's own privileges; of a pattern it may not read they find nothing, and say nothing."""
    name = "data that rules read"
    without = [one for one in patterns if not all(held[one].get(wanted) for wanted in PRIVILEGES)]
    if without and len(without) == len(patterns):
        return Finding(name, "fail", f"the key may read none of {', '.join(without)}")
    return Finding(name, "warn" if without else "ok", f"not readable: {', '.join(without)}" if without else "readable")


def _licence(client: Client) -> Finding:
    told = client.ask("GET", "/_license").body["license"]
    active = told["status"] in ("active", "valid")
    return Finding("licence of rules", "ok" if active else "fail", f"{told['type']}, {told['status']}")


def _life(client: Client) -> Finding:
    """Rules run under the key that wrote them last."""
    name, told = "life of the key", "rules run under this key: when it is deleted or expires, they stop"
    key = client.ask("GET", "/_security/_authenticate").body.get("api_key")
    if not key:
        return Finding(name, "unknown", told)
    found = client.ask("GET", "/_security/api_key", params={"id": key["id"], "owner": "true"}).body["api_keys"]
    if not found:
        return Finding(name, "unknown", f"{told}; it may not read its own description")
    if not found[0].get("expiration"):
        return Finding(name, "ok", f"{told}; it does not expire")
    ends = EPOCH + timedelta(milliseconds=found[0]["expiration"])
    soon = ends - datetime.now(UTC) < SOON
    return Finding(name, "warn" if soon else "ok", f"{told}; it expires at {ends:%Y-%m-%d %H:%M} UTC")
