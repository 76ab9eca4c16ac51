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
        key = f"settings.{error.key}" if error.key else "settings"
        raise ConfigError(
            error.problem,
            file=tenant.file,
            line=tenant.line(key),
            key=f"{tenant.name}: {key}",
            advice=error.advice,
        ) from error
