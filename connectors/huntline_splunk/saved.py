"""The saved searches of one app: listed with all others, read, written."""

from __future__ import annotations

from collections.abc import Mapping

from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed, Written
from huntline.model.pack import Json
from huntline_splunk import space
from huntline_splunk.client import Client
from huntline_splunk.saved_shape import deployed, restored, retired, wanted
from huntline_splunk.space import Place, expect_same

SEARCHES = "saved/searches"


def place_of(client: Client, app: str) -> Place:
    return Place(client, app, SEARCHES)


def held(place: Place) -> list[Deployed]:
    """List every search that can be seen, of other apps and users too: a private one of our name hides ours from its user."""
    return [deployed(one, place.app) for one in space.listed(place)]


def read(place: Place, remote_id: str) -> Deployed | None:
    entry = space.at(place, remote_id) if remote_id.startswith("/") else space.found(place, remote_id)
    return deployed(entry, place.app) if entry else None


def put(place: Place, artifact: Artifact, over: Deployed | None, *, on: bool, instead: Mapping[str, Json]) -> Written:
    """Create a search, which Splunk refuses where its name is taken, or send what is ours of the one that was seen."""
    if over is None:
        form = wanted(artifact, None, on=on, instead=instead)
        return Written(deployed(space.created(place, artifact.remote_id, form), place.app))
    now = _same(place, over)
    return _changed(place, over, wanted(artifact, now, on=on, instead=instead))


def retire(place: Place, over: Deployed) -> Written:
    return _changed(place, over, retired(_same(place, over)))


def restore(place: Place, before: Deployed, over: Deployed) -> Written:
    now = _same(place, over)
    form = restored(before, now)
    return _changed(place, over, form) if form else Written(now)


def remove(place: Place, over: Deployed) -> str:
    """Delete a search; one that is not there any more is deleted. Splunk gives a request no id."""
    now = read(place, over.remote_id)
    if now is not None:
        expect_same(now, over)
        space.deleted(place, over.remote_id)
    return ""


def _same(place: Place, over: Deployed) -> Deployed:
    return expect_same(read(place, over.remote_id), over)


def _changed(place: Place, over: Deployed, form: Mapping[str, str]) -> Written:
    return Written(deployed(space.changed(place, over.remote_id, form), place.app))
