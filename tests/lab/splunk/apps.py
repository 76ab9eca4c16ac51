"""Apps: apps/local."""

from __future__ import annotations

from dataclasses import replace

from lab.serve.exchange import Answer
from lab.splunk.atom import Entry, collection, feed
from lab.splunk.call import Call
from lab.splunk.errors import Failed, Unbuilt
from lab.splunk.objects import ONE, clash
from lab.splunk.settings import App


def listed(call: Call) -> Answer:
    """GET apps/local: the apps the user may read."""
    return collection(call, "localapps", [_entry(one) for _, one in sorted(_seen(call).items())])


def shown(call: Call) -> Answer:
    """GET apps/local/{name}."""
    found = _seen(call).get(call.names["name"])
    if found is None:
        raise Failed(404, f"Could not find object id={call.names['name']}")
    return feed(call, "localapps", [_entry(found)], ONE)


def made(call: Call) -> Answer:
    """POST apps/local: an empty app, which takes edit_local_apps (1.2); from a package on the server's disk it is not built."""
    call.need("edit_local_apps")
    if set(call.given) - {"output_mode", "name", "label", "visible", "version", "description", "author", "configured"}:
        raise Unbuilt("an app from a package or a template")
    name = call.one("name")
    if name in call.knowledge.apps:
        raise Failed(409, clash(name))
    new = App(name, call.one("label", name), call.one("version", "1.0.0"), write=("admin", *call.asker.roles))
    call.knowledge.apps[name] = new
    return replace(feed(call, "localapps", [_entry(new)], ONE), status=201)


def _seen(call: Call) -> dict[str, App]:
    return {
        name: one
        for name, one in call.knowledge.apps.items()
        if call.asker.everything or "*" in one.read or set(one.read) & set(call.asker.roles)
    }


def _entry(one: App) -> Entry:
    """Return an app as a real 10.6 server shows one (seen)."""
    content = {
        "author": one.author, "check_for_updates": True, "configured": True, "core": one.name in {"search", "launcher"},
        "description": "", "disabled": one.disabled, "eai:acl": None, "label": one.label or one.name,
        "managed_by_deployment_client": False, "show_in_nav": True, "state_change_requires_restart": False,
        "version": one.version, "visible": True,
    }  # fmt: skip
    rights = {"read": list(one.read), "write": list(one.write)}
    acl = {"app": "system", "owner": "nobody", "sharing": "global" if one.exported else "app", "perms": rights}
    return Entry(one.name, f"/servicesNS/nobody/system/apps/local/{one.name}", content, "nobody", acl=acl)
