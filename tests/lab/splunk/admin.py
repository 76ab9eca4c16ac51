"""What tells of the server, its user, its indexes and who is behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from lab.serve.exchange import Answer
from lab.spl import SplError, parse
from lab.splunk.atom import Entry, collection, feed
from lab.splunk.call import Call
from lab.splunk.errors import Failed, Message, messages_answer
from lab.splunk.macros import visible
from lab.splunk.models import DATASETS
from lab.splunk.settings import Peer, Provider, Role
from lab.splunk.sight import fits
from lab.splunk.store import Index

ONE = {"total": 1, "perPage": 30, "offset": 0}


def info(call: Call) -> Answer:
    """GET server/info (docs); the server's time is in `updated` and in the Date header."""
    settings = call.settings
    said: dict[str, Any] = {
        "build": "78803f08aabb", "cpu_arch": "x86_64", "guid": settings.guid, "isFree": settings.free, "isTrial": False,
        "licenseState": "OK", "mode": "normal", "numberOfCores": 16, "os_name": "Linux", "product_type": "enterprise",
        "serverName": settings.name, "server_roles": ["search_head"], "startup_time": int(call.now) - 86_400,
        "version": settings.version, "activeLicenseGroup": "Free" if settings.free else "Enterprise",
    }  # fmt: skip
    if settings.instance_type:
        said["instance_type"] = settings.instance_type
    return feed(call, "server/info", [Entry("server-info", "server/info/server-info", said)], ONE)


def context(call: Call) -> Answer:
    """GET authentication/current-context (docs): name, roles and capabilities, no limits."""
    user = call.user
    said = {
        "capabilities": sorted(user.role.capabilities), "defaultApp": "launcher", "email": "", "realname": "",
        "roles": [user.role.name], "tz": "", "type": "Splunk", "username": user.name,
    }  # fmt: skip
    return feed(
        call, "authentication/current-context", [Entry("context", "authentication/current-context/context", said)], ONE
    )


def roles(call: Call) -> Answer:
    """GET authorization/roles: the user's own unless it may list all (inf)."""
    return collection(call, "authorization/roles", [_role(one) for _, one in sorted(_roles(call).items())])


def role(call: Call) -> Answer:
    """GET authorization/roles/{name}."""
    known, name = _roles(call), call.names["name"]
    if name not in known:
        raise Failed(404, f"Could not find object id={name}")
    return feed(call, "authorization/roles", [_role(known[name])], ONE)


def indexes(call: Call) -> Answer:
    """GET data/indexes: those the role may search (inf); 30 of them unless asked for more."""
    return collection(call, "data/indexes", [_index(one) for one in _seen(call)])


def index(call: Call) -> Answer:
    """GET data/indexes/{name}."""
    found = next((one for one in _seen(call) if one.name == call.names["name"]), None)
    if found is None:
        raise Failed(404, f"Could not find object id={call.names['name']}")
    return feed(call, "data/indexes", [_index(found)], ONE)


def models(call: Call) -> Answer:
    """GET datamodel/model: the data models by name (docs: Knowledge endpoints)."""
    names = () if call.settings.without_models else tuple(sorted(DATASETS))
    own = [
        Entry(one, f"datamodel/model/{one}", {"acceleration": "", "disabled": False})
        for one in (*names, "internal_server")
    ]
    return collection(call, "datamodel/model", own)


def peers(call: Call) -> Answer:
    """GET search/distributed/peers (docs)."""
    return collection(call, "search/distributed/peers", [_peer(one) for one in call.deployment.store.peers])


def providers(call: Call) -> Answer:
    """GET data/federated/provider (docs)."""
    return collection(call, "data/federated/provider", [_provider(one) for one in call.settings.providers])


def setting(call: Call) -> Answer:
    """GET properties/limits/search/search_retry: the bare value (docs: properties)."""
    call.need("list_settings")
    return Answer(200, str(call.settings.search_retry).lower().encode(), {"Content-Type": "text/plain; charset=UTF-8"})


def parser(call: Call) -> Answer:
    """POST search/v2/parser, of v1 GET search/parser: the commands of a text; 400 for one that is none (docs)."""
    text = call.one("q")
    try:
        pipeline = parse(text, macros=visible(call))
    except SplError as wrong:
        return messages_answer(400, [Message("FATAL", f"Error in 'SearchParser': {wrong}")], call.mode)
    commands = [{"command": one.name} for one in pipeline.commands]
    if call.mode == "json":
        return Answer(200, {"commands": commands}, {"Content-Type": "application/json; charset=UTF-8"})
    listed = "".join(f"<item><dict><key name='command'>{one['command']}</key></dict></item>" for one in commands)
    body = f"<response><dict><key name='commands'><list>{listed}</list></key></dict></response>"
    return Answer(200, body.encode(), {"Content-Type": "text/xml; charset=UTF-8"})


def _roles(call: Call) -> dict[str, Role]:
    """Return the roles a user may see, the imported ones of its own among them (inf)."""
    every = {role.name: role for user in call.settings.users for role in (user.role, *user.role.imports)}
    own = every[call.user.role.name]
    mine = {role.name: role for role in (own, *own.imports)}
    return every if "list_all_roles" in call.user.role.capabilities else mine


def _role(found: Role) -> Entry:
    """Return a role; what it imports stands beside its own, and counts where that is not set (seen)."""
    nothing = Role(found.name, (), (), jobs=0, disk_megabytes=0, capabilities=frozenset())
    imported = replace(nothing, imports=found.imports).effective
    said = {
        "capabilities": sorted(found.capabilities), "cumulativeSrchJobsQuota": 0, "defaultApp": "", "rtSrchJobsQuota": 6,
        "imported_capabilities": sorted(imported.capabilities), "imported_roles": [one.name for one in found.imports],
        "imported_srchDiskQuota": imported.disk_megabytes, "imported_srchFilter": imported.filter,
        "imported_srchIndexesAllowed": list(imported.indexes), "imported_srchIndexesDefault": list(imported.default_indexes),
        "imported_srchJobsQuota": imported.jobs, "imported_srchTimeEarliest": imported.earliest,
        "imported_srchTimeWin": imported.window, "srchDiskQuota": found.disk_megabytes, "srchFilter": found.filter,
        "srchIndexesAllowed": list(found.indexes), "srchIndexesDefault": list(found.default_indexes),
        "srchIndexesDisallowed": [], "srchJobsQuota": found.jobs, "srchMaxTime": f"{found.max_seconds:.15g}",
        "srchTimeEarliest": found.earliest, "srchTimeWin": found.window,
    }  # fmt: skip
    return Entry(found.name, f"authorization/roles/{found.name}", said)


def _seen(call: Call) -> list[Index]:
    return [one for one in call.deployment.store.indexes() if fits(one.name, call.user.role.indexes)]


def _index(found: Index) -> Entry:
    keeping, buckets = found.keeping, found.buckets
    said = {
        "archiver.enableDataArchive": keeping.archiving, "coldToFrozenDir": keeping.frozen_dir, "coldToFrozenScript": "",
        "currentDBSizeMB": found.count // 5_000, "datatype": "event", "disabled": keeping.disabled,
        "frozenTimePeriodInSecs": keeping.frozen_seconds, "homePath": f"$SPLUNK_DB/{found.name}/db",
        "isInternal": found.name.startswith("_"), "maxTotalDataSizeMB": keeping.max_megabytes,
        "maxTime": _time(max((one.end for one in buckets), default=None)),
        "minTime": _time(min((one.start for one in buckets), default=None)), "totalEventCount": found.count,
    }  # fmt: skip
    return Entry(found.name, f"data/indexes/{found.name}", said, "nobody")


def _time(moment: float | None) -> str:
    """Write whole seconds with a zone, "" where an index is empty (docs)."""
    return "" if moment is None else f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S%z}"


def _peer(found: Peer) -> Entry:
    said = {
        "disabled": False, "guid": found.guid, "host": found.name, "is_https": True, "peerName": found.name,
        "replicationStatus": "Successful" if found.status == "Up" else "Failed", "server_roles": ["indexer"],
        "status": found.status, "status_details": [],
    }  # fmt: skip
    return Entry(f"{found.name}:8089", f"search/distributed/peers/{found.name}:8089", said)


def _provider(found: Provider) -> Entry:
    said = {
        "appContext": "search", "connectivityStatus": "valid" if found.valid else "invalid", "disabled": False,
        "hostPort": f"{found.name}:8089", "mode": "standard", "serviceAccount": "lab", "type": "splunk",
        "useFSHKnowledgeObjects": False,
    }  # fmt: skip
    return Entry(found.name, f"data/federated/provider/{found.name}", said)
