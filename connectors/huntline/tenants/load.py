"""Load the tenants file: customers and their tenants, every error with file, line and key."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from huntline.errors import ConfigError
from huntline.model.tenant import Tenant

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
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
    text = _read(path)
    root = _parsed(path, text)
    try:
        file = _File.model_validate(yaml.load(text, Loader=LOADER))  # noqa: S506  # a safe loader either way
    except ValidationError as error:
        first = error.errors()[0]
        place = first["loc"]
        key = ".".join(map(str, place))
        raise ConfigError(
            first["msg"], file=str(path), line=_line(root, place), key=key, advice="see docs/reference/tenants.md"
        ) from error
    found: dict[str, Tenant] = {}
    for c, customer in enumerate(file.customers):
        for t, tenant in enumerate(customer.tenants):
            if tenant.name in found:
                place = ("customers", c, "tenants", t, "name")
                raise ConfigError(
                    f"the name {tenant.name!r} is taken",
                    file=str(path),
                    line=_line(root, place),
                    key=".".join(map(str, place)),
                    advice="tenant names are unique over all customers",
                )
            found[tenant.name] = Tenant(
                tenant.name, customer.name, tenant.platform, _placed(tenant.settings, path.parent)
            )
    return [found[name] for name in sorted(found)]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", file=str(path), advice="name a UTF-8 YAML file") from error


def _parsed(path: Path, text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ConfigError(
            f"is no YAML: {error.problem}", file=str(path), line=line, advice="mend the syntax"
        ) from error


def _line(node: yaml.Node | None, place: Sequence[str | int]) -> int:
    """Return the line (1-based) of the deepest part of `place` that is there."""
    line = 1
    for step in place:
        below = None
        if isinstance(node, yaml.MappingNode):
            below = next(((key, value) for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            below = (node.value[step], node.value[step])
        if below is None:
            break
        line, node = below[0].start_mark.line + 1, below[1]
    return line


def _placed(settings: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Make the paths of `logs` absolute, so that a tenants file works from any folder."""
    logs = settings.get("logs")
    if isinstance(logs, list):
        return {**settings, "logs": [str(folder.resolve() / log) for log in logs if isinstance(log, str)]}
    return settings
