"""Can rules be written and run with this key: Kibana and its space, privileges, licence, and how long the key lives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from huntline.errors import Denied, HuntlineError, Transient, Unauthenticated
from huntline.ports import Finding
from huntline_elastic.client import Client, Kibana
from huntline_elastic.faults import Missing
from huntline_elastic.indicators import INDEX
from huntline_elastic.rows import EPOCH
from huntline_elastic.terrain import PRIVILEGES, rights

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


def ready(client: Client, kibana: Kibana, space: str, patterns: Sequence[str]) -> Iterator[Finding]:
    """Yield what is found; nothing is changed. `patterns`: what the sources' rules read.

    Raises Unauthenticated and Transient; everything else is a finding.
    """
    yield _found("kibana", "unknown", lambda: _version(kibana))
    yield _found("space", "fail", lambda: _space(kibana, space))
    yield _found("write rules", "unknown", lambda: _writes(client, space))
    yield _found("alerts index", "warn", lambda: _alerts(kibana))
    own = (f".alerts-security.alerts-{space}", f".lists-{space}", f".items-{space}")
    yield _found("privileges for alerts", "unknown", lambda: _holds(client, "privileges for alerts", own, FOR_ALERTS))
    lists = (f"{INDEX}*",)
    yield _found("privileges for lists", "unknown", lambda: _holds(client, "privileges for lists", lists, FOR_LISTS))
    yield _found("data that rules read", "unknown", lambda: _reads(client, patterns))
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


def _writes(client: Client, space: str) -> Finding:
    asked = {"application": APPLICATION, "privileges": list(WRITE_RULES), "resources": [f"space:{space}"]}
    told = client.ask("POST", "/_security/user/_has_privileges", body={"application": [asked]}).body
    held = told["application"][APPLICATION][f"space:{space}"]
    if any(held.values()):
        return Finding("write rules", "ok", "Security: All")
    return Finding("write rules", "fail", f"the key lacks Security: All in the space {space}")


def _alerts(kibana: Kibana) -> Finding:
    try:
        told = kibana.ask("GET", "/api/detection_engine/index").body
    except Missing:
        return Finding("alerts index", "warn", "is not there yet: the first rule makes it")
    except Denied as error:
        return Finding("alerts index", "warn", error.problem)
    return Finding("alerts index", "ok", str(told["name"]))


def _holds(client: Client, name: str, patterns: Sequence[str], privileges: Sequence[str]) -> Finding:
    body = {"index": [{"names": list(patterns), "privileges": list(privileges)}]}
    told = client.ask("POST", "/_security/user/_has_privileges", body=body).body["index"]
    without = [f"{one} on {held}" for held, has in sorted(told.items()) for one in privileges if not has.get(one)]
    return Finding(name, "warn" if without else "ok", f"missing: {', '.join(without)}" if without else "present")


def _reads(client: Client, patterns: Sequence[str]) -> Finding:
    """Rules read with the key's own privileges; a pattern it may not read has none."""
    name, known = "data that rules read", rights(client, patterns)
    if not known.of:
        return Finding(name, "unknown", "the cluster does not say what the key may do")
    without = sorted(one for one, held in known.of.items() if not held.issuperset(PRIVILEGES))
    if len(without) == len(known.of):
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
