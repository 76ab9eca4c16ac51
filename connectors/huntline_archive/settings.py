"""What a tenant may say of its exported logs: where they lie, and other names for fields."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from huntline.errors import ConfigError


class SourceSettings(BaseModel):
    """Overrides of one source: a Sigma field name and the paths it is read from, first filled wins."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    fields: dict[str, str | list[str]] = Field(default_factory=dict)


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    logs: list[str] = Field(default_factory=list)
    sources: dict[str, SourceSettings] = Field(default_factory=dict)


def read_settings(given: Mapping[str, object]) -> Settings:
    """Check a tenant's settings. Raises ConfigError naming the first wrong key."""
    try:
        return Settings.model_validate(dict(given))
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        raise ConfigError(
            first["msg"],
            file="settings",
            key=".".join(map(str, first["loc"])),
            advice="Known keys are `logs` (a list of paths) and `sources.<name>.fields`.",
        ) from wrong
