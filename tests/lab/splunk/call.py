"""One call as an endpoint sees it: who asks, what is asked, and the deployment it is asked of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote_plus

from lab.serve.exchange import Request, bend
from lab.serve.faults import Bend
from lab.splunk.errors import Failed, forbidden
from lab.splunk.knowledge import Asker, Knowledge, Namespace
from lab.splunk.settings import SplunkSettings, User
from lab.splunk.store import Store

if TYPE_CHECKING:
    from lab.splunk.jobs import Jobs

Given = Mapping[str, tuple[str, ...]]
TRUE = frozenset({"1", "t", "true", "yes"})


@dataclass(frozen=True, slots=True)
class Deployment:
    """The state all calls share."""

    settings: SplunkSettings
    store: Store
    jobs: Jobs
    knowledge: Knowledge


@dataclass(frozen=True, slots=True)
class Call:
    """`names` are the path's variables, `given` what stands in the query and in the form; `mode` is json, xml or csv."""

    deployment: Deployment
    request: Request
    user: User
    names: Mapping[str, str]
    given: Given

    @property
    def settings(self) -> SplunkSettings:
        return self.deployment.settings

    @property
    def now(self) -> float:
        """Return the server's time in epoch seconds."""
        return self.request.now.timestamp()

    @property
    def mode(self) -> str:
        return mode_of(self.given)

    @property
    def knowledge(self) -> Knowledge:
        return self.deployment.knowledge

    @property
    def namespace(self) -> Namespace:
        """Return where the path says it is, without a word of it the user's own place in the default app (docs)."""
        parts = self.request.path.split("/")
        if parts[1] != "servicesNS":
            return Namespace(self.user.name, self.settings.default_app)
        return Namespace(unquote_plus(parts[2]), unquote_plus(parts[3]))

    @property
    def asker(self) -> Asker:
        own = self.settings.user(self.user.name)
        names = own.role.names if own else (self.user.role.name,)
        return Asker(self.user.name, names, "admin_all_objects" in self.user.role.capabilities)

    def one(self, name: str, default: str = "") -> str:
        """Return an argument; of several the last."""
        return self.given.get(name, (default,))[-1]

    def whole(self, name: str, default: int) -> int:
        """Return an argument as a whole number; raises Failed (400) for anything else."""
        text = self.one(name, str(default))
        try:
            return int(text)
        except ValueError:
            raise Failed(400, f"Invalid {name}: '{text}' is not an integer.") from None

    def truth(self, name: str, *, default: bool) -> bool:
        return self.one(name).lower() in TRUE if name in self.given else default

    def bent(self, word: str) -> Bend | None:
        """Return a scripted bend of this request."""
        return bend(self.request, word)

    def need(self, capability: str) -> None:
        """Raise Failed (403) unless the user's role has a capability."""
        if capability not in self.user.role.capabilities:
            raise forbidden(capability)


def given_of(request: Request) -> Given:
    """Read the query and the form of a request; an argument may come several times."""
    form = parse_qs(request.body.decode(errors="replace"), keep_blank_values=True)
    return {name: (value,) for name, value in request.query.items()} | {k: tuple(v) for k, v in form.items()}


def mode_of(given: Given) -> str:
    return given.get("output_mode", ("xml",))[-1]
