"""Tell what is wrong with a tenant's settings by the place in its file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from huntline.errors import ConfigError
from huntline.model.tenant import Tenant


@contextmanager
def located(tenant: Tenant) -> Iterator[None]:
    """Raise a platform's ConfigError about settings, which names only their key, with file and line of the tenant."""
    try:
        yield
    except ConfigError as error:
        if not tenant.file or error.file != "settings":
            raise
        raise ConfigError(
            error.problem,
            file=tenant.file,
            line=_line(tenant, error.key),
            key=f"{tenant.name}: settings.{error.key}",
            advice=error.advice,
        ) from error


def _line(tenant: Tenant, key: str) -> int:
    """Return the line of the longest part of the key that stands in the file."""
    steps = key.split(".")
    known = (".".join(steps[:end]) for end in range(len(steps), -1, -1))
    return next((tenant.lines[part] for part in known if part in tenant.lines), 0)
