"""Saving a rule, as everybody does it: the API, a template's deployment, a person in the portal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from lab.sentinel.call import Workspace
from lab.sentinel.errors import Failed, arm_failed
from lab.sentinel.rules.check import check
from lab.sentinel.rules.kept import Rule, Rules
from lab.sentinel.rules.normal import normal
from lab.sentinel.rules.query import check_query


def save(workspace: Workspace, name: str, body: Mapping[str, Any], now: datetime) -> tuple[Rule, bool]:
    """Put a scheduled rule in the place of whatever has its id; return it, and whether it is new.

    Raises Failed: 400 for what breaks a rule's form, whose query does not run, or that is one too many; 409 for an etag
    that is not the rule's any more. Without an etag the last one to write wins.
    """
    kind, sent = body.get("kind"), body.get("properties")
    if kind != "Scheduled":
        raise NotImplementedError(f"saving a rule of the kind {kind!r}")
    properties = check(sent)
    check_query(workspace, properties["query"], now)
    with workspace.rules.lock:
        old = workspace.rules.live().get(name.lower())
        _newest(workspace, name, body.get("etag"), old)
        _same_kind(kind, old)
        _free(workspace, name, old, now)
        _named_alone(workspace, name, properties["displayName"])
        _not_too_many(workspace, name, properties)
        return workspace.rules.write(name, kind, normal(properties), now), old is None


def _newest(workspace: Workspace, name: str, etag: str | None, old: Rule | None) -> None:
    """Raise Failed (409) for an etag that is not the rule's [M12]; that of a rule that has gone is old too (lab)."""
    if etag and etag != "*" and (old is None or etag != old.etag):
        words = f"Newer instance of rule '{name}' exists for workspace '{workspace.settings.workspace}'"
        raise arm_failed(409, "Conflict", f"{words} (Etag does not match). Data was not saved.")


def _same_kind(kind: str, old: Rule | None) -> None:
    if old and old.kind != kind:
        raise _bad(f"The kind of rule '{old.name}' is {old.kind} and cannot be changed to {kind}.")  # (lab)


def _free(workspace: Workspace, name: str, old: Rule | None, now: datetime) -> None:
    """Raise Failed (400) for the id of a rule that was deleted not long ago (seen: about a day)."""
    deleted = workspace.rules.deleted(name)
    if old is None and deleted and now - deleted < timedelta(seconds=workspace.settings.reuse_seconds):
        later = "You need to allow some time before re-using the same id. Please try again later."
        raise _bad(f"The rule with id '{name}' was recently deleted. {later}")


def _named_alone(workspace: Workspace, name: str, title: str) -> None:
    """Raise Failed (400) for the name of another rule of the workspace ([M1]; status and words are the lab's)."""
    twins = [one.name for one in _others(workspace.rules, name) if one.properties["displayName"] == title]
    if twins and workspace.settings.unique_names:
        raise _bad(f"The name '{title}' is that of the rule '{twins[0]}' of this workspace already.")


def _not_too_many(workspace: Workspace, name: str, properties: Mapping[str, Any]) -> None:
    """Raise Failed (400) for one enabled rule too many ([M13]; status and words are the lab's)."""
    most, others = workspace.settings.enabled_rules, _others(workspace.rules, name)
    on = [one for one in others if one.kind == "Scheduled" and one.properties["enabled"]]
    if properties["enabled"] and len(on) >= most:
        raise _bad(f"The limit of {most} enabled scheduled rules in a workspace has been reached.")


def _others(rules: Rules, name: str) -> list[Rule]:
    return [rule for key, rule in rules.live().items() if key != name.lower()]


def _bad(words: str) -> Failed:
    return arm_failed(400, "BadRequest", words)
