"""Load the tenants file: customers and their tenants, every error with file, line and key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    assets: str = ""


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


def asset_files(path: Path) -> Mapping[str, Path]:
    """Return the asset file of each customer that names one. Raises ConfigError with line and key."""
    _, file = _checked(path)
    return {one.name: path.parent.resolve() / one.assets for one in file.customers if one.assets}


def _checked(path: Path) -> tuple[Document, _File]:
    document = _document(path)
    try:
        return document, _File.model_validate(document.data)
    except ValidationError as error:
        place, words = first_error(error.errors())
        raise _wrong(path, document, place, words, "see docs/reference/tenants.md") from error


def _tenants(path: Path) -> list[Tenant]:
    document, file = _checked(path)
    found: dict[str, Tenant] = {}
    for c, customer in enumerate(file.customers):
        for t, tenant in enumerate(customer.tenants):
            if tenant.name in found:
                place = ("customers", c, "tenants", t, "name")
                problem, advice = f"the name {tenant.name!r} is taken", "tenant names are unique over all customers"
                raise _wrong(path, document, place, problem, advice)
            found[tenant.name] = Tenant(
                tenant.name,
                customer.name,
                tenant.platform,
                _placed(tenant.settings, path.parent),
                str(path),
                dict(_lines(document, ("customers", c, "tenants", t, "settings"), tenant.settings)),
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


def _lines(document: Document, above: tuple[str | int, ...], data: object, key: str = "") -> Iterator[tuple[str, int]]:
    """Yield the line of every setting, so that a platform that knows only keys can be told in its place."""
    yield key, document.line(*above)
    within = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, value in within:
        yield from _lines(document, (*above, step), value, f"{key}.{step}" if key else str(step))


def _placed(settings: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Make the paths of `logs` and pipelines absolute, so that a tenants file works from any folder."""
    placed = dict(settings)
    if isinstance(logs := settings.get("logs"), list):
        placed["logs"] = [_absolute(log, folder) for log in logs]
    if isinstance(sources := settings.get("sources"), dict):
        placed["sources"] = {name: _source(source, folder) for name, source in sources.items()}
    return placed


def _source(source: Any, folder: Path) -> Any:
    if isinstance(source, dict) and "pipeline" in source:
        return {**source, "pipeline": _absolute(source["pipeline"], folder)}
    return source


def _absolute(path: Any, folder: Path) -> Any:
    return str(folder.resolve() / path) if isinstance(path, str) else path
