"""Who asks and what they may: API keys, privileges, and the two endpoints that tell."""

from __future__ import annotations

import base64
import binascii
from fnmatch import fnmatchcase
from typing import Any

from lab.elastic.call import Call, body_of
from lab.elastic.documents import Index, several
from lab.elastic.errors import Failed, unauthorized
from lab.elastic.settings import ElasticSettings, Key
from lab.serve.exchange import Answer, Request, bend

# What a privilege includes besides itself (docs: security privileges).
INDEX_IMPLIED = {
    "all": {
        "read", "view_index_metadata", "monitor", "manage", "manage_ilm", "write", "read_cross_cluster", "maintenance",
        "create", "create_doc", "create_index", "index", "delete", "delete_index",
    },
    "manage": {"view_index_metadata", "monitor", "manage_ilm", "maintenance", "create_index", "delete_index"},
    "write": {"create", "create_doc", "index", "delete"},
}  # fmt: skip
CLUSTER_IMPLIED = {
    "all": {"monitor", "manage", "manage_ilm", "read_ilm", "manage_security", "cancel_task"},
    "manage": {"monitor"},
}


def authenticate(request: Request, settings: ElasticSettings) -> Key:
    """Return the key a request is sent with; raises Failed (401) for none, an unknown, an expired or a revoked one."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "apikey" or not credential:
        raise _unknown(f"missing authentication credentials for REST request [{request.path}]")
    name, _, secret = _decoded(credential).partition(":")
    key = next((one for one in settings.keys if (one.id, one.secret) == (name, secret)), None)
    if key is None:
        raise _rejected(name, "unable to find apikey with id")
    if key.revoked or bend(request, "revoked_key"):
        raise _rejected(name, "api key has been invalidated")
    if (key.expires and key.expires <= request.now) or bend(request, "expired_key"):
        raise _rejected(name, "api key is expired")
    return key


def may(key: Key, privilege: str, index: Index) -> bool:
    """Tell whether a key has a privilege on an index, by its own name or its data stream's."""
    return any(_covers(key, privilege, name) for name in (index.stream, index.name))


def may_name(key: Key, privilege: str, name: str) -> bool:
    """Tell whether a key has a privilege on everything a name or pattern can stand for."""
    return _covers(key, privilege, name)


def need(call: Call, privilege: str, action: str) -> None:
    """Raise Failed (403) unless the key has a cluster privilege; without `monitor` even `GET /` is refused (docs)."""
    if not _has(call.key.cluster, privilege, CLUSTER_IMPLIED):
        raise unauthorized(action, call.key.id, granted=f"{privilege},manage,all")


def who(call: Call) -> Answer:
    """GET /_security/_authenticate: open to any key."""
    realm = {"name": "_es_api_key", "type": "_es_api_key"}
    said: dict[str, Any] = {
        "username": "lab",
        "roles": [],
        "full_name": None,
        "email": None,
        "metadata": {},
        "enabled": True,
        "authentication_realm": realm,
        "lookup_realm": realm,
        "authentication_type": "api_key",
        "api_key": {"id": call.key.id, "name": call.key.id, "managed_by": "elasticsearch", "internal": False},
    }
    return Answer(200, said)


def own_key(call: Call) -> Answer:
    """GET /_security/api_key: a key may read its own description, and no other here (mem)."""
    if call.given["id"] != call.key.id:
        raise unauthorized("cluster:admin/xpack/security/api_key/get", call.key.id, granted="manage_own_api_key,all")
    said: dict[str, Any] = {"id": call.key.id, "name": call.key.id, "type": "rest", "creation": 1_600_000_000_000}
    ends = {"expiration": round(call.key.expires.timestamp() * 1000)} if call.key.expires else {}
    held = {"username": "lab", "realm": "_es_api_key", "metadata": {}, "role_descriptors": {}, "invalidated": False}
    return Answer(200, {"api_keys": [{**said, **ends, **held}]})


def privileges(call: Call) -> Answer:
    """GET or POST /_security/user/_has_privileges: by pattern, where searches would silently shrink (2.2)."""
    asked = body_of(call, {"cluster", "index", "application"})
    cluster = {one: _has(call.key.cluster, one, CLUSTER_IMPLIED) for one in asked.get("cluster", [])}
    index: dict[str, dict[str, bool]] = {}
    for check in asked.get("index", []):
        for name in several(check["names"]):
            index.setdefault(name, {}).update({one: _covers(call.key, one, name) for one in check["privileges"]})
    application = _applications(call.key, asked.get("application", []))
    checked = [*index.values(), *(held for resources in application.values() for held in resources.values())]
    every = [*cluster.values(), *(held for one in checked for held in one.values())]
    said: dict[str, Any] = {"username": "lab", "has_all_requested": all(every), "cluster": cluster, "index": index}
    return Answer(200, said | {"application": application})


def may_use(key: Key, application: str, privilege: str, resource: str) -> bool:
    """Tell whether a key has an application's privilege on a resource; `all` of a feature includes `read` (docs)."""
    feature, _, level = privilege.partition(".")
    enough = {privilege, "all", *([f"{feature}.all", "read"] if level == "read" else [])}
    return any(
        grant.name == application
        and enough & grant.privileges
        and any(fnmatchcase(resource, pattern) for pattern in grant.resources)
        for grant in key.applications
    )


def _applications(key: Key, asked: list[Any]) -> dict[str, dict[str, dict[str, bool]]]:
    found: dict[str, dict[str, dict[str, bool]]] = {}
    for check in asked:
        name = check["application"]
        for resource in check["resources"]:
            held = {one: may_use(key, name, one, resource) for one in check["privileges"]}
            found.setdefault(name, {}).setdefault(resource, {}).update(held)
    return found


def _covers(key: Key, privilege: str, name: str) -> bool:
    """Compare patterns as text: `logs-*` covers `logs-a-*`, not the other way round."""
    return any(
        _has(grant.privileges, privilege, INDEX_IMPLIED) and any(fnmatchcase(name, pattern) for pattern in grant.names)
        for grant in key.grants
    )


def _has(held: frozenset[str], privilege: str, implied: dict[str, set[str]]) -> bool:
    return privilege in held or any(privilege in implied.get(one, ()) for one in held)


def _decoded(credential: str) -> str:
    try:
        return base64.b64decode(credential, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _rejected(name: str, why: str) -> Failed:
    reason = "unable to authenticate with provided credentials and anonymous access is not allowed for this request"
    return _unknown(reason, additional_unsuccessful_credentials=f"API key: {why} {name}")


def _unknown(reason: str, **more: str) -> Failed:
    return Failed(401, "security_exception", reason, header={"WWW-Authenticate": ["ApiKey"]}, **more)
