"""The shape of a tenants file: every key there is, for reading it and for its published JSON Schema."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

NAME = r"^[A-Za-z0-9][A-Za-z0-9._ -]{0,62}$"
SCHEMA = "urn:huntline:tenants:1"
Level: TypeAlias = Literal["informational", "low", "medium", "high", "critical"]
Span: TypeAlias = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}[mhd]$")]
Ring: TypeAlias = Annotated[str, Field(pattern=NAME)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class LimitsEntry(_Strict):
    """What the platform may be asked at most."""

    parallel: int | None = Field(None, ge=1, le=200, description="Most searches at once.")
    per_minute: int | None = Field(None, ge=1, le=60_000, description="Most calls in any minute, evenly spaced.")


class DeployEntry(_Strict):
    """How rules are rolled out here. Detections are named by their ids."""

    ring: str = Field("", description="One of the file's rings.")
    enabled: bool | None = Field(None, description="Without it, created switched off, and the customer's to switch.")
    severity: dict[str, Level] = Field({}, description="Detection -> its level here.")
    every: dict[str, Span] = Field({}, description="Detection -> how often its rules run: 15m, 2h, 1d.")
    hunting_only: list[str] = Field([], description="Detections that are hunted, and not deployed as rules.")


class TenantEntry(_Strict):
    """One environment on one platform."""

    name: str = Field(pattern=NAME, description="Unique over all customers.")
    platform: str = Field(min_length=1, description="A platform that is installed.")
    settings: dict[str, Any] = Field(
        {}, description="The platform's own. Secrets are references: env:, file:, keyring:."
    )
    deploy: DeployEntry = Field(
        DeployEntry(ring="", enabled=None, severity={}, every={}, hunting_only=[]),
        description="How rules are rolled out here.",
    )
    limits: LimitsEntry = Field(
        LimitsEntry(parallel=None, per_minute=None), description="Without it, the platform's own."
    )
    filters: list[str] = Field([], description="Files of Sigma filters; relative to this file.")
    expected_hosts: list[str] | str = Field(
        [], description="Machines whose events should be there: a list, or a file with a name a line."
    )


class CustomerEntry(_Strict):
    """Answers and storylines are per customer; two customers never meet."""

    name: str = Field(pattern=NAME, description="Who the report is about.")
    tenants: list[TenantEntry] = Field(min_length=1)
    assets: str = Field("", description="Which host had which address, and when; relative to this file.")


class TenantsFile(_Strict):
    """Customers and their tenants."""

    customers: list[CustomerEntry] = Field(min_length=1)
    rings: list[Ring] = Field([], description="In the order they are written to: each only if the one before holds.")


def schema_text() -> str:
    """Return the JSON Schema of a tenants file, the same bytes each time."""
    told = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA, **TenantsFile.model_json_schema()}
    return json.dumps(told, indent=1) + "\n"
