"""What a tenant says of its Elasticsearch: where it is, who asks, whom to trust. A typo is an error with its key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from huntline.errors import ConfigError


def _plain_url(url: str) -> str:
    """A password in an address would stand in errors and logs."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("is no address that begins with https://")
    if parts.username or parts.password:
        raise ValueError("holds a user or password: name the key under `api_key`, as a reference")
    return url


def _cluster(name: str) -> str:
    if not name or set(name) & set("*,:<> "):
        raise ValueError("is no name of a remote cluster: name each one, so that a missing one is noticed")
    return name


def _space(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9_-]+", name):
        raise ValueError("is no identifier of a space: lower case, digits, _ and -")
    return name


Url = Annotated[str, AfterValidator(_plain_url)]


DEFAULT = "default"
"""The space that is there from the beginning."""


class Settings(BaseModel):
    """`sources` is checked by the compiler, which knows them."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    url: Url | list[Url] = Field(default_factory=list)
    cloud_id: str = ""
    api_key: str = ""  # a reference to the encoded key
    ca: str = ""  # a file; alone trusted where it is named
    fingerprint: str = ""  # SHA-256 of the server's certificate or its CA's; instead of `ca`
    verify: bool = True
    proxy: Annotated[str, AfterValidator(lambda url: url and _plain_url(url))] = ""
    timeout: float = Field(default=60, gt=0, le=3600)  # seconds for one answer
    clusters: list[Annotated[str, AfterValidator(_cluster)]] = Field(default_factory=list)
    kibana: Annotated[str, AfterValidator(lambda url: url and _plain_url(url))] = ""
    kibana_fingerprint: str = ""  # of Kibana's certificate, where `fingerprint` is Elasticsearch's
    space: Annotated[str, AfterValidator(_space)] = DEFAULT
    deploy_key: str = ""  # a reference to the key that rules are written with and run under; "": `api_key`
    sources: dict[str, Any] = Field(default_factory=dict)

    @property
    def urls(self) -> tuple[str, ...]:
        return (self.url,) if isinstance(self.url, str) else tuple(self.url)


def read_settings(given: Mapping[str, object]) -> Settings:
    """Check a tenant's settings offline. Raises ConfigError naming the first wrong key, never its value."""
    try:
        read = Settings.model_validate(dict(given))
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False, include_context=False)[0]
        key = ".".join(str(step) for step in first["loc"] if not str(step).startswith(("function-", "list[", "str")))
        raise _wrong(key, first["msg"].removeprefix("Value error, ")) from None
    for key, urls in (("url", read.urls), ("kibana", (read.kibana,))):
        if any(urlsplit(url).scheme == "http" for url in urls) and read.verify:
            raise _wrong(
                key, "is not encrypted, and what it answers could be anybody's; `verify: false` takes it anyway"
            )
    if read.kibana_fingerprint and read.ca:
        raise _wrong("kibana_fingerprint", "stands beside `ca`: give one of them")
    if read.fingerprint and read.ca:
        raise _wrong("fingerprint", "stands beside `ca`: give one of them")
    return read


def expect_connection(read: Settings) -> None:
    """Raise ConfigError where settings that suffice to compile do not suffice to connect."""
    if bool(read.urls) == bool(read.cloud_id):
        raise _wrong("url", "give either `url` or `cloud_id`")
    if not read.api_key:
        raise _wrong("api_key", "is missing: a connection needs a key")


def expect_kibana(read: Settings) -> None:
    """Raise ConfigError where settings do not suffice to reach Kibana."""
    if not read.kibana:
        raise _wrong("kibana", "is missing: deploying needs Kibana's address")
    if not read.api_key:
        raise _wrong("deploy_key", "is missing: deploying needs a key")
    if read.fingerprint and not read.kibana_fingerprint:
        raise _wrong("kibana_fingerprint", "is missing: Kibana's certificate is another than Elasticsearch's")


def deploying(read: Settings) -> Settings:
    """Return the settings as deploying connects with them: under its own key, where there is one."""
    return read.model_copy(update={"api_key": read.deploy_key or read.api_key})


def warnings_of(given: Mapping[str, object]) -> Sequence[str]:
    """Return what every report must say of the connection."""
    if read_settings(given).verify:
        return ()
    return ("Elasticsearch was asked without verifying its certificate: its answers could be anybody's",)


def _wrong(key: str, problem: str) -> ConfigError:
    return ConfigError(problem, file="settings", key=key, advice="see docs/reference/elastic.md")
