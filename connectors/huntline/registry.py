"""Platforms by entry point: only the one asked for is imported."""

from __future__ import annotations

from importlib.metadata import entry_points

from huntline.errors import UserError
from huntline.ports import Platform

GROUP = "huntline.platforms"
LOGS = "huntline.logs"


def platform_names() -> tuple[str, ...]:
    """Return the names of the installed platforms, sorted."""
    return tuple(sorted(entry_points(group=GROUP).names))


def load_platform(name: str) -> Platform:
    """Import a platform's declaration. Raises UserError for one that is not installed, or whose parts are not."""
    for point in entry_points(group=GROUP, name=name):
        try:
            platform = point.load()
        except ModuleNotFoundError as error:
            needs = f"the platform {name} needs {error.name}, which is not installed"
            raise UserError(needs, advice=f"pip install 'huntline[{name}]'") from error
        if not isinstance(platform, Platform):
            raise TypeError(f"entry point {point.value} is no Platform")
        return platform
    raise UserError(f"there is no platform {name!r}", advice=f"installed: {', '.join(platform_names())}")


def logs_platform() -> str:
    """Return the name of the platform that hunts exported logs given by their paths."""
    return min(entry_points(group=LOGS).names)
