"""Who may do what to an object: a new one's rights, those asked for, how they are shown, and a refusal's words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lab.splunk.call import Call
from lab.splunk.errors import Failed
from lab.splunk.knowledge import NOBODY, Acl, Kept, Key


def own(call: Call, key: Key) -> Acl:
    """Return a new object's rights: who made it owns it, also in nobody's namespace, and the app says who may (mem)."""
    if key.owner != NOBODY:
        return Acl(key.owner, "user", (), ())
    app = call.knowledge.apps[key.app]
    return Acl(call.user.name, "app", app.read, app.write)


def wanted(call: Call, one: Kept) -> Acl:
    """Return the rights a call asks for; raises Failed (403) for what its user may not give."""
    sharing, owner = call.one("sharing"), call.one("owner")
    if sharing not in {"user", "app", "global"} or (sharing == "user" and owner == NOBODY):
        raise Failed(400, f"Invalid sharing: '{sharing}'.")
    if owner not in {NOBODY, one.acl.owner, call.user.name} and not call.asker.everything:
        raise Failed(403, "Only a user with admin_all_objects may give an object to another user.")  # (inf)
    app = call.knowledge.apps[one.key.app]
    probe = replace(one, key=replace(one.key, owner=NOBODY), acl=Acl("", "app", app.read, app.write))
    if sharing != "user" and one.acl.sharing == "user" and not call.knowledge.writable(probe, call.asker):
        raise unwritable(call, probe.key, probe.acl, removable=True)
    read, write = (one.acl.read, one.acl.write) if one.key.owner == NOBODY else (app.read, app.write)
    if sharing == "user":
        return Acl(owner, "user", (), ())
    rights = (_roles(call, "perms.read", read), _roles(call, "perms.write", write))
    return Acl(owner, "global" if sharing == "global" else "app", *rights)


def shown(call: Call, one: Kept) -> dict[str, Any]:
    """Return the rights as a server shows them (seen); a private object has no lists."""
    mine = call.knowledge.writable(one, call.asker)
    rights = {"read": list(one.acl.read), "write": list(one.acl.write)}
    return {
        "app": one.key.app, "can_change_perms": mine, "can_list": True, "can_share_app": mine, "can_share_global": mine,
        "can_share_user": mine, "can_write": mine, "modifiable": mine, "owner": one.acl.owner,
        "perms": rights if one.key.owner == NOBODY else None, "removable": one.shipped is None, "sharing": one.acl.sharing,
    }  # fmt: skip


def unwritable(call: Call, key: Key, acl: Acl, *, removable: bool) -> Failed:
    """Word a refusal as splunkd does (its beginning seen, the rest mem)."""
    roles, read, write = (", ".join(names) for names in (call.asker.roles, acl.read, acl.write))
    return Failed(
        403,
        f"User '{call.user.name}' with roles {{ {roles} }} cannot write: /{key.owner}/{key.app}/{key.conf}/{key.name} "
        f"{{ read : [ {read} ], write : [ {write} ] }}, export: {acl.sharing}, removable: {'yes' if removable else 'no'}",
    )


def _roles(call: Call, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    if name not in call.given:
        return default
    return tuple(role for one in call.given[name] for part in one.split(",") if (role := part.strip()))
