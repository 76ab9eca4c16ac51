"""What a person does to saved searches in Splunk Web or in the files, recorded as splunkd would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from lab.splunk.app import SplunkLab
from lab.splunk.knowledge import NOBODY, Acl, Kept, Key
from lab.splunk.settings import OURS, PERSON

WHO = PERSON.name


def place(name: str, *, conf: str = "savedsearches", app: str = OURS.name, owner: str = NOBODY) -> Key:
    """Return where an object lies: in nobody's namespace of our app unless said otherwise."""
    return Key(conf, owner, app, name)


def edit(lab: SplunkLab, key: Key, values: Mapping[str, str]) -> Kept:
    """Save an object with some settings changed, in REST's names: the search, the severity, the schedule ..."""
    with lab.knowledge.lock:
        one = lab.knowledge.kept[key]
        return lab.knowledge.put(replace(one, changed={**one.changed, **values}, updated=_now()))


def switch(lab: SplunkLab, key: Key, *, on: bool) -> Kept:
    """Enable or disable a search in the list: one setting."""
    return edit(lab, key, {"disabled": "0" if on else "1"})


def delete(lab: SplunkLab, key: Key) -> None:
    """Delete an object that no package ships."""
    lab.knowledge.drop(key)


def rename(lab: SplunkLab, key: Key, name: str) -> Kept:
    """Give a search another name: a copy, and the old one deleted, since Splunk has no rename (1.1)."""
    with lab.knowledge.lock:
        one = lab.knowledge.kept[key]
        copy = Kept(replace(key, name=name), replace(one.acl, owner=WHO), None, one.values, _now())
        lab.knowledge.drop(key)
        return lab.knowledge.put(copy)


def copy(lab: SplunkLab, key: Key, *, name: str = "", by: str = WHO) -> Kept:
    """Clone a search as a private one, under its own name or another: marks and all."""
    with lab.knowledge.lock:
        there = replace(key, owner=by, name=name or key.name)
        values = lab.knowledge.kept[key].values
        return lab.knowledge.put(Kept(there, Acl(by, "user", (), ()), None, values, _now()))


def add_action(lab: SplunkLab, key: Key, to: str = "soc@example.com") -> Kept:
    """Let a search send mail: the action joins those there are."""
    said = [one for one in lab.knowledge.kept[key].values.get("actions", "").split(",") if one]
    return edit(lab, key, {"action.email": "1", "action.email.to": to, "actions": ",".join((*said, "email"))})


def forget(lab: SplunkLab, key: Key, *names: str) -> Kept:
    """Take settings out of local/*.conf by an editor, a mark for one, and reload: REST can only empty them (inf)."""
    with lab.knowledge.lock:
        one = lab.knowledge.kept[key]
        left = {name: value for name, value in one.changed.items() if name not in names}
        return lab.knowledge.put(replace(one, changed=left, updated=_now()))


def own(lab: SplunkLab, key: Key, *, owner: str = WHO) -> Kept:
    """Give an object to another user: its schedule runs with that user's rights from now on."""
    with lab.knowledge.lock:
        one = lab.knowledge.kept[key]
        return lab.knowledge.put(replace(one, acl=replace(one.acl, owner=owner), updated=_now()))


def make(lab: SplunkLab, key: Key, values: Mapping[str, str], *, by: str = WHO) -> Kept:
    """Keep an object of somebody else's."""
    app = lab.knowledge.apps[key.app]
    acl = Acl(by, "app", app.read, app.write) if key.owner == NOBODY else Acl(key.owner, "user", (), ())
    return lab.knowledge.put(Kept(key, acl, None, dict(values), _now()))


def _now() -> datetime:
    return datetime.now(UTC)
