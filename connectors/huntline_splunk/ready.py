"""Can searches be written and scheduled in this app: capabilities, who may write to it, packages, the token's life."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from huntline.ports import Finding
from huntline_splunk.client import Client
from huntline_splunk.jobs import truth
from huntline_splunk.life import ends
from huntline_splunk.limits import context_of
from huntline_splunk.listing import LEAST
from huntline_splunk.package import AUTHOR
from huntline_splunk.security import APP as SECURITY

NEEDED = {
    "search": "searches are tried over the last hour",
    "schedule_search": "without it Splunk refuses a schedule",
}
FILES = "output_file"  # of outputlookup
EVERYTHING = "admin_all_objects"
TOO_MUCH = (EVERYTHING, "edit_roles", "edit_user", "install_apps", "rest_apps_management")


def ready(client: Client, app: str, *, security: bool) -> Iterator[Finding]:
    """Yield what is found; nothing is changed. `security`: for Enterprise Security. Raises what the client raises."""
    who = context_of(client.ask("GET", "authentication/current-context").body)
    apps = client.ask("GET", "apps/local", count="0").body.get("entry") or ()
    yield Finding("who deploys", "ok", f"{who.get('username', 'nobody')}, roles: {', '.join(_roles(who)) or 'none'}")
    held = frozenset(map(str, who.get("capabilities") or ()))
    yield from _capabilities(held)
    yield _lists(held)
    yield _private(held)
    yield _app(app, _named(apps, app))
    yield _writes(app, _named(apps, app), _roles(who))
    yield _packages(app, apps)
    if security:
        yield _security(_named(apps, SECURITY))
    yield ends(client)


def _capabilities(held: frozenset[str]) -> Iterator[Finding]:
    for name, why in NEEDED.items():
        there = name in held
        yield Finding(f"capability {name}", "ok" if there else "fail", "present" if there else f"missing: {why}")
    more = sorted(held.intersection(TOO_MUCH))
    words = f"more than deploying needs: {', '.join(more)}" if more else "none"
    yield Finding("capabilities beyond deploying", "warn" if more else "ok", words)


def _lists(held: frozenset[str]) -> Finding:
    """Only packs with long lists need it: without it those fail, and the searches that read them, and nothing else."""
    if FILES in held:
        return Finding(f"capability {FILES}", "ok", "present")
    return Finding(f"capability {FILES}", "warn", f"missing: lists of {LEAST} indicators or more cannot be written")


def _private(held: frozenset[str]) -> Finding:
    """A copy that is somebody's own hides ours from them, with what they changed in it."""
    if EVERYTHING in held:
        return Finding("private copies", "ok", "of all users are seen")
    return Finding("private copies", "unknown", "of other users are not seen: only an administrator is told of them")


def _app(app: str, told: Mapping[str, Any] | None) -> Finding:
    if told is None:
        return Finding("app", "fail", f"there is no app {app}, or the role may not see it: make one in Splunk Web")
    if truth(told["content"].get("disabled")):
        return Finding("app", "fail", f"{app} is disabled: nothing in it runs")
    return Finding("app", "ok", app)


def _writes(app: str, told: Mapping[str, Any] | None, roles: Sequence[str]) -> Finding:
    name = "write to the app"
    if told is None:
        return Finding(name, "unknown", "there is no app to write to")
    acl = told.get("acl") or {}
    writers = set((acl.get("perms") or {}).get("write") or ())
    if truth(acl.get("can_write")) or writers & {"*", *roles}:
        return Finding(name, "ok", "allowed")
    return Finding(
        name, "fail", f"no role of the user may write to {app}; allowed: {', '.join(sorted(writers)) or 'none'}"
    )


def _packages(app: str, apps: Sequence[Mapping[str, Any]]) -> Finding:
    """What REST writes over a package's files hides what its next version brings; and two copies alert twice."""
    name = "packages of Huntline"
    found = [str(one["name"]) for one in apps if one["content"].get("author") == AUTHOR]
    if app in found:
        return Finding(
            name,
            "fail",
            f"{app} was installed as a package: what is written over it hides its next version. "
            "Deploy into an app of your own, or by packages alone",
        )
    there = [one for one in found if not truth((_named(apps, one) or {"content": {}})["content"].get("disabled"))]
    words = f"{', '.join(there)}: its searches, where somebody enabled them, alert beside those deployed here"
    return Finding(name, "warn" if there else "ok", words if there else "none")


def _security(told: Mapping[str, Any] | None) -> Finding:
    """Without it nobody makes notable events: the searches run, and alert as they would anyway."""
    if told is None or truth(told["content"].get("disabled")):
        return Finding(
            "Enterprise Security", "warn", f"there is no app {SECURITY}, it is disabled, or the role may not see it"
        )
    return Finding("Enterprise Security", "ok", str(told["content"].get("version", "")))


def _named(apps: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any] | None:
    return next((one for one in apps if one["name"] == name), None)


def _roles(who: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(map(str, who.get("roles") or ()))
