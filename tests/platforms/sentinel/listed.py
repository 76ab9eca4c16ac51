"""A pack whose one rule has too many values for a query, and what deploys it to a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from huntline.deploy.means import Means, Target
from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed
from huntline.model.pack import Pack, Stage
from huntline.model.query import Rule
from huntline.model.tenant import Deploying, Tenant
from huntline.remote import Patience
from huntline_sentinel.plugin import PLATFORM
from huntline_sentinel.watchlist_shape import KIND
from platforms.handmade import BINDING, detection
from platforms.sentinel.deploying import There

SCOPE = "security-event"
VALUES = tuple(f"host{number:03}.{'x' * 180}.example-{number % 7}.net" for number in range(60))
AT_ONCE: dict[str, Any] = {"list_seconds": 0, "item_seconds": 0, "ingest_seconds": 0, "forget_seconds": 0}
"""Settings of a stand-in that is late with nothing."""
PATIENT: dict[str, object] = {"watchlists": {"minutes": 0.2, "poll": 0.02}}


def pack_of(folder: Path, values: Sequence[str] = VALUES) -> Pack:
    found = detection(folder, {"CommandLine": list(values)})
    return Pack("p", "P", "", (Stage("seen", "Seen", 0, "It was seen", ()),), (), (found,), str(hash(tuple(values))))


def means(there: There, pack: Pack, *, deploying: Deploying = Deploying()) -> Means:  # noqa: B008 (frozen)
    assert PLATFORM.renderer is not None
    return Means(
        target=Target(
            Tenant("t", "c", "sentinel", {}, deploying=deploying), there.connect(), Patience(3, timedelta(seconds=1))
        ),
        pack=pack,
        detections=pack.detections,
        blocked=(),
        scopes=tuple(one for one in PLATFORM.scopes({}) if one.name == SCOPE),
        renderer=PLATFORM.renderer({}),
    )


def made(pack: Pack) -> tuple[Artifact, Artifact]:
    """Return the watchlist and the rule of a pack."""
    assert PLATFORM.renderer is not None
    render = PLATFORM.renderer({})
    (scope,) = (one for one in PLATFORM.scopes({}) if one.name == SCOPE)
    (found,) = pack.detections
    rule = render.rule(found, scope, BINDING)
    assert isinstance(rule, Rule)
    listed, ruled = render.artifacts(found, rule, pack=pack.id)
    return listed, ruled


def there_is(there: There, alias: str) -> Deployed:
    found = there.connect().read(KIND, alias)
    assert found is not None
    return found


def items(there: There, alias: str) -> set[str]:
    """Return the values that the service holds, whoever sees them."""
    return {one.values["value"] for one in there.lab.watchlists.items(alias).values()}
