"""The saved searches of one app: listed with all others, read, written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed, Written
from huntline.model.pack import Json
from huntline.model.paths import with_values
from huntline.ports import expect_same
from huntline_splunk import space
from huntline_splunk.client import Client
from huntline_splunk.saved_shape import deployed, names_of, normal, restored, retired, wanted
from huntline_splunk.space import Place

SEARCHES = "saved/searches"


@dataclass(frozen=True, slots=True)
class Searches:
    """`names`: the fields of a search that are ours."""

    place: Place
    names: tuple[str, ...]


def searches_of(client: Client, app: str, *, security: bool) -> Searches:
    return Searches(place_of(client, app), names_of(security_too=security))


def place_of(client: Client, app: str) -> Place:
    return Place(client, app, SEARCHES)


def held(at: Searches) -> list[Deployed]:
    """List every search that can be seen, of other apps and users too: a private one of our name hides ours from its user."""
    return [deployed(one, at.place.app, at.names) for one in space.listed(at.place)]


def read(at: Searches, remote_id: str) -> Deployed | None:
    entry = space.at(at.place, remote_id) if remote_id.startswith("/") else space.found(at.place, remote_id)
    return deployed(entry, at.place.app, at.names) if entry else None


def put(at: Searches, artifact: Artifact, over: Deployed | None, *, on: bool, instead: Mapping[str, Json]) -> Written:
    """Create a search, which Splunk refuses where its name is taken, or send what is ours of the one that was seen."""
    ours = with_values(normal(artifact, at.names), instead)
    if over is None:
        form = wanted(ours, artifact.mark, None, on=on)
        return Written(deployed(space.created(at.place, artifact.remote_id, form), at.place.app, at.names))
    now = _same(at, over)
    return _changed(at, over, wanted(ours, artifact.mark, now, on=on))


def retire(at: Searches, over: Deployed) -> Written:
    return _changed(at, over, retired(_same(at, over)))


def restore(at: Searches, before: Deployed, over: Deployed) -> Written:
    now = _same(at, over)
    form = restored(before, now)
    return _changed(at, over, form) if form else Written(now)


def remove(at: Searches, over: Deployed) -> str:
    """Delete a search; one that is not there any more is deleted. Splunk gives a request no id."""
    now = read(at, over.remote_id)
    if now is not None:
        expect_same(now, over)
        space.deleted(at.place, over.remote_id)
    return ""


def _same(at: Searches, over: Deployed) -> Deployed:
    """Read a search again before it is written: Splunk takes no revision along, so what comes between is overwritten."""
    return expect_same(read(at, over.remote_id), over)


def _changed(at: Searches, over: Deployed, form: Mapping[str, str]) -> Written:
    return Written(deployed(space.changed(at.place, over.remote_id, form), at.place.app, at.names))
