"""What a tenant says of its Splunk: where its REST interface is, who asks, whom to trust. A typo is an error with its key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from huntline.errors import ConfigError


def _plain_url(url: str) -> str:
    """A password in an address would stand in errors and logs; a path would be left out of every call."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("is no address that begins with https://")
    if parts.username or parts.password:
        raise ValueError(
            "holds a user or password: name them under `token`, or `username` and `password`, as references"
        )
    if parts.path.strip("/") or parts.query:
        raise ValueError(
            "is more than a host and a port: splunkd serves its interface at the root, usually of port 8089"
        )
    return url


def _plain_proxy(url: str) -> str:
    if url and _plain_url(url).startswith("https:"):
        raise ValueError("begins with https://: what goes through a proxy is encrypted all the way to Splunk as it is")
    return url


def _app(name: str) -> str:
    if name and not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
        raise ValueError("is no folder of an app: letters, digits, _ . and -")
    return name


class Settings(BaseModel):
    """`sources` is checked by the compiler, which knows them. Secrets are references."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    url: Annotated[str, AfterValidator(lambda url: url and _plain_url(url))] = ""
    token: str = ""
    username: str = ""
    password: str = ""
    ca: str = ""  # a file; alone trusted where it is named
    verify: bool = True
    proxy: Annotated[str, AfterValidator(_plain_proxy)] = ""
    timeout: float = Field(default=60, gt=0, le=3600)  # seconds for one answer
    app: Annotated[str, AfterValidator(_app)] = ""  # that deployed objects live in; it has to be there
    deploy_token: str = ""  # of who writes them; "": who hunts does
    enterprise_security: bool = False  # searches are correlation searches, whose results are notable events
    sources: dict[str, Any] = Field(default_factory=dict)


def read_settings(given: Mapping[str, object]) -> Settings:
    """Check a tenant's settings offline. Raises ConfigError naming the first wrong key, never its value."""
    try:
        read = Settings.model_validate(dict(given))
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False, include_context=False)[0]
        key = ".".join(str(step) for step in first["loc"] if not str(step).startswith("function-"))
        raise wrong_setting(key, first["msg"].removeprefix("Value error, ")) from None
    if read.url.startswith("http:") and read.verify:
        raise wrong_setting(
            "url", "is not encrypted, and its answers could be anybody's; `verify: false` takes it anyway"
        )
    if read.url.startswith("http:") and read.proxy:
        raise wrong_setting("proxy", "is only for addresses that begin with https://")
    return read


def expect_connection(read: Settings) -> None:
    """Raise ConfigError where settings that suffice to compile do not suffice to connect."""
    if not read.url:
        raise wrong_setting("url", "is missing: the address of the management port")
    if read.token and (read.username or read.password):
        raise wrong_setting("token", "stands beside `username` and `password`: give one of them")
    if not read.token and not (read.username and read.password):
        raise wrong_setting("token", "is missing: a connection needs a token, or `username` and `password`")


def expect_app(read: Settings) -> None:
    """Raise ConfigError where settings do not say where objects are deployed to."""
    if not read.app:
        raise wrong_setting("app", "is missing: deploying needs an app that is there")


def deploying(read: Settings) -> Settings:
    """Return the settings as deploying connects with them: under its own token, where there is one."""
    if not read.deploy_token:
        return read
    return read.model_copy(update={"token": read.deploy_token, "username": "", "password": ""})


def warnings_of(given: Mapping[str, object]) -> Sequence[str]:
    """Return what every report must say of the connection."""
    if read_settings(given).verify:
        return ()
    return ("Splunk was asked without verifying its certificate: its answers could be anybody's",)


def wrong_setting(key: str, problem: str, advice: str = "see docs/reference/splunk.md") -> ConfigError:
    return ConfigError(problem, file="settings", key=key, advice=advice)
