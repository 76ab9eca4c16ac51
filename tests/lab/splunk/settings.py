"""What a stand-in is set to: version, limits, users, peers. Every default is the real platform's, however unkind."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Role:
    """What a role may (authorize.conf [S3a]): quotas of 3 searches and 100 MB; -1 is no limit of time.

    `indexes` are srchIndexesAllowed, where `*` leaves out those that begin with `_`; `default_indexes` are searched where a
    search names none. `window` (seconds) bounds the length of a search, `earliest` how far back it begins, and neither says
    so; 0 is no limit even where an imported role has one. `max_seconds` is srchMaxTime. The capabilities are a hunter's (1.3).
    """

    name: str = "hunter"
    indexes: tuple[str, ...] = ("*",)
    default_indexes: tuple[str, ...] = ("main",)
    filter: str = ""
    jobs: int = 3
    disk_megabytes: int = 100
    window: int = -1
    earliest: int = -1
    max_seconds: float = 8_640_000
    capabilities: frozenset[str] = frozenset({"search", "get_metadata", "list_settings", "rest_properties_get"})
    imports: tuple[Role, ...] = ()

    @property
    def effective(self) -> Role:
        """Return the role with what it imports (authorize.conf.spec: importRoles and each setting).

        Indexes and capabilities add up, the larger quota counts, filters are joined by OR and `*` is none; a limit of time
        of its own goes before the imported ones, of which the widest counts (inf).
        """
        others = [one.effective for one in self.imports]
        every = (self, *others)
        filters = [one.filter for one in every if one.filter]
        return replace(
            self,
            indexes=_together(one.indexes for one in every),
            default_indexes=_together(one.default_indexes for one in every),
            filter="*" if "*" in filters else " OR ".join(f"({one})" for one in filters),
            jobs=max(one.jobs for one in every),
            disk_megabytes=max(one.disk_megabytes for one in every),
            window=_limit(self.window, [one.window for one in others]),
            earliest=_limit(self.earliest, [one.earliest for one in others]),
            capabilities=frozenset().union(*(one.capabilities for one in every)),
            imports=(),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the role and of all it imports."""
        return tuple(dict.fromkeys((self.name, *(name for one in self.imports for name in one.names))))


def _together(names: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for some in names for name in some))


def _limit(own: int, imported: list[int]) -> int:
    if own >= 0 or not imported:
        return own
    return -1 if min(imported) <= 0 else max(imported)


@dataclass(frozen=True, slots=True)
class User:
    name: str
    password: str
    role: Role = field(default_factory=Role)


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token of a user (docs: authentication tokens); `expires` None is never."""

    id: str
    secret: str
    user: str
    expires: datetime | None = None
    revoked: bool = False

    @property
    def encoded(self) -> str:
        """Return the token as clients send it: three parts, the middle one its claims, `exp` 0 for never (mem)."""
        until = 0 if self.expires is None else int(self.expires.timestamp())
        claims = {"iss": f"{self.user} from lab", "sub": self.user, "aud": "hunting", "idp": "Splunk", "jti": self.id}
        parts = [{"kid": "splunk.secret", "alg": "HS512", "ttyp": "static"}, {**claims, "exp": until}]
        signature = hashlib.sha512(self.secret.encode()).digest()
        return ".".join(_part(one) for one in (*(json.dumps(part).encode() for part in parts), signature))


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Peer:
    """An indexer; one that is Down is left out of searches, with a warning only."""

    name: str
    status: Literal["Up", "Down"] = "Up"

    @property
    def guid(self) -> str:
        digest = hashlib.sha256(self.name.encode()).hexdigest().upper()
        return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"


@dataclass(frozen=True, slots=True)
class App:
    """An app with the rights its default.meta gives to all its objects [S4]; `exported` shows them in every app."""

    name: str
    label: str = ""
    version: str = "1.0.0"
    read: tuple[str, ...] = ("*",)
    write: tuple[str, ...] = ("admin", "power")
    exported: bool = False
    author: str = ""
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Provider:
    """A federated provider; one that lost its heartbeats is ignored in searches, without a word [S21].

    `indexes` are the federated ones that lead to it: their names in the store and in searches begin with `federated:`.
    """

    name: str
    indexes: tuple[str, ...] = ()
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Acceleration:
    """How far back a data model's summaries reach, in seconds; a model that is not named here has none."""

    back: int


HUNTER = User("hunter", "lab-hunter-password-93f1")
TOKEN = Token("lab-hunter", "lab-token-secret-5d0f1c", "hunter")
# Who deploys has no admin_all_objects (1.3), so may write where an app lets the role; a person and an administrator beside it.
DEPLOYING = Role(
    "huntline_deployer",
    capabilities=frozenset({"search", "schedule_search", "edit_search_schedule_window", "output_file"}),
)
DEPLOYER = User("deployer", "lab-deployer-password-41c7", DEPLOYING)
DEPLOY_TOKEN = Token("lab-deployer", "lab-token-secret-b7702e", "deployer")
PERSON = User("ana", "lab-person-password-8e15", Role("power", capabilities=DEPLOYING.capabilities))
ADMIN = User(
    "admin",
    "lab-admin-password-2f60",
    Role("admin", ("*", "_*"), capabilities=DEPLOYING.capabilities | {"admin_all_objects", "list_settings"}),
)
OURS = App("huntline", "Huntline", write=("admin", "huntline_deployer"))
APPS = (App("search", "Search & Reporting"), App("launcher", "Home"), OURS)


@dataclass(frozen=True, slots=True)
class SplunkSettings:
    """One search head with its indexers.

    `default_count` rows a page without count, `page_rows` at most ([restapi] maxresultrows), `max_count` rows a job keeps
    unless asked for more (1.3: documented at 10,000). `ttl` and `failed_ttl` are a job's life in seconds, `session_seconds` a
    session's. `search_seconds` is how long each search takes, `unknown_seconds` how long a new job is answered by 204
    and `parsing_seconds` how long one is PARSING first, `row_bytes` what a kept row takes of the disk quota (lab).
    `search_retry` keeps still about lost peers [S1]. `token_cookies`: an answer to a bearer token sets a cookie, which the
    SDK sends from then on instead of the token [L1]; whether every server does is not documented (inf).
    `default_app` is where a user is who names none; `lookup_editor` tells whether the Lookup Editor app is installed.
    `reused_id`: what becomes of a new job with the id of an existing one is not documented either (inf).
    """

    version: str = "9.2.1"
    name: str = "lab-sh"
    guid: str = "4F3E0C5A-0000-4000-8000-1B2C3D4E5F60"
    instance_type: Literal["", "cloud"] = ""
    free: bool = False
    port: int = 8089
    users: tuple[User, ...] = (HUNTER, DEPLOYER, PERSON, ADMIN)
    tokens: tuple[Token, ...] = (TOKEN, DEPLOY_TOKEN)
    apps: tuple[App, ...] = APPS
    default_app: str = "launcher"
    lookup_editor: bool = False
    providers: tuple[Provider, ...] = ()
    accelerated: Mapping[str, Acceleration] = field(default_factory=dict)
    without_models: bool = False  # nobody installed the Common Information Model
    default_count: int = 100
    page_rows: int = 50_000
    max_count: int = 10_000
    ttl: int = 600
    failed_ttl: int = 86_400
    session_seconds: float = 3_600
    search_seconds: float = 0.0
    unknown_seconds: float = 0.0
    parsing_seconds: float = 0.0
    row_bytes: int = 200
    search_retry: bool = False
    token_cookies: bool = True
    reused_id: Literal["refused", "replaced"] = "refused"

    def user(self, name: str) -> User | None:
        return next((one for one in self.users if one.name == name), None)

    @property
    def second_version(self) -> bool:
        """Tell whether there are v2 endpoints (1.1); the SDK asks the same."""
        parts = tuple(int(part) for part in self.version.split("."))
        return parts >= ((9, 0, 2209) if self.instance_type == "cloud" else (9, 0, 2))
