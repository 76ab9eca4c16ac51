"""What a tenant says of its workspace: where it is, who asks, whom to trust, what a search job may be. A typo is an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from huntline.errors import ConfigError

WAYS = ("secret", "certificate", "assertion", "managed_identity")
"""Ways to prove who asks; exactly one of them."""
RULES_API_VERSION = "2025-09-01"
VERSION = r"^\d{4}-\d\d-\d\d(-preview)?$"


def _plain_url(url: str) -> str:
    """A password in an address would stand in errors and logs; the SDK sends no token without encryption."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("is no address that begins with https://")
    if parts.username or parts.password:
        raise ValueError("holds a user or password")
    return url.rstrip("/")


def _proxy(url: str) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in ("https", "http") or not parts.hostname):
        raise ValueError("is no address that begins with http:// or https://")
    if parts.username or parts.password:
        raise ValueError("holds a user or password")
    return url


Url = Annotated[str, AfterValidator(_plain_url)]
_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)


class Audiences(BaseModel):
    """Whom tokens are for, where that is not the address itself."""

    model_config = _STRICT

    management: str = ""
    analytics: str = ""


class Jobs(BaseModel):
    """Limits of search jobs: the documentation's own pages differ, and the platform changes them."""

    model_config = _STRICT

    days: int = Field(default=365, ge=1, le=4383)  # of one job
    rows: int = Field(default=1_000_000, ge=2)  # of one result; as many are taken for more
    at_once: int = Field(default=5, ge=1)
    hours: float = Field(default=24, gt=0)  # after which the platform gives up
    poll: float = Field(default=30, gt=0)  # seconds between two looks at a job


class Patience(BaseModel):
    """How long a watchlist is waited for until queries see it: Microsoft tells of five minutes."""

    model_config = _STRICT

    minutes: float = Field(default=15, ge=0)
    poll: float = Field(default=10, gt=0)  # seconds between two looks


class Deploy(BaseModel):
    """Who writes rules, where that is not who hunts; fields as in Settings. Nothing said: the same app."""

    model_config = _STRICT

    client: str = ""
    secret: str = ""
    certificate: str = ""
    certificate_password: str = ""
    assertion: str = ""
    managed_identity: bool = False


class Settings(BaseModel):
    """`sources` is checked by the compiler, which knows them."""

    model_config = _STRICT

    tenant: str = ""
    client: str = ""
    secret: str = ""  # a reference
    certificate: str = ""  # a file: PFX, or PEM with key and certificate
    certificate_password: str = ""  # a reference
    assertion: str = ""  # a file that another system keeps fresh, as workload identity does
    managed_identity: bool = False  # of this machine; `client` names a user-assigned one
    subscription: str = ""
    resource_group: str = ""
    workspace: str = ""
    workspace_id: str = ""
    authority: Url = "https://login.microsoftonline.com"
    management: Url = "https://management.azure.com"
    analytics: Url = "https://api.loganalytics.io"
    audiences: Audiences = Audiences()
    api_version: str = Field(default="2025-07-01", pattern=VERSION)
    rules_api_version: str = Field(default=RULES_API_VERSION, pattern=VERSION)
    rules: int = Field(default=512, ge=1)  # scheduled ones that a workspace lets be on at once
    watchlists: Patience = Patience()
    deploy: Deploy | None = None
    lighthouse: bool = False
    jobs: Jobs = Jobs()
    ca: str = ""  # a file; alone trusted where it is named
    verify: bool = True
    proxy: Annotated[str, AfterValidator(_proxy)] = ""
    timeout: float = Field(default=600, gt=0, le=600)  # seconds a query may run
    sources: dict[str, Any] = Field(default_factory=dict)

    @property
    def path(self) -> str:
        """The workspace as Azure Resource Manager names it."""
        group = f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
        return f"{group}/providers/Microsoft.OperationalInsights/workspaces/{self.workspace}"


def read_settings(given: Mapping[str, object]) -> Settings:
    """Check a tenant's settings offline. Raises ConfigError naming the first wrong key, never its value."""
    try:
        read = Settings.model_validate(dict(given))
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False, include_context=False)[0]
        key = ".".join(str(step) for step in first["loc"] if not str(step).startswith("function-"))
        raise _wrong(key, first["msg"].removeprefix("Value error, ")) from None
    _expect_one_way(read, "")
    if read.deploy:
        _expect_one_way(read.deploy, "deploy.")
    return read


def expect_connection(read: Settings) -> None:
    """Raise ConfigError where settings that suffice to compile do not suffice to connect."""
    for key in ("subscription", "resource_group", "workspace", "workspace_id"):
        if not getattr(read, key):
            raise _wrong(key, "is missing: a connection needs to know the workspace")
    if not any(getattr(read, way) for way in WAYS):
        raise _wrong("secret", f"is missing: a connection needs one of {', '.join(WAYS)}")
    if not read.managed_identity:
        for key in ("tenant", "client"):
            if not getattr(read, key):
                raise _wrong(key, "is missing: a connection needs to know who asks, and where")


def deploying(read: Settings) -> Settings:
    """Return the settings as deploying connects with them: as an app of its own, where there is one."""
    own = read.deploy
    if own is None or not any(getattr(own, way) for way in WAYS):
        return read
    client = own.client if own.managed_identity else own.client or read.client
    return read.model_copy(update={**own.model_dump(), "client": client})


def warnings_of(given: Mapping[str, object]) -> Sequence[str]:
    """Return what every report must say of the connection."""
    if read_settings(given).verify:
        return ()
    return ("Microsoft Sentinel was asked without verifying its certificate: its answers could be anybody's",)


def _expect_one_way(read: Settings | Deploy, at: str) -> None:
    if len(ways := [way for way in WAYS if getattr(read, way)]) > 1:
        raise _wrong(f"{at}{ways[1]}", f"stands beside `{ways[0]}`: give one of them")
    if read.certificate_password and not read.certificate:
        raise _wrong(f"{at}certificate_password", "there is no `certificate` to open")


def _wrong(key: str, problem: str) -> ConfigError:
    return ConfigError(problem, file="settings", key=key, advice="see docs/reference/sentinel.md")
