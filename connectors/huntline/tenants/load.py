"""Load the tenants file: customers and their tenants, every error with file, line and key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import ValidationError

from huntline.documents import Document, NoDocument, first_error, one_document
from huntline.errors import ConfigError
from huntline.model.tenant import Deploying, Limits, Tenant
from huntline.tenants.hosts import expected_hosts
from huntline.tenants.shape import DeployEntry, TenantEntry, TenantsFile

ADVICE = "see docs/reference/tenants.md"
Place: TypeAlias = tuple[str | int, ...]


def load_tenants(path: Path, *, names: Sequence[str]) -> tuple[Tenant, ...]:
    """Return the file's tenants, or those of `names` where some are given; by name.

    Relative paths are relative to the file. Raises ConfigError with line and key, for any tenant of the file.
    """
    tenants = []
    for one in tenants_and_errors(path):
        if isinstance(one, ConfigError):
            raise one
        tenants.append(one)
    tenants.sort(key=lambda tenant: tenant.name)
    unknown = sorted(set(names) - {tenant.name for tenant in tenants})
    if unknown:
        known = ", ".join(tenant.name for tenant in tenants)
        raise ConfigError(f"there is no tenant {unknown[0]!r}", file=str(path), advice=f"the file has: {known}")
    return tuple(tenant for tenant in tenants if not names or tenant.name in names)


def asset_files(path: Path) -> Mapping[str, Path]:
    """Return the asset file of each customer that names one. Raises ConfigError with line and key."""
    try:
        file = TenantsFile.model_validate(_document(path).data)
    except (ValidationError, ConfigError):
        raise next(one for one in tenants_and_errors(path) if isinstance(one, ConfigError)) from None
    return {one.name: path.parent.resolve() / one.assets for one in file.customers if one.assets}


def tenants_and_errors(path: Path) -> Iterator[Tenant | ConfigError]:
    """Yield every tenant of the file in its order, and in the place of one that is wrong, what is wrong with it.

    Where the file as a whole has not the shape of a tenants file, its errors come alone.
    """
    try:
        document = _document(path)
        file = TenantsFile.model_validate(document.data)
    except ConfigError as error:
        yield error
        return
    except ValidationError as wrong:
        told: dict[Place, str] = {}  # what may be one thing or another brings an error for each, at one place
        for one in wrong.errors(include_url=False, include_input=False):
            place, words = first_error([one])
            told.setdefault(place if one["type"] == "missing" else _written(document, place), words)
        for place, words in told.items():
            yield _wrong(path, document, place, words, ADVICE)
        return
    yield from _entries(path, document, file)


def _entries(path: Path, document: Document, file: TenantsFile) -> Iterator[Tenant | ConfigError]:
    customers, tenants = set[str](), set[str]()
    for number, ring in enumerate(file.rings):
        if ring in file.rings[:number]:
            yield _wrong(path, document, ("rings", number), f"the ring {ring!r} is there twice", "name each ring once")
    for c, customer in enumerate(file.customers):
        if customer.name in customers:
            problem, advice = f"the customer {customer.name!r} is there twice", "write its tenants under one entry"
            yield _wrong(path, document, ("customers", c, "name"), problem, advice)
        customers.add(customer.name)
        for t, entry in enumerate(customer.tenants):
            place = ("customers", c, "tenants", t)
            if entry.name in tenants:
                problem, advice = f"the name {entry.name!r} is taken", "tenant names are unique over all customers"
                yield _wrong(path, document, (*place, "name"), problem, advice)
                continue
            tenants.add(entry.name)
            if entry.deploy.ring and entry.deploy.ring not in file.rings:
                problem = f"there is no ring {entry.deploy.ring!r}"
                advice = f"the file's rings are: {', '.join(file.rings) or 'none'}"
                yield _wrong(path, document, (*place, "deploy", "ring"), problem, advice)
                continue
            read = _tenant(path, document, place, entry, customer.name)
            yield replace(read, deploying=_deploying(entry.deploy, file.rings)) if isinstance(read, Tenant) else read


def _tenant(path: Path, document: Document, place: Place, entry: TenantEntry, customer: str) -> Tenant | ConfigError:
    folder = path.parent.resolve()
    try:
        hosts = expected_hosts(entry.expected_hosts, folder)
    except ConfigError as error:
        if error.file != "expected_hosts":
            return error
        return _wrong(path, document, (*place, error.file, int(error.key)), error.problem, error.advice)
    return Tenant(
        entry.name,
        customer,
        entry.platform,
        _placed(entry.settings, folder),
        str(path),
        dict(_lines(document, place, _raw(document, place))),
        Limits(entry.limits.parallel, entry.limits.per_minute),
        tuple(str(folder / file) for file in entry.filters),
        hosts,
    )


def _deploying(entry: DeployEntry, rings: Sequence[str]) -> Deploying:
    return Deploying(
        ring=entry.ring,
        rank=rings.index(entry.ring) if entry.ring else len(rings),
        enabled=entry.enabled,
        severity=entry.severity,
        every={detection: _span(text) for detection, text in entry.every.items()},
        hunting_only=frozenset(entry.hunting_only),
    )


def _span(text: str) -> timedelta:
    unit = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[text[-1]]
    return int(text[:-1]) * unit


def _document(path: Path) -> Document:
    try:
        return one_document(path)
    except NoDocument as error:
        raise ConfigError(error.problem, file=str(path), line=error.line, advice="name a YAML file in UTF-8") from error


def _wrong(path: Path, document: Document, place: Place, problem: str, advice: str) -> ConfigError:
    key = ".".join(map(str, place))
    return ConfigError(problem, file=str(path), line=document.line(*place), key=key, advice=advice)


def _written(document: Document, place: Place) -> Place:
    """Return pydantic's place without the steps that stand in no file: it also names the kinds it tried."""
    at, found = document.data, list[str | int]()
    for step in place:
        if step in at if isinstance(at, dict) else isinstance(at, list) and isinstance(step, int):
            at = at[step]
            found.append(step)
    return tuple(found)


def _raw(document: Document, place: Place) -> object:
    at: Any = document.data
    for step in place:
        at = at[step]
    return at


def _lines(document: Document, above: Place, data: object, key: str = "") -> Iterator[tuple[str, int]]:
    """Yield the line of every key of a tenant, so that a platform that knows only keys can be told in its place."""
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
    return str(folder / path) if isinstance(path, str) else path
