"""Load the tenants file: customers and their tenants, every error with file, line and key."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from huntline.documents import Document, NoDocument, first_error, one_document
from huntline.errors import ConfigError
from huntline.model.tenant import Tenant

NAME = r"^[A-Za-z0-9][A-Za-z0-9._ -]{0,62}$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Tenant(_Strict):
    name: str = Field(pattern=NAME)
    platform: str
    settings: dict[str, Any] = {}


class _Customer(_Strict):
    name: str = Field(pattern=NAME)
    tenants: list[_Tenant] = Field(min_length=1)


class _File(_Strict):
    customers: list[_Customer] = Field(min_length=1)


def load_tenants(path: Path, *, names: Sequence[str]) -> tuple[Tenant, ...]:
    """Return the file's tenants, or those of `names` where some are given; by name.

    Relative paths in `settings.logs` are relative to the file. Raises ConfigError with line and key.
    """
    tenants = _tenants(path)
    unknown = sorted(set(names) - {tenant.name for tenant in tenants})
    if unknown:
        known = ", ".join(tenant.name for tenant in tenants)
        raise ConfigError(f"there is no tenant {unknown[0]!r}", file=str(path), advice=f"the file has: {known}")
    return tuple(tenant for tenant in tenants if not names or tenant.name in names)


def _tenants(path: Path) -> list[Tenant]:
    document = _document(path)
    try:
        file = _File.model_validate(document.data)
    except ValidationError as error:
        place, words = first_error(error.errors())
        raise _wrong(path, document, place, words, "see docs/reference/tenants.md") from error
    found: dict[str, Tenant] = {}
    for c, customer in enumerate(file.customers):
        for t, tenant in enumerate(customer.tenants):
            if tenant.name in found:
                place = ("customers", c, "tenants", t, "name")
                problem, advice = f"the name {tenant.name!r} is taken", "tenant names are unique over all customers"
                raise _wrong(path, document, place, problem, advice)
            found[tenant.name] = Tenant(
                tenant.name, customer.name, tenant.platform, _placed(tenant.settings, path.parent)
            )
    return [found[name] for name in sorted(found)]


def _document(path: Path) -> Document:
    try:
        return one_document(path)
    except NoDocument as error:
        raise ConfigError(error.problem, file=str(path), line=error.line, advice="name a YAML file in UTF-8") from error


def _wrong(path: Path, document: Document, place: tuple[str | int, ...], problem: str, advice: str) -> ConfigError:
    key = ".".join(map(str, place))
    return ConfigError(problem, file=str(path), line=document.line(*place), key=key, advice=advice)


def _placed(settings: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Make the paths of `logs` absolute, so that a tenants file works from any folder."""
    logs = settings.get("logs")
    if isinstance(logs, list):
        return {**settings, "logs": [str(folder.resolve() / log) if isinstance(log, str) else log for log in logs]}
    return settings
