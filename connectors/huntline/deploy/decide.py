"""Turn what a person says about drift into decisions the next plan heeds."""

from __future__ import annotations

from collections.abc import Sequence

from huntline.deploy.compare import STATE
from huntline.deploy.drift import Drift
from huntline.deploy.plan import Look
from huntline.errors import UserError
from huntline.ledger.choices import Choice, Word
from huntline.model.artifact import Artifact
from huntline.model.pack import Json
from huntline.model.paths import flat


def decisions(asked: Sequence[tuple[Word, str]], seen: Look, found: Sequence[Drift], who: str) -> tuple[Choice, ...]:
    """Return a decision for each (word, "id:field" or "id"). Raises UserError for what is no drift of a wanted object."""
    return tuple(_decision(word, text, seen, found, who) for word, text in asked)


def _decision(word: Word, text: str, seen: Look, found: Sequence[Drift], who: str) -> Choice:
    advice = "name the id and the field as `huntline drift` lists them: ID:FIELD"
    artifact, path = _meant(text, seen, advice)
    drifted = [one for one in found if (one.kind, one.remote_id) == (artifact.kind, artifact.remote_id)]
    if not drifted:
        raise UserError(f"{text}: nothing drifted there", advice=advice)
    if not path:
        if word != "overwrite" or not any(one.what == "deleted" for one in drifted):
            raise UserError(f"{text}: only what was deleted is decided on as a whole, to overwrite", advice=advice)
        return Choice(artifact.kind, artifact.remote_id, "", word, None, who)
    return Choice(artifact.kind, artifact.remote_id, path, word, _value(artifact, path, seen, text, advice), who)


def _meant(text: str, seen: Look, advice: str) -> tuple[Artifact, str]:
    """Find the wanted object: ids may hold colons, fields none."""
    for artifact in seen.wanted.artifacts:
        if text == artifact.remote_id:
            return artifact, ""
        if text.startswith(f"{artifact.remote_id}:"):
            return artifact, text.removeprefix(f"{artifact.remote_id}:")
    raise UserError(f"{text}: the pack wants no such object", advice=advice)


def _value(artifact: Artifact, path: str, seen: Look, text: str, advice: str) -> Json:
    over = seen.over(artifact)
    there = flat(over.managed) if over else {}
    if over and path == STATE:
        return over.state
    if path not in there and path not in flat(seen.means.target.deployer.normal(artifact)):
        raise UserError(f"{text}: there is no field {path!r} that we manage", advice=advice)
    return there.get(path)
